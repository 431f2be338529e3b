import { teams } from '$lib/api/client';
import { later } from '$lib/api/load';
import type { PageLoad } from './$types';

export const load: PageLoad = ({ params }) => ({ audit: later(teams.audit(params.team)) });
