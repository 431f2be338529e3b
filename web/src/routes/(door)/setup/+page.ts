import { redirect } from '@sveltejs/kit';
import { installation } from '$lib/api/client';
import { needed } from '$lib/api/load';
import type { PageLoad } from './$types';

export const load: PageLoad = async () => {
  const found = await needed(installation.get());
  if (!found.needs_setup) redirect(302, '/');
  return { installation: found };
};
