import { projects, teams } from '$lib/api/client';
import { later, needed } from '$lib/api/load';
import { remember } from '$lib/utils/stored';
import type { LayoutLoad } from './$types';

export const load: LayoutLoad = async ({ params, parent }) => {
  const { me } = await parent();
  // An operator who entered a team is in it without having it among their own.
  const team = me.teams.find((one) => one.id === params.team) ?? (await needed(teams.get(params.team)));
  remember('team', team.id);
  return { team, projects: later(projects.list(team.id)) };
};
