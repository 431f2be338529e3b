import { noAnswer, toApiError } from './problem';

const BASE = '/api/v1';
const TIMEOUT_MS = 30_000;

export interface Options {
  query?: Record<string, string | number | boolean | undefined>;
  body?: unknown;
  /** Makes a repeated create harmless: the same key is the same create. */
  key?: string;
  /** Whether a 401 means "sign in first"; not so where the answer itself is about signing in. */
  needsSignIn?: boolean;
}

let signedOut: () => void = () => {};

/** Says what to do when an answer shows that nobody is signed in any more. */
export function onSignedOut(act: () => void): void {
  signedOut = act;
}

/** Path and query below the API's base. */
export function address(to: string, query: Options['query'] = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) search.set(name, String(value));
  }
  return BASE + to + (search.size > 0 ? `?${search}` : '');
}

/** A random key for one create, kept over its repetitions. */
export function createKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

async function read(response: Response): Promise<unknown> {
  const text = await response.text();
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Sends one request. Throws an `ApiError` for everything that is not a success. */
export async function send<T>(method: string, to: string, options: Options = {}): Promise<T> {
  const headers: Record<string, string> = { accept: 'application/json' };
  // Also without a body: cookie-carried changes are only taken with this type.
  if (method !== 'GET') headers['content-type'] = 'application/json';
  if (options.key) headers['idempotency-key'] = options.key;
  let response: Response;
  let body: unknown;
  try {
    response = await fetch(address(to, options.query), {
      method,
      headers,
      body: options.body === undefined ? undefined : JSON.stringify(options.body),
      credentials: 'same-origin',
      signal: AbortSignal.timeout(TIMEOUT_MS)
    });
    body = await read(response);
  } catch (thrown) {
    throw noAnswer(thrown instanceof DOMException && thrown.name === 'TimeoutError');
  }
  if (response.ok) return body as T;
  if (response.status === 401 && options.needsSignIn !== false) signedOut();
  throw toApiError(response.status, body, response.headers.get('croft-request-id'));
}
