import { expect, test } from 'vitest';
import { followCalls, type FunctionCall } from './function-calls';
import type { Source } from './stream';

class Line implements Source {
  readyState = 1;
  readonly #listeners = new Map<string, (event: { data?: unknown }) => void>();
  constructor(readonly url: string) {}
  addEventListener(type: string, listener: (event: { data?: unknown }) => void) {
    this.#listeners.set(type, listener);
  }
  close() {
    this.readyState = 2;
  }
  say(type: string, data?: unknown) {
    this.#listeners.get(type)?.({ data: typeof data === 'string' ? data : JSON.stringify(data) });
  }
}
const wire = (id: string) => ({ id, function: 'greet', request_id: 'req_1', at: '2026-01-02T03:04:05Z', method: 'GET', path: '/', status: 200, outcome: 'returned' as const, duration_us: 1, log: [] });

test('calls come in the order in which they are told, each once, whatever their ids sort like', () => {
  const lines: Line[] = [];
  const calls: FunctionCall[] = [];
  const stop = followCalls('shop', { function: 'greet', after: 'call_a7', call: (call) => void calls.push(call), connected: () => {} }, (url) => {
    const line = new Line(url);
    lines.push(line);
    return line;
  });
  expect(lines[0]?.url).toBe('/api/v1/projects/shop/invocations?function=greet&follow=true&after=call_a7');
  for (const data of [wire('call_b2'), wire('call_22'), wire('call_b2'), '{', { nothing: true }]) lines[0]?.say('invocation', data);
  expect(calls.map(({ id }) => id)).toEqual(['call_b2', 'call_22']);
  stop();
  expect(lines[0]?.readyState).toBe(2);
});
