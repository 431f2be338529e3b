// An edit of a function that is not deployed yet.
import type { CroftFunction, NewRoute } from '$lib/api/types';

/** A function with its text, as it comes when it is asked for by itself. */
export type WholeFunction = CroftFunction & { source: string };

/** What an edit began with. */
export interface Base {
  version: number;
  version_id: string;
  source: string;
  routes: NewRoute[];
}

export interface Edit {
  base: Base;
  source: string;
  routes: NewRoute[];
}

const bare = ({ method, host, path }: NewRoute): NewRoute => (host ? { method, host, path } : { method, path });

export const sameRoute = (one: NewRoute, other: NewRoute | undefined): boolean =>
  one.method === other?.method && one.path === other.path && (one.host ?? '') === (other.host ?? '');

export const baseOf = ({ version, version_id, source, routes }: WholeFunction): Base => ({ version, version_id, source, routes: routes.map(bare) });

export const sameRoutes = (one: readonly NewRoute[], other: readonly NewRoute[]): boolean =>
  one.length === other.length && one.every((route, i) => sameRoute(route, other[i]));

/** Whether there is anything to deploy. */
export const isEdited = ({ base, source, routes }: Edit): boolean => source !== base.source || !sameRoutes(routes, base.routes);

/** Whether what is deployed is not what the edit began with any more. */
export const isOvertaken = ({ base }: Edit, now: Base): boolean => base.version_id !== now.version_id || !sameRoutes(base.routes, now.routes);

/**
 * The edit once that is deployed: an untouched one, and one that says the same, follow it. One of
 * its own is kept as it is, so that nobody's work is overwritten without a word.
 */
export function afterDeploy(edit: Edit, now: Base): Edit {
  const same = edit.source === now.source && sameRoutes(edit.routes, now.routes);
  return !isEdited(edit) || same ? { base: now, source: now.source, routes: now.routes } : edit;
}

/** Reads what was kept; anything else is nothing. */
export function readEdit(kept: string | null): Edit | undefined {
  if (kept === null) return undefined;
  try {
    const edit = JSON.parse(kept) as Edit;
    const whole = typeof edit.source === 'string' && Array.isArray(edit.routes) && typeof edit.base?.source === 'string' && Array.isArray(edit.base.routes);
    return whole ? edit : undefined;
  } catch {
    return undefined;
  }
}
