import { redirect } from '@sveltejs/kit';
import { installation } from '$lib/api/client';
import { needed } from '$lib/api/load';
import { returnPath } from '$lib/utils/return-path';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ url }) => {
  const found = await needed(installation.get());
  if (found.needs_setup) redirect(302, '/setup');
  return { installation: found, to: returnPath(url.searchParams.get('to')) };
};
