import { functions as api } from '$lib/api/client';
import { later } from '$lib/api/load';
import type { CroftFunction, Page } from '$lib/api/types';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ params, parent }) => {
  const { project, functions } = await parent();
  const none: Page<CroftFunction> = { items: [] };
  const { name } = params;
  // The list comes without texts. One that is not in it is not asked for.
  const one = async () => {
    const there = name !== undefined && (await functions)?.items.some((fn) => fn.name === name);
    return there ? api.get(project.id, name) : undefined;
  };
  return { name, list: functions ?? Promise.resolve(none), one: later(one()) };
};
