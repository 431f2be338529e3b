import { error } from '@sveltejs/kit';
import { may } from '$lib/utils/may';
import type { LayoutLoad } from './$types';

export const load: LayoutLoad = async ({ parent }) => {
  const { me } = await parent();
  if (!may(me, 'installation.read')) error(404, { message: 'Not found' });
};
