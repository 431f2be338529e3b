import { expect, test } from 'vitest';
import { afterDeploy, baseOf, isEdited, isOvertaken, readEdit, type Base, type Edit } from './draft';

const base: Base = { version: 3, version_id: 'ver_3', source: '"a"', routes: [{ method: 'GET', path: '/a' }] };
const theirs: Base = { ...base, version: 4, version_id: 'ver_4', source: '"theirs"' };
const edit = (over: Partial<Edit> = {}): Edit => ({ base, source: base.source, routes: base.routes, ...over });

test('an edit is one of the text or of the routes', () => {
  expect(isEdited(edit())).toBe(false);
  expect(isEdited(edit({ source: '"b"' }))).toBe(true);
  expect(isEdited(edit({ routes: [] }))).toBe(true);
  expect(isEdited(edit({ routes: [{ method: 'POST', path: '/a' }] }))).toBe(true);
  expect(isEdited(edit({ routes: [{ method: 'GET', host: 'shop.test', path: '/a' }] }))).toBe(true);
});

test('what was not touched follows what others deploy', () => {
  expect(afterDeploy(edit(), theirs)).toEqual({ base: theirs, source: theirs.source, routes: theirs.routes });
});

test('what was touched is kept, and known to be overtaken', () => {
  const mine = edit({ source: '"mine"' });
  expect(afterDeploy(mine, theirs)).toBe(mine);
  expect(isOvertaken(mine, theirs)).toBe(true);
  expect(isOvertaken(mine, base)).toBe(false);
  expect(isOvertaken(mine, { ...base, routes: [] })).toBe(true);
});

test('my own version is no conflict', () => {
  const mine = edit({ source: '"mine"' });
  const deployed: Base = { ...theirs, source: '"mine"' };
  expect(isEdited(afterDeploy(mine, deployed))).toBe(false);
  expect(isOvertaken(afterDeploy(mine, deployed), deployed)).toBe(false);
});

test('what was kept is read again, and rubbish is nothing', () => {
  expect(readEdit(JSON.stringify(edit()))).toEqual(edit());
  for (const bad of [null, '', '{', 'null', '{}', '{"source":"a","routes":[]}']) expect(readEdit(bad)).toBeUndefined();
});

test('the host of a route is part of it', () => {
  const route = { id: 'rte_1', method: 'GET' as const, host: 'shop.test', path: '/a' };
  const { routes } = baseOf({ id: 'fun_1', name: 'a', version: 3, version_id: 'ver_3', source: '', routes: [route], deployed_at: '2026-01-02T03:04:05Z' });
  expect(routes).toEqual([{ method: 'GET', host: 'shop.test', path: '/a' }]);
});
