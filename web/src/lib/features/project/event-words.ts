import type { CroftEvent } from '$lib/api/types';
import type { Shape } from '$lib/ui/shapes';

export interface EventWords {
  shape: Shape;
  what: string;
  detail?: string;
}

/** A text out of a payload, which differs by kind and may lack anything. */
function from(payload: unknown, ...names: string[]): string | undefined {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) return undefined;
  for (const name of names) {
    const value = (payload as Record<string, unknown>)[name];
    if (typeof value === 'string' || typeof value === 'number') return String(value);
  }
  return undefined;
}

/** An event in words: what happened, by whom, and the shape it is listed with. */
export function eventWords(event: CroftEvent): EventWords {
  const { payload, actor } = event;
  const name = from(payload, 'name', 'key', 'host', 'email') ?? '';
  const environment = from(payload, 'environment');
  const version = from(payload, 'version', 'number');
  const role = from(payload, 'role');
  const by = (...more: (string | undefined)[]) => [actor, ...more].filter(Boolean).join(', ') || undefined;
  switch (event.kind) {
    case 'project.created':
      return { shape: 'live', what: `Project ${name} is made`, detail: by() };
    case 'project.renamed':
      return { shape: 'off', what: `Renamed to ${name}`, detail: by(from(payload, 'slug') && `slug ${from(payload, 'slug')}`) };
    case 'project.deleted':
      return { shape: 'off', what: 'Project deleted', detail: by('can be restored for a while') };
    case 'project.restored':
      return { shape: 'live', what: 'Project restored', detail: by() };
    case 'project.purged':
      return { shape: 'off', what: 'Nothing of the project is left', detail: by() };
    case 'variable.set':
      return { shape: 'off', what: `Environment: ${name || 'a variable'} set`, detail: by(environment) };
    case 'variable.unset':
      return { shape: 'off', what: `Environment: ${name || 'a variable'} removed`, detail: by(environment) };
    case 'member.joined':
      return { shape: 'proven', what: `${name || 'A member'} joined`, detail: by(role) };
    case 'member.changed':
      return { shape: 'off', what: `${name || 'A member'} has another role`, detail: by(role) };
    case 'member.removed':
      return { shape: 'off', what: `${name || 'A member'} is not in any more`, detail: by() };
    case 'domain.claimed':
      return { shape: 'wait', what: `Domain ${name} claimed`, detail: by() };
    case 'domain.proven':
      return { shape: 'proven', what: `Domain ${name} is proven`, detail: by() };
    case 'domain.released':
      return { shape: 'off', what: `Domain ${name} released`, detail: by() };
    case 'function.deployed':
      return { shape: 'live', what: `Function ${name}${version ? `, version ${version},` : ''} is live`, detail: by() };
    case 'function.deleted':
      return { shape: 'off', what: `Function ${name} deleted`, detail: by() };
    case 'route.added':
      return { shape: 'live', what: `${from(payload, 'route') || 'A route'} leads to ${name}`, detail: by() };
    case 'route.removed':
      return { shape: 'off', what: `${from(payload, 'route') || 'A route'} removed`, detail: by() };
    case 'team.entered':
      return { shape: 'wait', what: 'An operator entered the team', detail: by(from(payload, 'reason')) };
    default:
      // A newer server may know more kinds than this page.
      return { shape: 'off', what: String(event.kind), detail: by() };
  }
}
