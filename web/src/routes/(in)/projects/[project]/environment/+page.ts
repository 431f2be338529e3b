import { projects } from '$lib/api/client';
import { later } from '$lib/api/load';
import type { Environment } from '$lib/api/types';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent, url }) => {
  const { project } = await parent();
  const environment: Environment = url.searchParams.get('in') === 'development' ? 'development' : 'production';
  return { environment, variables: later(projects.variables(project.id, environment)) };
};
