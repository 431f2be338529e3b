import { projects, teams } from '$lib/api/client';
import { later } from '$lib/api/load';
import { may } from '$lib/utils/may';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent }) => {
  const { project, team } = await parent();
  return {
    members: later(projects.members(project.id)),
    teamMembers: may(project, 'members.manage') ? later(teams.members(team.id)) : undefined
  };
};
