import { error, redirect } from '@sveltejs/kit';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent }) => {
  const { home } = await parent();
  if (!home) error(404, { title: 'You are in no team', message: 'Ask a team’s owner for an invitation.' });
  redirect(302, `/teams/${home.id}/projects`);
};
