import { me } from '$lib/api/client';
import { later } from '$lib/api/load';
import type { PageLoad } from './$types';

export const load: PageLoad = () => ({ sessions: later(me.sessions()), variables: later(me.variables()) });
