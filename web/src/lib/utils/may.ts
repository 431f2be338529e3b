import type { Permission } from '$lib/api/types';

/** Something that says what its reader may do. */
export interface Guarded {
  allowed_actions: readonly Permission[];
}

/** Whether an act may be offered. The server's list is the only source; roles are never asked. */
export function may(subject: Guarded | null | undefined, permission: Permission): boolean {
  return subject?.allowed_actions.includes(permission) ?? false;
}
