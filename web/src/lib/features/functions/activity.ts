import type { CallCounts } from '$lib/api/function-calls';
import type { Outcome } from '$lib/api/types';

/** What is read of the calls of one step of time. */
interface Counted {
  at: string;
  calls: number;
  outcomes: readonly { outcome: Outcome; calls: number }[];
}

/** How often functions were called in the last day, by their names. What is not known is not in it. */
export type Activity = ReadonlyMap<string, { calls: number; errors: number }>;

/** So many functions are counted; beyond them a list only names them. */
export const MOST_COUNTED = 20;

export const DAY_MS = 24 * 60 * 60 * 1000;

/** All calls, and those that did not answer. */
export function sum({ items }: { items: readonly Counted[] }): { calls: number; errors: number } {
  return items.reduce((all, step) => ({ calls: all.calls + step.calls, errors: all.errors + errorsOf(step) }), { calls: 0, errors: 0 });
}

export const errorsOf = ({ outcomes }: Pick<Counted, 'outcomes'>): number =>
  outcomes.reduce((all, { outcome, calls }) => (outcome === 'returned' ? all : all + calls), 0);

/** Whether it goes wrong often enough to be told where there is room for one word: every tenth time. */
export const isFailing = (counted: { calls: number; errors: number } | undefined): boolean => counted !== undefined && counted.errors > 0 && counted.errors * 10 >= counted.calls;

export interface Point {
  at: number;
  calls: number;
  errors: number;
}

/** One point for every step of the time, also for those without calls. */
export function points({ since, until, step, items }: Pick<CallCounts, 'since' | 'until' | 'step'> & { items: readonly Counted[] }): Point[] {
  const length = step === 'minute' ? 60_000 : 3_600_000;
  const by = new Map(items.map((item) => [Date.parse(item.at), item]));
  const found: Point[] = [];
  for (let at = Date.parse(since); at < Date.parse(until); at += length) {
    const item = by.get(at);
    found.push({ at, calls: item?.calls ?? 0, errors: item ? errorsOf(item) : 0 });
  }
  return found;
}
