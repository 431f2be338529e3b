// A test call's request, as a person writes it.
import type { TestRequest } from '$lib/api/function-test';
import type { NewRoute } from '$lib/api/types';

export const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

/** What is written down. Headers stand one on a line, as `name: value`. */
export interface Written {
  method: string;
  /** The path, with a query after `?` if there is one. */
  path: string;
  headers: string;
  body: string;
}

/** A request that the route would lead to the function; placeholders stand for themselves. */
export const firstFor = (route: NewRoute | undefined): Written => ({
  method: !route || route.method === '*' ? 'GET' : route.method,
  path: route ? route.path.replace(/[:*]([A-Za-z_]\w*)/g, '$1').replace(/\/\*$/, '/') : '/',
  headers: '',
  body: ''
});

/** The request, or what is wrong with which field. */
export function toRequest({ method, path, headers, body }: Written): { request: TestRequest } | { field: 'path' | 'headers'; problem: string } {
  if (!path.startsWith('/')) return { field: 'path', problem: 'A path begins with /' };
  if (path.includes('#')) return { field: 'path', problem: 'What stands after # never leaves a browser. Write %23 for the character' };
  const cut = path.indexOf('?');
  const pairs: [string, string][] = [];
  for (const line of headers.split('\n')) {
    if (line.trim() === '') continue;
    const [, name, value] = /^\s*([!#$%&'*+.^_`|~\w-]+)\s*:(.*)$/.exec(line) ?? [];
    if (name === undefined) return { field: 'headers', problem: `“${line.trim().slice(0, 40)}” is no header. Write it as name: value` };
    pairs.push([name, (value ?? '').trim()]);
  }
  const query = cut === -1 ? undefined : path.slice(cut + 1);
  return { request: { method, path: cut === -1 ? path : path.slice(0, cut), query, headers: pairs, body: body === '' ? undefined : body } };
}

/** How many bytes a body has. */
export function size({ body, base64 }: { body: string; base64: boolean }): number {
  if (!base64) return new TextEncoder().encode(body).length;
  const padding = body.endsWith('==') ? 2 : body.endsWith('=') ? 1 : 0;
  return Math.floor((body.length * 3) / 4) - padding;
}

/** The value of a header, whatever the case of its name. */
export const header = (headers: readonly [string, string][], name: string) => headers.find(([one]) => one.toLowerCase() === name)?.[1];
