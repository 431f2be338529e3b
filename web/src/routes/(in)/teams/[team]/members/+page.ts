import { teams } from '$lib/api/client';
import { later } from '$lib/api/load';
import { may } from '$lib/utils/may';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ params, parent }) => {
  const { team } = await parent();
  return {
    members: later(teams.members(params.team)),
    invitations: may(team, 'members.manage') ? later(teams.invitations(params.team)) : undefined
  };
};
