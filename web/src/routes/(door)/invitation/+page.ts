import { invitations, me } from '$lib/api/client';
import { needed } from '$lib/api/load';
import { ApiError } from '$lib/api/problem';
import { keepInvitation, keptInvitation } from '$lib/utils/stored';
import type { PageLoad } from './$types';

export const load: PageLoad = async () => {
  const secret = location.hash.slice(1) || keptInvitation();
  if (!secret) return { secret: undefined, details: undefined, me: undefined };
  const details = await needed(invitations.inspect(secret));
  keepInvitation(secret);
  const person = await needed(
    me.get().catch((thrown) => {
      if (thrown instanceof ApiError && thrown.status === 401) return undefined;
      throw thrown;
    })
  );
  return { secret, details, me: person };
};
