import { recall, remember } from '$lib/utils/stored';

/** What single keys do, as the keyboard map lists them. */
export const KEY_MAP: readonly { keys: string[]; does: string }[] = [
  { keys: ['Ctrl', 'K'], does: 'Search or do' },
  { keys: ['?'], does: 'This map' },
  { keys: ['/'], does: 'Find on this page' },
  { keys: ['G', 'P'], does: 'Go to Projects' },
  { keys: ['G', 'O'], does: 'Go to Overview' },
  { keys: ['G', 'F'], does: 'Go to Functions' },
  { keys: ['G', 'L'], does: 'Go to Logs' },
  { keys: ['N'], does: 'New, of what the page lists' },
  { keys: ['J'], does: 'Next in the list' },
  { keys: ['K'], does: 'The one before' },
  { keys: ['Enter'], does: 'Open' },
  { keys: ['Esc'], does: 'Back, close' },
  { keys: ['Ctrl', '\\'], does: 'Fold the sidebar' },
  { keys: ['Ctrl', 'S'], does: 'Deploy the function that is open' },
  { keys: ['Ctrl', 'Enter'], does: 'Send its test call' }
];

export interface Acts {
  palette: () => void;
  map: () => void;
  sidebar: () => void;
  /** Goes to the section of that key, if there is one here. */
  go: (key: string) => void;
}

const CHORD_MS = 1_200;

export const singleKeys = {
  on: () => recall('keys') !== 'off',
  set: (on: boolean) => remember('keys', on ? null : 'off')
};

const typing = (target: EventTarget | null) =>
  target instanceof HTMLElement && (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName));

function step(by: 1 | -1): void {
  const rows = Array.from(document.querySelectorAll<HTMLElement>('main [data-row]'));
  const now = rows.indexOf(document.activeElement as HTMLElement);
  const to = now === -1 ? (by === 1 ? 0 : rows.length - 1) : Math.min(Math.max(now + by, 0), rows.length - 1);
  rows[to]?.focus();
}

/** Listens for keys. Pages take part by marking: `data-find`, `data-new` and `data-row`. */
export function keyboard(acts: Acts): (event: KeyboardEvent) => void {
  let chord = 0;

  const alone: Record<string, () => void> = {
    '?': acts.map,
    '/': () => document.querySelector<HTMLElement>('main [data-find]')?.focus(),
    n: () => document.querySelector<HTMLElement>('main [data-new]')?.click(),
    j: () => step(1),
    k: () => step(-1)
  };

  return (event) => {
    if (event.isComposing || event.altKey) return;
    const key = event.key.toLowerCase();
    if (event.ctrlKey || event.metaKey) {
      const act = { k: acts.palette, '\\': acts.sidebar }[key];
      if (act) {
        event.preventDefault();
        act();
      }
      return;
    }
    // What is typed in an editor of its own tree seems to come from its host.
    if (typing(event.composedPath()[0] ?? null) || document.querySelector('dialog[open]') || !singleKeys.on()) return;
    if (event.timeStamp - chord < CHORD_MS) {
      chord = 0;
      acts.go(key);
      return;
    }
    if (key === 'g') {
      chord = event.timeStamp;
      return;
    }
    const act = alone[key];
    if (act) {
      event.preventDefault();
      act();
    }
  };
}
