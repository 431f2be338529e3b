import { projects } from '$lib/api/client';
import { later } from '$lib/api/load';
import type { PageLoad } from './$types';

export const load: PageLoad = ({ params }) => ({ deleted: later(projects.deleted(params.team)) });
