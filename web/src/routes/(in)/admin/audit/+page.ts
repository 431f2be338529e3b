import { admin } from '$lib/api/client';
import { later } from '$lib/api/load';
import type { PageLoad } from './$types';

export const load: PageLoad = () => ({ list: later(admin.audit()) });
