import { expect, test, vi } from 'vitest';
import { ApiError, asApiError, noAnswer, toApiError } from './problem';

test('a problem document keeps its words, its fields and its limit', () => {
  const error = toApiError(
    403,
    {
      type: '/problems/quota_exceeded',
      title: 'Limit reached',
      status: 403,
      detail: 'Fernhill has 20 of 20 projects.',
      code: 'quota_exceeded',
      request_id: 'req_1',
      errors: [{ field: 'name', problem: 'at most 100 characters' }],
      quota: { limit: 'projects', used: 20, allowed: 20 }
    },
    'req_header'
  );
  expect(error).toMatchObject({ status: 403, title: 'Limit reached', code: 'quota_exceeded', requestId: 'req_1', quota: { limit: 'projects' } });
  expect(error.field('name')).toBe('at most 100 characters');
  expect(error.field('slug')).toBeUndefined();
});

test.each([[undefined], ['<html>'], [null], [{ title: 7, errors: 'x' }], [[]]])('what is no problem document (%j) still has words', (body) => {
  const error = toApiError(502, body, 'req_header');
  expect(error).toMatchObject({ status: 502, code: 'unknown', requestId: 'req_header', errors: [] });
  expect(error.detail).toContain('502');
});

test('field errors of another shape are left out', () => {
  const error = toApiError(422, { errors: [{ field: 'a', problem: 'b' }, { field: 1 }, null, 'x'] }, null);
  expect(error.errors).toEqual([{ field: 'a', problem: 'b' }]);
});

test('no answer says what may have happened', () => {
  expect(noAnswer(true).detail).toContain('may still have happened');
  expect(noAnswer(false).status).toBe(0);
});

test('anything thrown becomes one kind of error, an own one stays itself', () => {
  vi.spyOn(console, 'error').mockImplementation(() => {});
  const own = noAnswer(false);
  expect(asApiError(own)).toBe(own);
  expect(asApiError(new TypeError('x'))).toBeInstanceOf(ApiError);
});
