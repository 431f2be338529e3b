// Every operation the dashboard uses, by name. Only `+page.ts`, `+layout.ts` and `+page.svelte`
// import this; what they show knows nothing of requests.
import { call } from './call';
import { counts, followCalls, list as calls } from './function-calls';
import { test } from './function-test';
import type { components } from './schema';
import type * as t from './types';

type Schemas = components['schemas'];

const open = { needsSignIn: false };

/** How much of a list to get: the page after `after`. Lists without it come whole. */
export interface Slice {
  after?: string;
  limit?: number;
}
const slice = ({ after, limit = 100 }: Slice = {}) => ({ after, limit });

/** Pages joined at most. */
const PAGES_MAX = 100;
/** A list of pages as one; `next` is there only when there are too many. */
export async function whole<T>(page: (from: Slice) => Promise<t.Page<T>>): Promise<t.Page<T>> {
  const all = await page({ limit: 200 });
  for (let pages = 1; all.next && pages < PAGES_MAX; pages++) {
    const { items, next } = await page({ after: all.next, limit: 200 });
    all.items.push(...items);
    all.next = next;
  }
  return all;
}

export const installation = {
  get: () => call('get', '/installation'),
  setUp: (body: Schemas['Setup']) => call('post', '/setup', { body, ...open })
};

export const session = {
  signUp: (body: Schemas['NewAccount']) => call('post', '/accounts', { body, ...open }),
  signIn: (body: Schemas['SignIn']) => call('post', '/session', { body, ...open }),
  signOut: () => call('delete', '/session', open)
};

export const invitations = {
  inspect: (secret: string) => call('post', '/invitations/inspect', { body: { secret }, ...open }),
  accept: (secret: string) => call('post', '/invitations/accept', { body: { secret } })
};

export const me = {
  get: () => call('get', '/me', open),
  update: (name: string) => call('patch', '/me', { body: { name } }),
  remove: (password: string) => call('delete', '/me', { body: { password } }),
  changePassword: (body: Schemas['ChangePassword']) => call('post', '/me/password', { body }),
  sessions: () => call('get', '/me/sessions'),
  endSession: (session: string) => call('delete', '/me/sessions/{session}', { path: { session } }),
  endSessions: () => call('delete', '/me/sessions'),
  variables: () => whole((query) => call('get', '/me/variables', { query })),
  setVariable: (key: string, body: t.SetVariable) => call('put', '/me/variables/{key}', { path: { key }, body }),
  unsetVariable: (key: string) => call('delete', '/me/variables/{key}', { path: { key } })
};

export const teams = {
  create: (name: string, key?: string) => call('post', '/teams', { body: { name }, key }),
  get: (team: string) => call('get', '/teams/{team}', { path: { team } }),
  rename: (team: string, name: string) => call('patch', '/teams/{team}', { path: { team }, body: { name } }),
  remove: (team: string) => call('delete', '/teams/{team}', { path: { team } }),
  transfer: (team: string, to: string) => call('post', '/teams/{team}/transfer', { path: { team }, body: { to } }),
  limits: (team: string) => call('get', '/teams/{team}/limits', { path: { team } }),
  members: (team: string) => call('get', '/teams/{team}/members', { path: { team } }),
  setRole: (team: string, user: string, role: t.Role) => call('patch', '/teams/{team}/members/{user}', { path: { team, user }, body: { role } }),
  removeMember: (team: string, user: string) => call('delete', '/teams/{team}/members/{user}', { path: { team, user } }),
  invitations: (team: string) => call('get', '/teams/{team}/invitations', { path: { team } }),
  invite: (team: string, body: t.Invite, key?: string) => call('post', '/teams/{team}/invitations', { path: { team }, body, key }),
  withdraw: (team: string, invitation: string) => call('delete', '/teams/{team}/invitations/{invitation}', { path: { team, invitation } }),
  tokens: (team: string, from?: Slice) => call('get', '/teams/{team}/tokens', { path: { team }, query: slice(from) }),
  createToken: (team: string, body: t.CreateToken, key?: string) => call('post', '/teams/{team}/tokens', { path: { team }, body, key }),
  revokeToken: (team: string, token: string) => call('delete', '/teams/{team}/tokens/{token}', { path: { team, token } }),
  audit: (team: string, from?: Slice) => call('get', '/teams/{team}/audit', { path: { team }, query: slice(from) })
};

export const projects = {
  list: (team: string, from?: Slice) => call('get', '/projects', { query: { team, ...slice(from) } }),
  deleted: (team: string, from?: Slice) => call('get', '/projects', { query: { team, deleted: true, ...slice(from) } }),
  create: (body: t.CreateProject, key?: string) => call('post', '/projects', { body, key }),
  get: (project: string) => call('get', '/projects/{project}', { path: { project } }),
  rename: (project: string, name: string) => call('patch', '/projects/{project}', { path: { project }, body: { name } }),
  remove: (project: string) => call('delete', '/projects/{project}', { path: { project } }),
  restore: (project: string) => call('post', '/projects/{project}/restore', { path: { project } }),
  checkSlug: (project: string, slug: string) => call('post', '/projects/{project}/slug/check', { path: { project }, body: { slug } }),
  changeSlug: (project: string, slug: string, force: boolean) => call('post', '/projects/{project}/slug', { path: { project }, body: { slug, force } }),
  members: (project: string) => call('get', '/projects/{project}/members', { path: { project } }),
  setMember: (project: string, user: string, role: t.Role) => call('put', '/projects/{project}/members/{user}', { path: { project, user }, body: { role } }),
  removeMember: (project: string, user: string) => call('delete', '/projects/{project}/members/{user}', { path: { project, user } }),
  variables: (project: string, environment: t.Environment) =>
    whole((query) => call('get', '/projects/{project}/variables/{environment}', { path: { project, environment }, query })),
  setVariable: (project: string, environment: t.Environment, key: string, body: t.SetVariable) =>
    call('put', '/projects/{project}/variables/{environment}/{key}', { path: { project, environment, key }, body }),
  unsetVariable: (project: string, environment: t.Environment, key: string) =>
    call('delete', '/projects/{project}/variables/{environment}/{key}', { path: { project, environment, key } }),
  domains: (project: string) => call('get', '/projects/{project}/domains', { path: { project } }),
  claimDomain: (project: string, host: string, key?: string) => call('post', '/projects/{project}/domains', { path: { project }, body: { host }, key }),
  releaseDomain: (project: string, domain: string) => call('delete', '/projects/{project}/domains/{domain}', { path: { project, domain } }),
  events: (project: string, from?: Slice) => call('get', '/projects/{project}/events', { path: { project }, query: slice(from) })
};

export const functions = {
  list: (project: string) => call('get', '/projects/{project}/functions', { path: { project } }),
  get: (project: string, name: string) => call('get', '/projects/{project}/functions/{name}', { path: { project, name } }),
  check: (project: string, name: string, source: string) => call('post', '/projects/{project}/functions/{name}/check', { path: { project, name }, body: { source } }),
  deploy: (project: string, name: string, body: t.DeployFunction) => call('put', '/projects/{project}/functions/{name}', { path: { project, name }, body }),
  remove: (project: string, name: string) => call('delete', '/projects/{project}/functions/{name}', { path: { project, name } }),
  versions: (project: string, name: string) => call('get', '/projects/{project}/functions/{name}/versions', { path: { project, name } }),
  diff: (project: string, name: string, number: number, against?: number) =>
    call('get', '/projects/{project}/functions/{name}/versions/{number}/diff', { path: { project, name, number }, query: { against } }),
  activate: (project: string, name: string, number: number) =>
    call('post', '/projects/{project}/functions/{name}/versions/{number}/activate', { path: { project, name, number } }),
  test,
  calls,
  counts,
  followCalls
};

export const admin = {
  users: (from?: Slice) => call('get', '/admin/users', { query: slice(from) }),
  updateUser: (user: string, body: Schemas['UpdateUser']) => call('patch', '/admin/users/{user}', { path: { user }, body }),
  teams: (from?: Slice) => call('get', '/admin/teams', { query: slice(from) }),
  setLimits: (team: string, limits: Schemas['SetLimits']['limits']) => call('patch', '/admin/teams/{team}/limits', { path: { team }, body: { limits } }),
  enterTeam: (team: string, body: t.EnterTeam) => call('post', '/admin/teams/{team}/enter', { path: { team }, body }),
  settings: () => call('get', '/admin/settings'),
  updateSettings: (body: Schemas['InstallationSettings']) => call('patch', '/admin/settings', { body }),
  queue: (from?: Slice) => call('get', '/admin/queue', { query: slice(from) }),
  audit: (from?: Slice) => call('get', '/admin/audit', { query: slice(from) })
};
