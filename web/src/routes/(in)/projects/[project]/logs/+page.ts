import { functions } from '$lib/api/client';
import { later } from '$lib/api/load';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent, url }) => {
  const { project } = await parent();
  const wanted = url.searchParams.get('function') ?? '';
  return { wanted, invocations: later(functions.calls(project.id, { function: wanted || undefined })) };
};
