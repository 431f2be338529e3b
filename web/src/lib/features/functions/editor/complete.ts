// What may be typed next, from the text before the cursor alone.
import { CTX, FUNCTIONS, KEYWORDS, METHODS, MODULES, type Word } from './words';

export interface Offer {
  kind: 'field' | 'function' | 'method' | 'module' | 'keyword' | 'variable';
  word: Word;
}
export interface Offers {
  /** How many characters before the cursor are replaced. */
  replaces: number;
  offers: Offer[];
}

const all = (kind: Offer['kind'], words: readonly Word[]): Offer[] => words.map((word) => ({ kind, word }));

const GLOBAL: readonly Offer[] = [
  { kind: 'variable', word: { name: 'ctx', help: 'the request: its method, path, headers, body' } },
  ...all('function', FUNCTIONS),
  ...Object.entries(MODULES).map(([name, { help }]): Offer => ({ kind: 'module', word: { name, help } })),
  ...KEYWORDS.map((name): Offer => ({ kind: 'keyword', word: { name, help: '' } }))
];

/** `asked`: by a key rather than by typing, so that an empty word has offers too. */
export function offersAfter(before: string, asked: boolean): Offers | undefined {
  const field = /(?:^|[^\w.])ctx\??\.(\w*)$/.exec(before);
  if (field) return { replaces: field[1]?.length ?? 0, offers: all('field', CTX) };
  const inModule = /(?:^|\W)(\w+)::(\w*)$/.exec(before);
  if (inModule) {
    const words = MODULES[inModule[1] ?? '']?.words;
    return words && { replaces: inModule[2]?.length ?? 0, offers: all('function', words) };
  }
  const method = /[\w)\]"`]\??\.([A-Za-z_]\w*)?$/.exec(before);
  if (method) return /\d\.$/.test(before) ? undefined : { replaces: method[1]?.length ?? 0, offers: all('method', METHODS) };
  const word = /(?:^|[^\w.])([A-Za-z_]\w*)$/.exec(before)?.[1];
  if (word === undefined && !asked) return undefined;
  return { replaces: word?.length ?? 0, offers: [...GLOBAL] };
}
