import { expect, test } from 'vitest';
import { returnPath, signInPath } from './return-path';

test.each(['/', '/account', '/projects/seed-library/logs?function=seed', '/teams/tem_1/members?do=invite', '/invitation'])('%s is local', (path) => {
  expect(returnPath(path)).toBe(path);
});

test.each([
  'https://evil.example/',
  '//evil.example/',
  '/\\evil.example',
  '\\\\evil.example',
  '/\t/evil.example',
  '/\n/evil.example',
  '/./ /evil.example/../..//evil.example',
  '/..//evil.example',
  '/a/../..//evil.example',
  'javascript:alert(1)',
  'data:text/html,x',
  ' /account',
  'account',
  '',
  null,
  undefined
])('%j leads home', (path) => {
  const found = returnPath(path);
  // Whatever comes out is local: as a path by itself it stays on its origin.
  expect(new URL(found, 'http://croft.localhost').host).toBe('croft.localhost');
  if (!path?.startsWith('/./')) expect(found).toBe('/');
});

test.each(['/sign-in', '/sign-in?to=/x', '/sign-up', '/setup'])('%s would lead round in a circle', (path) => {
  expect(returnPath(path)).toBe('/');
});

test('the way to sign in keeps the way back, unless it is home', () => {
  expect(signInPath('/projects/a?b=c')).toBe('/sign-in?to=%2Fprojects%2Fa%3Fb%3Dc');
  expect(signInPath('/')).toBe('/sign-in');
  expect(signInPath('//evil.example')).toBe('/sign-in');
});
