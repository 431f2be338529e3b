// What holds for every file, checked in the text of them all.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = import.meta.dirname;
const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.(svelte|ts)$/.test(name) && !name.endsWith('.test.ts') && name !== 'lib/api/schema.d.ts')
  .map((name) => ({ name, text: readFileSync(join(root, name), 'utf8') }));

const having = (pattern: RegExp, where: (name: string) => boolean = () => true) => files.filter(({ name, text }) => where(name) && pattern.test(text)).map(({ name }) => name);

test('there are files to look at', () => expect(files.length).toBeGreaterThan(80));

test('parts never ask the server; pages do', () => {
  const parts = (name: string) => /^lib\/(features|ui|utils)\//.test(name);
  expect(having(/lib\/api\/(client|call)'|\bfetch\(|new EventSource/, parts)).toEqual([]);
});

test('nothing lower uses what is above it', () => {
  expect(having(/\$lib\/features/, (name) => /^lib\/(ui|utils|api)\//.test(name))).toEqual([]);
  expect(having(/\$lib\/ui/, (name) => /^lib\/(utils|api)\//.test(name))).toEqual([]);
});

test('text is never markup, and nothing is styled or scripted inline', () => {
  expect(having(/\{@html|innerHTML|outerHTML|insertAdjacentHTML|document\.write/)).toEqual([]);
  expect(having(/<[a-z][^>]*\sstyle="/)).toEqual([]);
  // These make a style element at run time, which the policy blocks.
  expect(having(/from 'svelte\/(transition|animate)'/)).toEqual([]);
});

test('nothing is fetched from elsewhere', () => {
  const allowed = /https?:\/\/croft\.invalid/g;
  expect(files.filter(({ text }) => /https?:\/\//.test(text.replace(allowed, '').replace(/\^https\?:/g, ''))).map(({ name }) => name)).toEqual([]);
});

test('no file is longer than 500 lines', () => {
  expect(files.filter(({ text }) => text.split('\n').length > 500).map(({ name }) => name)).toEqual([]);
});
