import { expect, test } from 'vitest';
import { firstFor, size, toRequest, type Written } from './request';

const written = (over: Partial<Written>): Written => ({ method: 'POST', path: '/a', headers: '', body: '', ...over });

test('the first request fits the route', () => {
  expect(firstFor({ method: 'GET', path: '/hello/:name/x/:id' })).toMatchObject({ method: 'GET', path: '/hello/name/x/id' });
  expect(firstFor({ method: '*', path: '/all/*rest' })).toMatchObject({ method: 'GET', path: '/all/rest' });
  expect(firstFor(undefined)).toMatchObject({ method: 'GET', path: '/' });
});

test('query and headers are taken apart', () => {
  expect(toRequest(written({ path: '/a?b=1&c=?', headers: 'accept: text/html\n\nX-Empty:\nhost : a:b', body: '{}' }))).toEqual({
    request: { method: 'POST', path: '/a', query: 'b=1&c=?', headers: [['accept', 'text/html'], ['X-Empty', ''], ['host', 'a:b']], body: '{}' }
  });
  expect(toRequest(written({}))).toEqual({ request: { method: 'POST', path: '/a', query: undefined, headers: [], body: undefined } });
});

test('what is no request is said of its field', () => {
  for (const path of ['a', '', '/a#b']) expect(toRequest(written({ path }))).toMatchObject({ field: 'path' });
  expect(toRequest(written({ headers: 'no header' }))).toMatchObject({ field: 'headers' });
  expect(toRequest(written({ headers: 'bad name: x' }))).toMatchObject({ field: 'headers' });
});

test('bytes are counted, not characters', () => {
  expect(size({ body: 'né', base64: false })).toBe(3);
  expect(size({ body: 'QWRhPw==', base64: true })).toBe(4);
  expect(size({ body: 'QWRh', base64: true })).toBe(3);
});
