import { afterEach, expect, test, vi } from 'vitest';
import { addressOf, call } from './call';

const answer = (status: number, body?: unknown) =>
  vi.fn<typeof fetch>(async () => new Response(body === undefined ? null : JSON.stringify(body), { status }));

afterEach(() => vi.unstubAllGlobals());

test('a call has its method, its filled path, its query, its body and its key', async () => {
  const fetched = answer(201, { id: 'dom_1' });
  vi.stubGlobal('fetch', fetched);
  const made = await call('post', '/projects/{project}/domains', { path: { project: 'shop' }, body: { host: 'shop.example' }, key: 'k1' });
  expect(made.id).toBe('dom_1');
  await call('get', '/teams/{team}/tokens', { path: { team: 'team_1' }, query: { after: 'x', limit: 100 } });
  const [post, get] = fetched.mock.calls;
  expect(post![0]).toBe('/api/v1/projects/shop/domains');
  expect(post![1]).toMatchObject({ method: 'POST', body: '{"host":"shop.example"}', headers: { 'idempotency-key': 'k1' } });
  expect(get![0]).toBe('/api/v1/teams/team_1/tokens?after=x&limit=100');
  expect(get![1]).toMatchObject({ method: 'GET', body: undefined });
});

test('what people named cannot leave its place in a path', async () => {
  const fetched = answer(204);
  vi.stubGlobal('fetch', fetched);
  expect(await call('delete', '/me/variables/{key}', { path: { key: '../A B?{key}' } })).toBeUndefined();
  expect(fetched.mock.calls[0]![0]).toBe('/api/v1/me/variables/..%2FA%20B%3F%7Bkey%7D');
  expect(addressOf('/projects/{project}/events', { path: { project: 'a/b' }, query: { follow: true } })).toBe('/api/v1/projects/a%2Fb/events?follow=true');
});

test('what the document does not know does not compile', () => {
  // Only the types are looked at: `npm run check` fails when one of these lines is no error.
  const never = () => {
    // @ts-expect-error no such path
    call('get', '/project/{project}', { path: { project: 'shop' } });
    // @ts-expect-error no such operation of the path
    call('delete', '/projects', {});
    // @ts-expect-error a place without its name
    call('get', '/projects/{project}');
    // @ts-expect-error a name without its place
    call('get', '/projects/{project}', { path: { project: 'shop', team: 'team_1' } });
    // @ts-expect-error no such parameter
    call('get', '/projects/{project}/members', { path: { project: 'shop' }, query: { limit: 1 } });
    // @ts-expect-error a value that no environment has
    call('get', '/projects/{project}/variables/{environment}', { path: { project: 'shop', environment: 'staging' } });
    // @ts-expect-error a body without what it must have
    call('post', '/projects', { body: { slug: 'shop' } });
    // @ts-expect-error a body with what it cannot have
    call('post', '/projects', { body: { name: 'Shop', title: 'Shop' } });
    // @ts-expect-error no body where one must be
    call('patch', '/me');
    // @ts-expect-error a body where there is none
    call('delete', '/me/sessions', { body: {} });
    // @ts-expect-error a key where a repetition is another change
    call('patch', '/me', { body: { name: 'Marta' }, key: 'k1' });
    // @ts-expect-error no such field in the answer
    call('get', '/me').then((me) => me.nick);
  };
  expect(never).toBeTypeOf('function');
});
