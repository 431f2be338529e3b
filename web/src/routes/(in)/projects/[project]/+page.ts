import { projects } from '$lib/api/client';
import { later } from '$lib/api/load';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent }) => {
  const { project } = await parent();
  return { events: later(projects.events(project.id)) };
};
