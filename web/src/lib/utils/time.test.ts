import { expect, test } from 'vitest';
import { dayName, duration, relative } from './time';

const now = new Date(2026, 10, 21, 14, 30).getTime();
const at = (ms: number) => new Date(now - ms).toISOString();
const HOUR = 3_600_000;

test.each([
  [0, 'just now'],
  [41 * 60_000, '41 min ago'],
  [3 * HOUR, '3 h ago'],
  [24 * HOUR, 'yesterday'],
  [3 * 24 * HOUR, '3 days ago'],
  [-40 * 60_000, 'in 40 min'],
  [-24 * HOUR, 'tomorrow'],
  [-9 * 24 * HOUR, 'in 9 days'],
  [-60 * 24 * HOUR, 'on 20 Jan 2027']
])('%i ms before is “%s”', (ms, words) => expect(relative(at(ms), now)).toBe(words));

test('days have names near by', () => {
  expect([0, 20, 60].map((hours) => dayName(at(hours * HOUR), now))).toEqual(['Today', 'Yesterday', '19 Nov']);
});

test('durations have the unit that reads best', () => {
  expect([812, 10_400, 1_000_000].map(duration)).toEqual(['0.8 ms', '10 ms', '1.0 s']);
});
