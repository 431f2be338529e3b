import { addressOf } from './call';
import { follow as followStream, type Connect } from './stream';
import { EVENT_KINDS, type CroftEvent } from './types';

export type { Source } from './stream';

export interface Follow {
  /** The last sequence already known; the stream goes on after it. */
  after: number;
  /** Each event once, in order. */
  event: (event: CroftEvent) => void;
  /** Whether events arrive at the moment. */
  connected: (yes: boolean) => void;
}

/** Follows a project's events until the returned function is called, over broken lines and restarts. */
export function followProject(project: string, follow: Follow, connect?: Connect): () => void {
  let last = follow.after;
  return followStream(
    {
      address: () => addressOf('/projects/{project}/events', { path: { project }, query: { follow: true, after: String(last) } }),
      kinds: EVENT_KINDS,
      take: (data) => {
        const event = data as CroftEvent;
        // A resumed stream may repeat what was seen.
        if (typeof event?.sequence !== 'number' || event.sequence <= last) return;
        last = event.sequence;
        follow.event(event);
      },
      connected: follow.connected
    },
    connect
  );
}
