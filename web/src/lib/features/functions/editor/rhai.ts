// How a Rhai script is coloured. It reads line by line and knows words, not meaning.
import { StreamLanguage, type StreamParser, type StringStream } from '@codemirror/language';
import { tags } from '@lezer/highlight';
import { KEYWORDS } from './words';

/** Where the reading is: within what it stands, outermost first. */
interface State {
  /** Open block comments; they nest. */
  comments: number;
  /** Open texts: `#`s of a raw one, or a quote; a number counts the braces open in an interpolation. */
  within: (string | number)[];
}

const keywords = new Set<string>(KEYWORDS);
const WORD = /^[A-Za-z_]\w*/;
const NUMBER = /^(?:0x[\da-f_]+|0o[0-7_]+|0b[01_]+|\d[\d_]*(?:\.\d[\d_]*)?(?:e[+-]?\d+)?)/i;

function comment(stream: StringStream, state: State): string {
  while (!stream.eol()) {
    if (stream.match('/*')) state.comments += 1;
    else if (stream.match('*/')) state.comments -= 1;
    else stream.next();
    if (state.comments === 0) break;
  }
  return 'comment';
}

/** Reads on in a text: up to its end, an interpolation or the end of the line. */
function text(stream: StringStream, state: State, end: string): string {
  while (!stream.eol()) {
    if (stream.match(end)) {
      state.within.pop();
      return 'string';
    }
    if (end === '`' && stream.match('${', false)) {
      if (stream.current() !== '') return 'string';
      stream.match('${');
      state.within.push(1);
      return 'punctuation';
    }
    // Raw texts know no escapes, and one between backticks knows none that matter here.
    if (stream.next() === '\\' && end === '"') stream.next();
  }
  return 'string';
}

function brace(state: State, by: 1 | -1): void {
  const open = state.within[state.within.length - 1];
  if (typeof open !== 'number') return;
  if (open + by === 0) state.within.pop();
  else state.within[state.within.length - 1] = open + by;
}

function token(stream: StringStream, state: State): string | null {
  if (state.comments > 0) return comment(stream, state);
  const within = state.within[state.within.length - 1];
  if (typeof within === 'string') return text(stream, state, within);
  if (stream.eatSpace()) return null;
  if (stream.match('//')) {
    stream.skipToEnd();
    return 'comment';
  }
  if (stream.match('/*')) {
    state.comments = 1;
    return comment(stream, state);
  }
  const raw = stream.match(/^(#+)"/) as RegExpMatchArray | null;
  const opened = raw ? `"${raw[1]}` : stream.match(/^["`]/) ? stream.current() : undefined;
  if (opened) {
    state.within.push(opened);
    return text(stream, state, opened);
  }
  if (stream.match(/^'(?:\\.[^']*|[^'\\])'/)) return 'string';
  if (stream.match(NUMBER)) return 'number';
  if (stream.match(WORD)) {
    const word = stream.current();
    const field = /\.\s*$/.test(stream.string.slice(0, stream.start));
    if (!field && (word === 'true' || word === 'false')) return 'bool';
    if (!field && keywords.has(word)) return 'keyword';
    if (stream.match(/^\s*::/, false)) return 'namespace';
    return stream.match(/^\s*\(/, false) ? 'called' : field ? 'propertyName' : 'variableName';
  }
  const character = stream.next();
  if (character === '{') brace(state, 1);
  if (character === '}') brace(state, -1);
  return null;
}

/** Names of tokens that only this has. */
export const tokenTable = { called: tags.function(tags.variableName) };

export const parser = {
  name: 'rhai',
  startState: (): State => ({ comments: 0, within: [] }),
  copyState: ({ comments, within }: State): State => ({ comments, within: [...within] }),
  token,
  tokenTable,
  languageData: {
    commentTokens: { line: '//', block: { open: '/*', close: '*/' } },
    closeBrackets: { brackets: ['(', '[', '{', '"', '`'] },
    indentOnInput: /^\s*[}\])]$/
  }
} satisfies StreamParser<State>;

/**
 * How deep a line stands, in columns: as the last line above that has something in it, one unit
 * more after what that opened, one less for what this closes.
 */
export function depth(above: { text: string; columns: number } | undefined, line: string, unit: number): number {
  if (!above) return 0;
  const opens = /[{([]\s*(?:\/\/.*)?$/.test(above.text);
  const closes = /^\s*[}\])]/.test(line);
  return Math.max(0, above.columns + (opens ? unit : 0) - (closes ? unit : 0));
}

export const rhai = () => StreamLanguage.define(parser);
