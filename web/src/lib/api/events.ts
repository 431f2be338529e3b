import { addressOf } from './call';
import { EVENT_KINDS, type CroftEvent } from './types';

/** What is used of the browser's `EventSource`; tests bring their own. */
export interface Source {
  readyState: number;
  addEventListener(type: string, listener: (event: { data?: unknown }) => void): void;
  close(): void;
}

const CLOSED = 2;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;

export interface Follow {
  /** The last sequence already known; the stream goes on after it. */
  after: number;
  /** Each event once, in order. */
  event: (event: CroftEvent) => void;
  /** Whether events arrive at the moment. */
  connected: (yes: boolean) => void;
}

/**
 * Follows a project's events until the returned function is called. The browser reconnects by
 * itself after a broken line; after a refusal (a restart, a proxy's error) it gives up for good, so
 * this opens anew, after the last event seen, with waits doubling from 1 s to 30 s.
 */
export function followProject(
  project: string,
  follow: Follow,
  connect: (url: string) => Source = (url) => new EventSource(url)
): () => void {
  let last = follow.after;
  let wait = FIRST_WAIT_MS;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let source: Source;

  function take(message: { data?: unknown }) {
    if (typeof message.data !== 'string') return;
    let event: CroftEvent;
    try {
      event = JSON.parse(message.data);
    } catch {
      return;
    }
    // A resumed stream may repeat what was seen.
    if (typeof event.sequence !== 'number' || event.sequence <= last) return;
    last = event.sequence;
    follow.event(event);
  }

  function open() {
    source = connect(addressOf('/projects/{project}/events', { path: { project }, query: { follow: true, after: String(last) } }));
    source.addEventListener('open', () => {
      wait = FIRST_WAIT_MS;
      follow.connected(true);
    });
    for (const kind of ['message', ...EVENT_KINDS]) source.addEventListener(kind, take);
    source.addEventListener('error', () => {
      follow.connected(false);
      if (source.readyState !== CLOSED) return;
      source.close();
      timer = setTimeout(open, wait);
      wait = Math.min(wait * 2, LONGEST_WAIT_MS);
    });
  }

  open();
  return () => {
    clearTimeout(timer);
    source.close();
  };
}
