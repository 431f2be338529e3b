import { admin, installation } from '$lib/api/client';
import { later } from '$lib/api/load';
import type { PageLoad } from './$types';

export const load: PageLoad = () => ({ settings: later(admin.settings()), installation: later(installation.get()) });
