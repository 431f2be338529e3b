import { redirect } from '@sveltejs/kit';
import { me } from '$lib/api/client';
import { needed } from '$lib/api/load';
import { ApiError } from '$lib/api/problem';
import { signInPath } from '$lib/utils/return-path';
import { recall } from '$lib/utils/stored';
import type { LayoutLoad } from './$types';

export const load: LayoutLoad = async ({ url, untrack }) => {
  // Read now, not tracked: who one is does not change with the page.
  const from = untrack(() => url.pathname + url.search);
  const person = await needed(
    me.get().catch((thrown) => {
      if (thrown instanceof ApiError && thrown.status === 401) return undefined;
      throw thrown;
    })
  );
  if (!person) redirect(302, signInPath(from));
  const remembered = recall('team');
  const home = person.teams.find((team) => team.id === remembered) ?? person.teams[0];
  return { me: person, home };
};
