// Requests that the OpenAPI document knows: method, path, parameters, body and answer are its own
// (`schema.d.ts`, written by `npm run generate`). What it does not know does not compile.
import { address, send, type Options } from './request';
import type { paths } from './schema';

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** The paths that have an operation of this method. */
type PathWith<M extends Method> = { [P in keyof paths]: paths[P] extends Record<M, unknown> ? P : never }[keyof paths];

interface Operation {
  parameters: { path?: Record<string, string | number>; query?: object; header?: object };
  requestBody?: unknown;
  responses: object;
}
type OperationOf<M extends Method, P extends keyof paths> = Extract<paths[P][M & keyof paths[P]], Operation>;

/** The JSON in a request's or an answer's content; `Otherwise` where there is none. */
type JsonOf<Message, Otherwise> = Message extends { content: { 'application/json': infer Json } } ? Json : Otherwise;

/** Names in the path and the query, required where the document requires them. */
type Place<O extends Operation> = Pick<O['parameters'], 'path' | 'query'>;
type Body<O extends Operation> = [JsonOf<O['requestBody'], never>] extends [never] ? { body?: never } : { body: JsonOf<O['requestBody'], never> };
/** A repeated create is harmless only where the document says so. */
type Key<O extends Operation> = [NonNullable<O['parameters']['header']>] extends [never] ? { key?: never } : { key?: string };
type Asked<O extends Operation> = Place<O> & Body<O> & Key<O> & Pick<Options, 'needsSignIn'>;

type Success = 200 | 201 | 202 | 204;
type Answer<O extends Operation> = { [S in Success & keyof O['responses']]: JsonOf<O['responses'][S], void> }[Success & keyof O['responses']];

/** An argument that may be left out when nothing in it is required. */
type Argument<T> = Record<never, never> extends T ? [T?] : [T];

/** What was asked, once its types were checked. */
type Loose = Options & { path?: Record<string, string | number> };

/** A path of the document with its places filled, whatever is in the names. */
function fill(template: string, names: Record<string, string | number> = {}): string {
  return template.replace(/\{(\w+)\}/g, (_, place: string) => encodeURIComponent(names[place] ?? ''));
}

/** Asks for one operation. Throws an `ApiError` for everything that is not a success. */
export function call<M extends Method, P extends PathWith<M>>(
  method: M,
  path: P,
  ...[asked]: Argument<Asked<OperationOf<M, P>>>
): Promise<Answer<OperationOf<M, P>>> {
  const { path: names, ...options } = (asked ?? {}) as Loose;
  return send(method.toUpperCase(), fill(path, names), options);
}

/** The address of something to read, for what asks by itself, like an `EventSource`. */
export function addressOf<P extends PathWith<'get'>>(path: P, ...[asked]: Argument<Place<OperationOf<'get', P>>>): string {
  const { path: names, query } = (asked ?? {}) as Loose;
  return address(fill(path, names), query);
}
