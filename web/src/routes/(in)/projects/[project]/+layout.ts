import { redirect } from '@sveltejs/kit';
import { functions, projects, teams } from '$lib/api/client';
import { later, needed } from '$lib/api/load';
import { may } from '$lib/utils/may';
import { remember } from '$lib/utils/stored';
import type { LayoutLoad } from './$types';

export const load: LayoutLoad = async ({ params, parent, url, untrack }) => {
  const [{ me }, project] = await Promise.all([parent(), needed(projects.get(params.project))]);
  // An id, or a slug it had before: the address bar gets the slug it has.
  if (project.slug !== params.project) {
    const { pathname, search } = untrack(() => ({ pathname: url.pathname, search: url.search }));
    redirect(302, ['/projects', project.slug, ...pathname.split('/').slice(3)].join('/') + search);
  }
  const team = me.teams.find((one) => one.id === project.team_id) ?? (await needed(teams.get(project.team_id)));
  remember('team', team.id);
  const alive = project.deleted_at === undefined;
  return {
    project,
    team,
    projects: later(projects.list(team.id)),
    functions: alive && may(project, 'functions.read') ? later(functions.list(project.id)) : undefined,
    domains: alive ? later(projects.domains(project.id)) : undefined
  };
};
