import { expect, test } from 'vitest';
import { changes } from './changes';

const marks = (before: string, after: string) => Object.fromEntries(changes(before.split(''), after.split('')));

test('the same text has no marks', () => expect(marks('abc', 'abc')).toEqual({}));
test('a line that was added', () => expect(marks('abc', 'abxc')).toEqual({ 3: 'added' }));
test('a line in the place of another', () => expect(marks('abc', 'axc')).toEqual({ 2: 'changed' }));
test('one more than there were', () => expect(marks('abc', 'axyc')).toEqual({ 2: 'changed', 3: 'added' }));
test('a line that is gone leaves no mark', () => expect(marks('abc', 'ac')).toEqual({}));
test('two places', () => expect(marks('abcdef', 'xabcyf')).toEqual({ 1: 'added', 5: 'changed' }));
test('a text from nothing', () => expect(marks('', 'ab')).toEqual({ 1: 'added', 2: 'added' }));
test('very long ones are marked as a whole', () => {
  const before = Array.from({ length: 1_000 }, (_, i) => `a${i}`);
  const after = ['first', ...Array.from({ length: 998 }, (_, i) => `b${i}`), 'a999'];
  const found = changes(before, after);
  expect(found.size).toBe(999);
  expect(found.get(1_000)).toBeUndefined();
});
