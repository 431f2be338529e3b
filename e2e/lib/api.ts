/** The API as a program uses it, by address and with a bearer token. */

import { strict as assert } from 'node:assert';

export class Api {
  readonly #base: string;
  readonly #token: string | undefined;

  constructor(base: string, token?: string) {
    this.#base = base;
    this.#token = token;
  }

  /** Asks, and fails unless that succeeded. What an operation answers is for its test to know. */
  async ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<any> {
    const answer = await this.send(method, path, body, headers);
    const text = await answer.text();
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  }

  send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Response> {
    const auth: Record<string, string> = this.#token ? { authorization: `Bearer ${this.#token}` } : {};
    const type: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
    return fetch(this.#base + path, {
      method,
      headers: { ...type, ...auth, ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
      redirect: 'manual',
      signal: AbortSignal.timeout(20_000)
    });
  }

  /** The same server, as the one who signs in. */
  async as(email: string, password: string, headers: Record<string, string> = {}): Promise<Api> {
    const { token } = await new Api(this.#base).ask('POST', '/session', { email, password, transport: 'bearer' }, headers);
    return new Api(this.#base, token);
  }
}
