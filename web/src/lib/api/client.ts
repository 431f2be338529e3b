// Every operation the dashboard uses, by name. Only `+page.ts`, `+layout.ts` and `+page.svelte`
// import this; what they show knows nothing of requests.
import { path, send, type Options } from './request';
import type * as t from './types';

const get = <T>(to: string, query?: Options['query']) => send<T>('GET', to, { query });
const post = <T>(to: string, body?: unknown, key?: string) => send<T>('POST', to, { body, key });
const put = <T>(to: string, body: unknown) => send<T>('PUT', to, { body });
const patch = <T>(to: string, body: unknown) => send<T>('PATCH', to, { body });
const remove = (to: string, body?: unknown) => send<void>('DELETE', to, { body });
const open = { needsSignIn: false };

/** How much of a list to get: the page after `after`. */
export interface Slice {
  after?: string;
  limit?: number;
}
const slice = ({ after, limit = 100 }: Slice = {}) => ({ after, limit });

export const installation = {
  get: () => get<t.Installation>('/installation'),
  setUp: (body: t.Setup) => send<t.SignedIn>('POST', '/setup', { body, ...open })
};

export const session = {
  signUp: (body: t.NewAccount) => send<void>('POST', '/accounts', { body, ...open }),
  signIn: (body: t.SignIn) => send<t.SignedIn>('POST', '/session', { body, ...open }),
  signOut: () => send<void>('DELETE', '/session', open)
};

export const invitations = {
  inspect: (secret: string) => send<t.InvitationDetails>('POST', '/invitations/inspect', { body: { secret }, ...open }),
  accept: (secret: string) => post<{ team_id: string }>('/invitations/accept', { secret })
};

export const me = {
  get: () => send<t.Me>('GET', '/me', open),
  update: (name: string) => patch<t.Me>('/me', { name }),
  remove: (password: string) => remove('/me', { password }),
  changePassword: (body: { current: string; new: string }) => post<void>('/me/password', body),
  sessions: (from?: Slice) => get<t.Page<t.Session>>('/me/sessions', slice(from)),
  endSession: (id: string) => remove(path`/me/sessions/${id}`),
  endSessions: () => remove('/me/sessions'),
  variables: (from?: Slice) => get<t.Page<t.Variable>>('/me/variables', slice(from)),
  setVariable: (key: string, body: t.SetVariable) => put<t.Variable>(path`/me/variables/${key}`, body),
  unsetVariable: (key: string) => remove(path`/me/variables/${key}`)
};

export const teams = {
  create: (name: string, key?: string) => post<t.Team>('/teams', { name }, key),
  get: (team: string) => get<t.Team>(path`/teams/${team}`),
  rename: (team: string, name: string) => patch<t.Team>(path`/teams/${team}`, { name }),
  remove: (team: string) => remove(path`/teams/${team}`),
  transfer: (team: string, to: string) => post<void>(path`/teams/${team}/transfer`, { to }),
  limits: (team: string) => get<t.TeamLimits>(path`/teams/${team}/limits`),
  members: (team: string, from?: Slice) => get<t.Page<t.Member>>(path`/teams/${team}/members`, slice(from)),
  setRole: (team: string, user: string, role: t.Role) => patch<t.Member>(path`/teams/${team}/members/${user}`, { role }),
  removeMember: (team: string, user: string) => remove(path`/teams/${team}/members/${user}`),
  invitations: (team: string, from?: Slice) => get<t.Page<t.Invitation>>(path`/teams/${team}/invitations`, slice(from)),
  invite: (team: string, body: t.Invite, key?: string) => post<t.Invited>(path`/teams/${team}/invitations`, body, key),
  withdraw: (team: string, invitation: string) => remove(path`/teams/${team}/invitations/${invitation}`),
  tokens: (team: string, from?: Slice) => get<t.Page<t.Token>>(path`/teams/${team}/tokens`, slice(from)),
  createToken: (team: string, body: t.CreateToken, key?: string) => post<t.CreatedToken>(path`/teams/${team}/tokens`, body, key),
  revokeToken: (team: string, token: string) => remove(path`/teams/${team}/tokens/${token}`),
  audit: (team: string, from?: Slice) => get<t.Page<t.AuditEntry>>(path`/teams/${team}/audit`, slice(from))
};

export const projects = {
  list: (team: string, from?: Slice) => get<t.Page<t.Project>>('/projects', { team, ...slice(from) }),
  deleted: (team: string, from?: Slice) => get<t.Page<t.Project>>('/projects', { team, deleted: true, ...slice(from) }),
  create: (body: t.CreateProject, key?: string) => post<t.Project>('/projects', body, key),
  get: (project: string) => get<t.Project>(path`/projects/${project}`),
  rename: (project: string, name: string) => patch<t.Project>(path`/projects/${project}`, { name }),
  remove: (project: string) => remove(path`/projects/${project}`),
  restore: (project: string) => post<t.Project>(path`/projects/${project}/restore`),
  checkSlug: (project: string, slug: string) => post<t.SlugCheck>(path`/projects/${project}/slug/check`, { slug }),
  changeSlug: (project: string, slug: string, force: boolean) => post<t.Project>(path`/projects/${project}/slug`, { slug, force }),
  members: (project: string, from?: Slice) => get<t.Page<t.Member>>(path`/projects/${project}/members`, slice(from)),
  setMember: (project: string, user: string, role: t.Role) => put<t.Member>(path`/projects/${project}/members/${user}`, { role }),
  removeMember: (project: string, user: string) => remove(path`/projects/${project}/members/${user}`),
  variables: (project: string, environment: t.Environment, from?: Slice) =>
    get<t.Page<t.Variable>>(path`/projects/${project}/variables/${environment}`, slice(from)),
  setVariable: (project: string, environment: t.Environment, key: string, body: t.SetVariable) =>
    put<t.Variable>(path`/projects/${project}/variables/${environment}/${key}`, body),
  unsetVariable: (project: string, environment: t.Environment, key: string) =>
    remove(path`/projects/${project}/variables/${environment}/${key}`),
  domains: (project: string, from?: Slice) => get<t.Page<t.Domain>>(path`/projects/${project}/domains`, slice(from)),
  claimDomain: (project: string, host: string, key?: string) => post<t.Domain>(path`/projects/${project}/domains`, { host }, key),
  releaseDomain: (project: string, domain: string) => remove(path`/projects/${project}/domains/${domain}`),
  functions: (project: string, from?: Slice) => get<t.Page<t.CroftFunction>>(path`/projects/${project}/functions`, slice(from)),
  removeFunction: (project: string, name: string) => remove(path`/projects/${project}/functions/${name}`),
  invocations: (project: string, from?: Slice & { function?: string }) =>
    get<t.Page<t.Invocation>>(path`/projects/${project}/invocations`, { function: from?.function, ...slice(from) }),
  events: (project: string, from?: Slice) => get<t.Page<t.CroftEvent>>(path`/projects/${project}/events`, slice(from))
};

export const admin = {
  users: (from?: Slice) => get<t.Page<t.AdminUser>>('/admin/users', slice(from)),
  updateUser: (user: string, body: { disabled?: boolean; operator?: boolean }) => patch<t.AdminUser>(path`/admin/users/${user}`, body),
  teams: (from?: Slice) => get<t.Page<t.AdminTeam>>('/admin/teams', slice(from)),
  setLimits: (team: string, limits: Record<string, number | null>) => patch<t.AdminTeam>(path`/admin/teams/${team}/limits`, { limits }),
  enterTeam: (team: string, body: t.EnterTeam) => post<void>(path`/admin/teams/${team}/enter`, body),
  settings: () => get<t.InstallationSettings>('/admin/settings'),
  updateSettings: (body: t.InstallationSettings) => patch<t.InstallationSettings>('/admin/settings', body),
  queue: (from?: Slice) => get<t.Page<t.QueueEntry>>('/admin/queue', slice(from)),
  audit: (from?: Slice) => get<t.Page<t.AuditEntry>>('/admin/audit', slice(from))
};
