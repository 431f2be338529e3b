import { projects } from '$lib/api/client';
import { later } from '$lib/api/load';
import type { CroftFunction, Invocation, Page } from '$lib/api/types';
import { may } from '$lib/utils/may';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ params, parent }) => {
  const { project, functions } = await parent();
  const none: Page<CroftFunction> = { items: [] };
  const shown = async () => params.name ?? (await functions)?.items[0]?.name;
  const calls = async (): Promise<Page<Invocation>> => {
    const name = await shown();
    return name ? projects.invocations(project.id, { function: name }) : { items: [] };
  };
  // The list comes without texts.
  const source = async (): Promise<string> => {
    const name = await shown();
    return (name && (await projects.function(project.id, name)).source) || '';
  };
  return {
    name: params.name,
    list: functions ?? Promise.resolve(none),
    source: later(source()),
    invocations: may(project, 'logs.read') ? later(calls()) : undefined
  };
};
