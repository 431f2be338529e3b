import { redirect } from '@sveltejs/kit';
import { installation, invitations } from '$lib/api/client';
import { needed } from '$lib/api/load';
import { returnPath } from '$lib/utils/return-path';
import { keptInvitation } from '$lib/utils/stored';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ url }) => {
  const found = await needed(installation.get());
  if (found.needs_setup) redirect(302, '/setup');
  const secret = keptInvitation();
  const invitation = secret ? await invitations.inspect(secret).catch(() => undefined) : undefined;
  return { installation: found, invitation, secret: invitation && secret, to: returnPath(url.searchParams.get('to')) };
};
