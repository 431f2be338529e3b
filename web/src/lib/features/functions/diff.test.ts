import { expect, test } from 'vitest';
import { rowsOf } from './diff';

test('lines have their numbers, and what names the files is none', () => {
  expect(rowsOf('--- version 1\n+++ version 2\n@@ -1,3 +1,3 @@\n a\n-b\n+x\n c\n')).toEqual([
    { kind: 'same', before: 1, after: 1, parts: ['a', '', ''] },
    { kind: 'gone', before: 2, parts: ['b', '', ''] },
    { kind: 'new', after: 2, parts: ['x', '', ''] },
    { kind: 'same', before: 3, after: 3, parts: ['c', '', ''] }
  ]);
});

test('a line that looks like a file’s name within a place is a line', () => {
  expect(rowsOf('@@ -4 +4,2 @@\n--- a\n+++ b\n+c\n').map(({ kind, parts }) => [kind, parts.join('')])).toEqual([['gone', '-- a'], ['new', '++ b'], ['new', 'c']]);
});

test('what changed within a line is cut out', () => {
  expect(rowsOf('@@ -1 +1 @@\n-let left = 3;\n+let left = 30;\n').map(({ parts }) => parts)).toEqual([['let left = 3', '', ';'], ['let left = 3', '0', ';']]);
});

test('places apart have a gap between them, and the same text has no rows', () => {
  expect(rowsOf('@@ -1 +1 @@\n a\n@@ -9 +9 @@\n b\n\\ No newline at end of file\n').map(({ kind }) => kind)).toEqual(['same', 'gap', 'same']);
  expect(rowsOf('')).toEqual([]);
});
