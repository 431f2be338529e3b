import { expect, test } from 'vitest';
import { slugProblem, suggestSlug } from './slug';

test.each([
  ['Seed library', 'seed-library'],
  ['  Kiln   log! ', 'kiln-log'],
  ['Café 2', 'caf-2'],
  ['Ö', ''],
  ['読書室', ''],
  ['---', ''],
  ['x'.repeat(99), 'x'.repeat(40)],
  [`${'x'.repeat(39)} y`, 'x'.repeat(39)]
])('%j suggests %j', (name, slug) => {
  expect(suggestSlug(name)).toBe(slug);
  if (slug !== '') expect(slugProblem(slug)).toBeUndefined();
});

test('wrong slugs are named in the server’s words', () => {
  expect(slugProblem('')).toContain('1 to 40');
  expect(slugProblem('x'.repeat(41))).toContain('1 to 40');
  expect(slugProblem('A b')).toContain('only a-z');
  expect(slugProblem('-a')).toContain('letter or digit');
});
