import { StringStream } from '@codemirror/language';
import { expect, test } from 'vitest';
import { depth, parser } from './rhai';

/** Each token with its kind, as `kind:text`; spaces and plain signs are left out. */
function read(source: string): string[] {
  const state = parser.startState();
  const found: string[] = [];
  for (const line of source.split('\n')) {
    const stream = new StringStream(line, 2, 2);
    let empty = 0;
    while (!stream.eol()) {
      stream.start = stream.pos;
      const kind = parser.token(stream, state);
      empty = stream.pos === stream.start ? empty + 1 : 0;
      expect(empty, `reading goes on in ${line}`).toBeLessThan(2);
      if (kind && stream.current() !== '') found.push(`${kind}:${stream.current()}`);
    }
  }
  return found;
}

test('words, calls, modules, fields and numbers', () => {
  expect(read('let x = text::slug(ctx.params.name) + 1_000.5;')).toEqual([
    'keyword:let', 'variableName:x', 'namespace:text', 'called:slug', 'variableName:ctx', 'propertyName:params', 'propertyName:name', 'number:1_000.5'
  ]);
  expect(read('if a.len() >= 0xFF { return true }')).toEqual(['keyword:if', 'variableName:a', 'called:len', 'number:0xFF', 'keyword:return', 'bool:true']);
  expect(read('1..5')).toEqual(['number:1', 'number:5']);
});

test('texts end where they end', () => {
  expect(read('"a \\" b" + c')).toEqual(['string:"a \\" b"', 'variableName:c']);
  expect(read('#"raw " \\"# + c')).toEqual(['string:#"raw " \\"#', 'variableName:c']);
  expect(read("'x' + c")).toEqual(["string:'x'", 'variableName:c']);
  expect(read('"over\nlines" c')).toEqual(['string:"over', 'string:lines"', 'variableName:c']);
});

test('what is between braces in a text is script again', () => {
  expect(read('`Hello, ${name + #{a: 1}.a}!` x')).toEqual(['string:`Hello, ', 'punctuation:${', 'variableName:name', 'variableName:a', 'number:1', 'propertyName:a', 'string:!`', 'variableName:x']);
  expect(read('`${a}${`${b}`}`')).toEqual(['string:`', 'punctuation:${', 'variableName:a', 'punctuation:${', 'string:`', 'punctuation:${', 'variableName:b', 'string:`', 'string:`']);
});

test('comments nest', () => {
  expect(read('/* a /* b\n */ c */ x // y')).toEqual(['comment:/* a /* b', 'comment: */ c */', 'variableName:x', 'comment:// y']);
});

test('a line stands as deep as what is open above it', () => {
  expect(depth(undefined, 'a', 4)).toBe(0);
  expect(depth({ text: '    fn a() {', columns: 4 }, 'b', 4)).toBe(8);
  expect(depth({ text: '        b', columns: 8 }, '}', 4)).toBe(4);
  expect(depth({ text: 'let a = [ // list', columns: 0 }, ']', 4)).toBe(0);
});
