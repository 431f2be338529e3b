/** What is used of the browser's `EventSource`; tests bring their own. */
export interface Source {
  readyState: number;
  addEventListener(type: string, listener: (event: { data?: unknown }) => void): void;
  close(): void;
}
export type Connect = (url: string) => Source;

const CLOSED = 2;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;

export interface Stream {
  /** Where to ask: after the last one seen, whenever it is asked. */
  address: () => string;
  /** The names that messages have, besides none. */
  kinds: readonly string[];
  /** Each message's data, read as JSON. */
  take: (data: unknown) => void;
  /** Whether messages arrive at the moment. */
  connected: (yes: boolean) => void;
}

/**
 * Follows a stream until the returned function is called. The browser reconnects by itself after a
 * broken line; after a refusal (a restart, a proxy's error) it gives up for good, so this opens
 * anew with waits doubling from 1 s to 30 s.
 */
export function follow({ address, kinds, take, connected }: Stream, connect: Connect = (url) => new EventSource(url)): () => void {
  let wait = FIRST_WAIT_MS;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let source: Source;

  function read(message: { data?: unknown }) {
    if (typeof message.data !== 'string') return;
    let data: unknown;
    try {
      data = JSON.parse(message.data);
    } catch {
      return;
    }
    take(data);
  }

  function open() {
    source = connect(address());
    source.addEventListener('open', () => {
      wait = FIRST_WAIT_MS;
      connected(true);
    });
    for (const kind of ['message', ...kinds]) source.addEventListener(kind, read);
    source.addEventListener('error', () => {
      connected(false);
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
