import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { offersAfter } from './complete';
import { CTX, FUNCTIONS, METHODS, MODULES } from './words';

const names = (before: string, asked = false) => offersAfter(before, asked)?.offers.map(({ word }) => word.name);

test('what ctx has is offered after its point', () => {
  expect(names('let a = ctx.')).toContain('params');
  expect(offersAfter('ctx.par', false)?.replaces).toBe(3);
  expect(names('[ctx.')).toContain('json');
  expect(names('xctx.')).not.toContain('params');
  expect(names('a.ctx.')).not.toContain('params');
});

test('a module offers what is in it, and another name nothing', () => {
  expect(names('text::')).toContain('slug');
  expect(names('text::')).not.toContain('parse');
  expect(names('nothing::')).toBeUndefined();
});

test('words are offered as they are typed, and all when asked for', () => {
  expect(names('let x = en')).toContain('env');
  expect(names('let x = ')).toBeUndefined();
  expect(names('let x = ', true)).toContain('ctx');
});

test('methods follow a point, but not that of a number', () => {
  expect(names('response(200).')).toContain('cookie');
  expect(names('ctx.params.')).toContain('len');
  expect(names('1.')).toBeUndefined();
});

test('every function and field that the reference names is offered, and nothing it does not', () => {
  const reference = readFileSync(join(import.meta.dirname, '../../../../../../docs/reference/functions.md'), 'utf8');
  const cells = reference.split('\n').filter((line) => line.startsWith('| `')).map((line) => line.split('|')[1] ?? '');
  const logs = /^`log::.*$/m.exec(reference)?.[0] ?? '';
  const told = [...cells, logs].flatMap((cell) => Array.from(cell.matchAll(/`([^`]+)`/g), ([, code]) => code ?? ''));
  const bare = (code: string) => code.replace(/\(.*$/, '');

  const fields = told.filter((code) => code.startsWith('ctx.')).map((code) => code.slice(4));
  expect(CTX.map(({ name }) => name).sort()).toEqual([...new Set(fields)].sort());

  const inModules = told.filter((code) => code.includes('::')).map(bare);
  const known = Object.entries(MODULES).flatMap(([module, { words }]) => words.map(({ name }) => `${module}::${name}`));
  expect(known.sort()).toEqual([...new Set(inModules)].sort());

  const methods = told.filter((code) => code.startsWith('.')).map((code) => bare(code).slice(1));
  expect(METHODS.map(({ name }) => name)).toEqual(expect.arrayContaining([...new Set(methods)]));

  const free = told.filter((code) => /^\w+\(/.test(code)).map(bare);
  expect(FUNCTIONS.map(({ name }) => name)).toEqual(expect.arrayContaining([...new Set(free)]));
});
