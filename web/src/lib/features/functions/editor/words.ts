// What a script sees and is given, for completion: the same as docs/reference/functions.md, and a
// test compares the two.

export interface Word {
  /** What is typed. */
  name: string;
  /** What stands in brackets after a function's name; none for what is no function. */
  takes?: string;
  help: string;
}

const word = (name: string, help: string): Word => ({ name, help });
const fn = (name: string, takes: string, help: string): Word => ({ name, takes, help });

/** Fields of `ctx`. */
export const CTX: readonly Word[] = [
  word('method', 'the method, in capitals'),
  word('host', 'the host asked for, without port'),
  word('host_params', 'what placeholders of the host stand for, by name'),
  word('path', 'the path as it came, percent-encoded'),
  word('params', 'what placeholders of the path stand for, decoded, by name'),
  word('query', 'the fields of the query; of a repeated one the last'),
  word('query_all', 'the fields of the query, with a list for each name'),
  word('headers', 'the headers, names in lower case; repeated ones joined with a comma'),
  word('cookies', 'the cookies; of a repeated one the first'),
  word('body', 'the body as text; an error when it is not UTF-8'),
  word('body_blob', 'the body as bytes'),
  word('json', 'the body read as JSON; () when it is empty, an error when it is none'),
  word('form', 'the body read as a form; of a repeated field the last'),
  word('form_all', 'the body read as a form, with a list for each name'),
  word('client', 'the client’s address'),
  word('project', 'the project’s id'),
  word('function', 'the function’s name'),
  word('request_id', 'the id of this request, which the answer carries as croft-request-id')
];

/** Functions within a module, as in `text::slug`. */
export const MODULES: Readonly<Record<string, { help: string; words: readonly Word[] }>> = {
  log: {
    help: 'lines kept with the call',
    words: [
      fn('debug', 'value', 'keeps a line with the call, for looking into it'),
      fn('info', 'value', 'keeps a line with the call'),
      fn('warn', 'value', 'keeps a line with the call, that something is odd'),
      fn('error', 'value', 'keeps a line with the call, that something failed')
    ]
  },
  json: { help: 'JSON, read and written', words: [fn('parse', 'text', 'the value; objects are maps, null is ()'), fn('stringify', 'value', 'the text')] },
  base64: {
    help: 'bytes as text, and back',
    words: [
      fn('encode', 'bytes', 'text in the standard alphabet, with padding'),
      fn('encode_url', 'bytes', 'text in the alphabet for addresses, without padding'),
      fn('decode', 'text', 'bytes; padding may be missing'),
      fn('decode_url', 'text', 'bytes of the alphabet for addresses'),
      fn('decode_text', 'text', 'the bytes as text'),
      fn('decode_url_text', 'text', 'the bytes as text, of the alphabet for addresses')
    ]
  },
  hex: { help: 'bytes as hex, and back', words: [fn('encode', 'bytes', 'text in hex'), fn('decode', 'text', 'bytes'), fn('decode_text', 'text', 'the bytes as text')] },
  hash: {
    help: 'digests',
    words: [fn('sha256', 'bytes', 'the digest, as bytes'), fn('sha512', 'bytes', 'the digest, as bytes'), fn('sha1', 'bytes', 'the digest, as bytes; only for what still asks for it')]
  },
  hmac: {
    help: 'signatures by a shared key',
    words: [
      fn('sha256', 'key, bytes', 'the signature by a shared key, as bytes'),
      fn('sha512', 'key, bytes', 'the signature by a shared key, as bytes'),
      fn('sha1', 'key, bytes', 'the signature by a shared key, as bytes; only for what still asks for it'),
      fn('equal', 'a, b', 'whether two are the same, in a time that does not tell where they differ')
    ]
  },
  uuid: { help: 'ids', words: [fn('v4', '', 'a random id, as text'), fn('v7', '', 'a random id that sorts by time, as text')] },
  random: { help: 'chance', words: [fn('bytes', 'count', '0 to 4096 random bytes, fit for keys'), fn('int', 'from, to', 'a whole number between the two, both included')] },
  time: {
    help: 'instants, in milliseconds since 1970',
    words: [
      fn('now', '', 'now, in milliseconds since 1970'),
      fn('format', 'at, pattern', 'as in RFC 3339, or by a pattern like %Y-%m-%d, in UTC'),
      fn('parse', 'text', 'the instant of a text as in RFC 3339'),
      fn('add', 'at, amount, unit', 'so many "seconds", "minutes", "hours", "days", "weeks" or "milliseconds" later'),
      fn('parts', 'at', 'a map of year, month, day, hour, minute, second, millisecond and weekday')
    ]
  },
  url: {
    help: 'addresses and their parts',
    words: [
      fn('encode', 'text', 'percent-encodes one part of an address'),
      fn('decode', 'text', 'the text of a percent-encoded part'),
      fn('parse', 'text', 'a map of scheme, host, port, path, query and fragment'),
      fn('join', 'base, reference', 'what a link on a page leads to'),
      fn('query', 'map', 'a query; a list stands for a repeated name'),
      fn('parse_query', 'text', 'the fields of a query; of a repeated one the last'),
      fn('parse_query_all', 'text', 'the fields of a query, with a list for each name')
    ]
  },
  text: {
    help: 'texts, made safe and short',
    words: [
      fn('escape_html', 'text', 'safe between tags and within quoted attributes'),
      fn('slug', 'text', 'letters and digits in lower case with hyphens between'),
      fn('title', 'text', 'a capital for each word'),
      fn('truncate', 'text, count', 'at most so many characters; the last is … when there were more'),
      fn('lines', 'text', 'a list of lines')
    ]
  }
};

/** Functions that need no module. */
export const FUNCTIONS: readonly Word[] = [
  fn('env', 'name', 'the value of a variable or secret; an error when it is not set'),
  fn('env_or', 'name, otherwise', 'the value of a variable or secret, or what stands there instead'),
  fn('has_env', 'name', 'whether a variable or secret is set'),
  fn('response', 'status, body, headers', 'an answer with any status from 200 to 599'),
  fn('html', 'text', 'a page'),
  fn('json', 'value', 'any value as JSON, also text'),
  fn('redirect', 'to, status', 'leads on: 302, or another status from 300 to 399'),
  fn('sleep', 'seconds', 'waits; the time counts'),
  fn('print', 'value', 'the same as log::info'),
  fn('debug', 'value', 'log::debug of the value as it would be written in a script'),
  fn('exit', 'value', 'ends the call with an answer, from anywhere')
];

/** What can follow a point. */
export const METHODS: readonly Word[] = [
  fn('status', 'status', 'of a response: another status'),
  fn('header', 'name, value', 'of a response: one header more'),
  fn('content_type', 'type', 'of a response: the type of the body'),
  fn('cookie', 'name, value, options', 'of a response: a cookie'),
  word('len', 'how long a text, list, map or blob is'),
  fn('contains', 'what', 'whether it is in a text, list or map'),
  fn('trim', '', 'takes the space around a text away'),
  fn('split', 'at', 'a list of the parts of a text'),
  fn('replace', 'what, with', 'changes the text in place'),
  fn('starts_with', 'text', 'whether a text begins so'),
  fn('to_upper', '', 'the text in capitals'),
  fn('to_lower', '', 'the text in small letters'),
  fn('sub_string', 'start, length', 'a part of a text'),
  fn('index_of', 'what', 'where it is in a text or list; -1 when it is not'),
  fn('pad', 'length, with', 'makes a text or list longer, in place'),
  fn('map', 'change', 'a list with each element changed'),
  fn('filter', 'keep', 'a list of those elements for which it is true'),
  fn('reduce', 'join, first', 'one value from all elements'),
  fn('sort', '', 'sorts a list in place'),
  fn('push', 'value', 'puts an element at a list’s end'),
  fn('keys', '', 'the names in a map'),
  fn('values', '', 'the values in a map')
];

export const KEYWORDS = ['let', 'const', 'if', 'else', 'switch', 'for', 'in', 'while', 'loop', 'do', 'until', 'break', 'continue', 'return', 'throw', 'try', 'catch', 'fn', 'private', 'this', 'global', 'is_shared', 'true', 'false'] as const;
