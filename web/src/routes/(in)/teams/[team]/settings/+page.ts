import { teams } from '$lib/api/client';
import { later } from '$lib/api/load';
import { may } from '$lib/utils/may';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ params, parent }) => {
  const { team } = await parent();
  return {
    limits: later(teams.limits(params.team)),
    members: may(team, 'team.transfer') ? later(teams.members(params.team)) : undefined
  };
};
