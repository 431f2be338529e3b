/** Waits that end: everything here waits for something seen, and gives up with what it waited for. */

import { setTimeout as pause } from 'node:timers/promises';

/** Longest wait for one thing to happen on a page or in the server. */
export const PATIENCE_MS = 15_000;

/** What a promise becomes, if it does within `ms`. */
export async function within<T>(ms: number, what: string, promise: Promise<T>): Promise<T> {
  const late = new AbortController();
  const deadline = pause(ms, undefined, { signal: late.signal }).then(() => {
    throw new Error(`waited ${ms} ms in vain for ${what}`);
  });
  try {
    return await Promise.race([promise, deadline]);
  } finally {
    late.abort();
    deadline.catch(() => {});
  }
}

/** Looks again and again until what is looked for is there. */
export async function until<T>(what: string, look: () => T | Promise<T>, ms = PATIENCE_MS): Promise<NonNullable<T>> {
  const deadline = performance.now() + ms;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (performance.now() > deadline) throw new Error(`looked for ${ms} ms in vain for ${what}`);
    await pause(50);
  }
}
