// Calls of functions: a list of them, a stream that goes on, and counts of all.
import { addressOf, call } from './call';
import type { components } from './schema';
import { follow, type Connect } from './stream';
import type { Outcome, Page } from './types';

type Schemas = components['schemas'];

/** One call of a function. */
export type FunctionCall = Schemas['Invocation'];
/** A page of calls, with how many of the same time are on no page. */
export type CallPage = Page<FunctionCall> & Pick<Schemas['InvocationPage'], 'left_out'>;
/** Every call, counted. Steps without calls are left out. */
export type CallCounts = Schemas['InvocationCounts'];

export interface WantedCalls {
  function?: string;
  outcome?: Outcome;
  after?: string;
  limit?: number;
}

export async function list(project: string, { limit = 100, ...wanted }: WantedCalls = {}): Promise<CallPage> {
  const { items, next, left_out } = await call('get', '/projects/{project}/invocations', { path: { project }, query: { limit, ...wanted } });
  return { items, next: next ?? undefined, left_out };
}

export const counts = (project: string, query: { function?: string; since?: string; step?: CallCounts['step'] }) =>
  call('get', '/projects/{project}/invocations/counts', { path: { project }, query });

export interface FollowCalls extends Pick<WantedCalls, 'function' | 'outcome'> {
  /** The last call already known; the stream goes on after it. */
  after?: string;
  /** Each call once, as it is written down. */
  call: (call: FunctionCall) => void;
  /** Whether calls arrive at the moment. */
  connected: (yes: boolean) => void;
}

/** So many calls of the past are known again. */
const MOST_REPEATED = 100;

/** Follows calls until the returned function is called, over broken lines and restarts. */
export function followCalls(project: string, { after, call, connected, ...wanted }: FollowCalls, connect?: Connect): () => void {
  let last = after;
  const seen: string[] = [];
  return follow(
    {
      address: () => addressOf('/projects/{project}/invocations', { path: { project }, query: { ...wanted, follow: true, after: last } }),
      kinds: ['invocation'],
      take: (data) => {
        const one = data as FunctionCall;
        // A resumed stream may repeat what was seen. As text, ids do not sort by time.
        if (typeof one?.id !== 'string' || seen.includes(one.id)) return;
        last = one.id;
        seen.push(last);
        if (seen.length > MOST_REPEATED) seen.shift();
        call(one);
      },
      connected
    },
    connect
  );
}
