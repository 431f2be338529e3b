import type { Role } from '$lib/api/types';

export const ROLES: readonly Role[] = ['viewer', 'developer', 'admin', 'owner'];

/** What a role is called, and what it may do, in a few words. */
export const ROLE_WORDS: Record<Role, { label: string; may: string }> = {
  viewer: { label: 'Viewer', may: 'sees that things are there and how they are' },
  developer: { label: 'Developer', may: 'works on projects' },
  admin: { label: 'Admin', may: 'also domains, members, tokens and deletion' },
  owner: { label: 'Owner', may: 'answers for the team' }
};

/** The roles one may give: at most one's own, and never `owner`, which only a transfer gives. */
export function rolesToGive(own: Role): { value: Role; label: string }[] {
  return ROLES.filter((role) => role !== 'owner' && ROLES.indexOf(role) <= ROLES.indexOf(own)).map((value) => ({ value, label: ROLE_WORDS[value].label }));
}
