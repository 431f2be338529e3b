import { projects } from '$lib/api/client';
import { later } from '$lib/api/load';
import type { CroftFunction, Invocation, Page } from '$lib/api/types';
import { may } from '$lib/utils/may';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ params, parent }) => {
  const { project, functions } = await parent();
  const none: Page<CroftFunction> = { items: [] };
  const calls = async (): Promise<Page<Invocation>> => {
    const name = params.name ?? (await functions)?.items[0]?.name;
    return name ? projects.invocations(project.id, { function: name }) : { items: [] };
  };
  return {
    name: params.name,
    list: functions ?? Promise.resolve(none),
    invocations: may(project, 'logs.read') ? later(calls()) : undefined
  };
};
