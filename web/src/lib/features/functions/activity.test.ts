import { expect, test } from 'vitest';
import { isFailing, points, sum } from './activity';

const item = (at: string, calls: number, threw: number) => ({ at, calls, outcomes: [{ outcome: 'returned' as const, calls: calls - threw }, { outcome: 'threw' as const, calls: threw }] });
const counts = { since: '2026-01-02T03:00:00Z', until: '2026-01-02T03:03:00Z', step: 'minute' as const, items: [item('2026-01-02T03:00:00Z', 4, 1), item('2026-01-02T03:02:00Z', 2, 0)] };

test('what did not answer is an error', () => expect(sum(counts)).toEqual({ calls: 6, errors: 1 }));
test('a step without calls is there too', () => expect(points(counts).map(({ calls, errors }) => [calls, errors])).toEqual([[4, 1], [0, 0], [2, 0]]));
test('one mistake among many is not failing', () => {
  expect(isFailing({ calls: 100, errors: 1 })).toBe(false);
  expect(isFailing({ calls: 100, errors: 10 })).toBe(true);
  expect(isFailing({ calls: 0, errors: 0 })).toBe(false);
  expect(isFailing(undefined)).toBe(false);
});
