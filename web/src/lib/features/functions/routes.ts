import type { NewRoute } from '$lib/api/types';

/** What a route can be for, with its words. */
export const ROUTE_METHODS: readonly { value: NewRoute['method']; label: string }[] = [
  ...(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'] as const).map((value) => ({ value, label: value })),
  { value: '*', label: 'Any' }
];
