import { afterEach, expect, test, vi } from 'vitest';
import { address, onSignedOut, send } from './request';

const answer = (status: number, body?: unknown, headers: Record<string, string> = {}) =>
  vi.fn<typeof fetch>(async () => new Response(body === undefined ? null : JSON.stringify(body), { status, headers }));

afterEach(() => {
  vi.unstubAllGlobals();
  onSignedOut(() => {});
});

test('what people named cannot leave its place in a query', () => {
  expect(address('/projects', { team: 'a&b', after: undefined, deleted: true })).toBe('/api/v1/projects?team=a%26b&deleted=true');
});

test('a change carries its type even without a body, and its key', async () => {
  const fetched = answer(204);
  vi.stubGlobal('fetch', fetched);
  expect(await send('DELETE', '/session')).toBeUndefined();
  await send('POST', '/projects', { body: { name: 'x' }, key: 'k1' });
  const [first, second] = fetched.mock.calls.map(([, init]) => init!);
  expect(first!.headers).toMatchObject({ 'content-type': 'application/json' });
  expect(first!.credentials).toBe('same-origin');
  expect(second!.headers).toMatchObject({ 'idempotency-key': 'k1' });
  expect(second!.body).toBe('{"name":"x"}');
});

test('401 signs out, except where the answer is about signing in', async () => {
  const out = vi.fn();
  onSignedOut(out);
  vi.stubGlobal('fetch', answer(401, { title: 'Not signed in', detail: 'x', code: 'unauthenticated' }));
  await expect(send('POST', '/session', { needsSignIn: false })).rejects.toMatchObject({ status: 401 });
  expect(out).not.toHaveBeenCalled();
  await expect(send('GET', '/teams')).rejects.toMatchObject({ code: 'unauthenticated' });
  expect(out).toHaveBeenCalledOnce();
});

test('the request id comes from the header when the body has none', async () => {
  vi.stubGlobal('fetch', vi.fn(async () => new Response('<h1>Bad gateway</h1>', { status: 502, headers: { 'croft-request-id': 'req_9' } })));
  await expect(send('GET', '/me')).rejects.toMatchObject({ status: 502, requestId: 'req_9' });
});

test('a line that is down and a server that is late are told apart', async () => {
  vi.stubGlobal('fetch', vi.fn(async () => Promise.reject(new TypeError('failed'))));
  await expect(send('GET', '/me')).rejects.toMatchObject({ status: 0, detail: expect.stringContaining('could not reach') });
  vi.stubGlobal('fetch', vi.fn(async () => Promise.reject(new DOMException('late', 'TimeoutError'))));
  await expect(send('GET', '/me')).rejects.toMatchObject({ status: 0, detail: expect.stringContaining('30 s') });
});
