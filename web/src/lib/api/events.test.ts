import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { followProject, type Source } from './events';
import type { CroftEvent } from './types';

/** A source the test speaks through. */
class Fake implements Source {
  readyState = 0;
  listeners = new Map<string, ((event: { data?: unknown }) => void)[]>();
  constructor(readonly url: string) {}
  addEventListener(type: string, listener: (event: { data?: unknown }) => void) {
    this.listeners.set(type, [...(this.listeners.get(type) ?? []), listener]);
  }
  say(type: string, data?: unknown) {
    for (const listener of this.listeners.get(type) ?? []) listener({ data });
  }
  event(sequence: number, kind = 'message') {
    this.say(kind, JSON.stringify({ sequence, kind: 'variable.set' }));
  }
  refuse() {
    this.readyState = 2;
    this.say('error');
  }
  close() {
    this.readyState = 2;
  }
}

let sources: Fake[];
let seen: number[];
let states: boolean[];

function follow(after: number) {
  return followProject(
    'prj_1',
    { after, event: (event: CroftEvent) => seen.push(event.sequence), connected: (yes) => states.push(yes) },
    (url) => {
      const source = new Fake(url);
      sources.push(source);
      return source;
    }
  );
}

beforeEach(() => {
  vi.useFakeTimers();
  [sources, seen, states] = [[], [], []];
});
afterEach(() => vi.useRealTimers());

test('events come once and in order, named or not', () => {
  follow(4);
  expect(sources[0]!.url).toBe('/api/v1/projects/prj_1/events?follow=true&after=4');
  sources[0]!.say('open');
  sources[0]!.event(5);
  sources[0]!.event(5);
  sources[0]!.event(3);
  sources[0]!.event(6, 'variable.set');
  sources[0]!.say('message', '{ torn');
  sources[0]!.say('message', '{"sequence":"7"}');
  expect(seen).toEqual([5, 6]);
});

test('a broken line is left to the browser, a refusal opens anew after the last event', () => {
  follow(0);
  sources[0]!.event(9);
  sources[0]!.say('error');
  vi.advanceTimersByTime(60_000);
  expect(sources).toHaveLength(1);
  sources[0]!.refuse();
  vi.advanceTimersByTime(999);
  expect(sources).toHaveLength(1);
  vi.advanceTimersByTime(1);
  expect(sources[1]!.url).toContain('after=9');
  expect(states).toEqual([false, false]);
});

test('refusals are waited out longer and longer, up to 30 s, until one opens', () => {
  follow(0);
  const waits: number[] = [];
  for (let i = 0; i < 7; i += 1) {
    const before = Date.now();
    sources[i]!.refuse();
    while (sources.length === i + 1) vi.advanceTimersByTime(500);
    waits.push(Date.now() - before);
  }
  expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  sources[7]!.say('open');
  sources[7]!.refuse();
  vi.advanceTimersByTime(1000);
  expect(sources).toHaveLength(9);
});

test('stopping closes the line and opens no other', () => {
  const stop = follow(0);
  sources[0]!.refuse();
  stop();
  vi.advanceTimersByTime(60_000);
  expect(sources).toHaveLength(1);
  expect(sources[0]!.readyState).toBe(2);
});
