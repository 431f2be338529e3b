// Answers operations of the API on the seed. It knows shapes and a few refusals, no rules.
import type * as t from '../src/lib/api/types';
import { scripts } from './functions.ts';
import * as seed from './seed.ts';

export interface Asked {
  method: string;
  path: string;
  query: URLSearchParams;
  body: Record<string, never> | undefined;
}
export interface Answered {
  status: number;
  value?: unknown;
}

const state = { signedIn: true, setup: false, signUp: 'invite' as t.SignUp, made: 100 };
const page = <T>(items: T[]): Answered => ({ status: 200, value: { items } });
const ok = (value: unknown): Answered => ({ status: 200, value });
const created = (value: unknown): Answered => ({ status: 201, value });
const done: Answered = { status: 204 };

function problem(status: number, code: string, title: string, detail: string, errors?: t.FieldError[]): Answered {
  return { status, value: { type: `/problems/${code}`, title, status, detail, code, request_id: 'req_2mQx81kdP4', errors } };
}
const missing = () => problem(404, 'not_found', 'Not found', 'Nothing of yours has this name. It may have been deleted, or belong to a team you are not in.');

let listeners: ((event: t.CroftEvent) => void)[] = [];
export function events(listener: (event: t.CroftEvent) => void): () => void {
  listeners.push(listener);
  return () => (listeners = listeners.filter((one) => one !== listener));
}
function happen(kind: t.EventKind, subject: string, payload: unknown) {
  const event: t.CroftEvent = { sequence: (seed.timeline[0]?.sequence ?? 0) + 1, kind, team_id: 'tem_fernhill', project_id: 'prj_1', subject, actor: seed.me.name, payload, at: new Date().toISOString() };
  seed.timeline.unshift(event);
  for (const listener of listeners) listener(event);
}

const without = <T>(list: T[], gone: (one: T) => boolean) => void list.splice(0, list.length, ...list.filter((one) => !gone(one)));
const now = () => new Date().toISOString();
const find = (name: string) => seed.projects.find((one) => one.slug === name || one.id === name);

export type Handler = (asked: Asked, parts: string[]) => Answered;
/** A body as the page sent it: unchecked. */
const b = (asked: Asked) => (asked.body ?? {}) as Record<string, any>;

const routes: [string, RegExp, Handler][] = [];
const on = (method: string, path: string, handler: Handler) =>
  routes.push([method, new RegExp(`^${path.replace(/:[a-z]+/g, '([^/]+)')}$`), handler]);

on('GET', '/installation', () => ok({ version: '0.1.0', needs_setup: state.setup, sign_up: state.signUp, control_url: 'http://croft.localhost:8080', api_url: 'http://127.0.0.1:8080/api/v1', apps_domain: 'apps.localhost:8080' }));
on('POST', '/setup', (asked) => {
  if (b(asked).password.length < 10) return problem(422, 'invalid', 'Not right yet', 'See the fields.', [{ field: 'password', problem: 'at least 10 characters; length matters more than symbols' }]);
  Object.assign(state, { setup: false, signedIn: true });
  return created({ me: seed.me });
});
on('POST', '/accounts', () => done);
on('POST', '/session', (asked) => {
  if (b(asked).password === 'wrong-password') return problem(401, 'wrong_credentials', 'Not signed in', 'That email and password do not match.');
  state.signedIn = true;
  return ok({ me: seed.me });
});
on('DELETE', '/session', () => ((state.signedIn = false), done));
on('POST', '/invitations/inspect', (asked) => (b(asked).secret === 'bad' ? problem(404, 'not_found', 'This invitation is not good any more', 'It was used, withdrawn or is older than 7 days. Ask for a new one.') : ok({ team_name: 'Moss & Reed', invited_by: 'Callum Reed', role: 'developer', email: null })));
on('POST', '/invitations/accept', () => ok({ team_id: 'tem_moss' }));

on('GET', '/me', () => ok(seed.me));
on('PATCH', '/me', (asked) => ok(Object.assign(seed.me, asked.body)));
on('DELETE', '/me', () => problem(409, 'conflict', 'You own a team', 'Hand over or delete Fernhill first; then the account can go.'));
on('POST', '/me/password', (asked) => (b(asked).current === 'wrong-password' ? problem(422, 'invalid', 'Not right yet', 'See the fields.', [{ field: 'current', problem: 'is not the password' }]) : done));
on('GET', '/me/sessions', () => page(seed.sessions));
on('DELETE', '/me/sessions', () => ((state.signedIn = false), done));
on('DELETE', '/me/sessions/:id', (_, [id]) => (without(seed.sessions, (one) => one.id === id), done));
on('GET', '/me/variables', () => page([]));
on('PUT', '/me/variables/:key', (asked, [key]) => ok({ key, secret: false, category: 'general', version: 1, updated_at: now(), ...asked.body }));

on('POST', '/teams', (asked) => {
  const team: t.Membership = { id: `tem_${(state.made += 1)}`, name: b(asked).name, role: 'owner', personal: false, allowed_actions: seed.PERMISSIONS.owner };
  seed.me.teams.push(team);
  return created(team);
});
on('GET', '/teams/:team', (_, [id]) => {
  const team = seed.me.teams.find((one) => one.id === id);
  return team ? ok(team) : missing();
});
on('PATCH', '/teams/:team', (asked, [id]) => ok(Object.assign(seed.me.teams.find((one) => one.id === id) ?? {}, asked.body)));
on('DELETE', '/teams/:team', (_, [id]) => (without(seed.me.teams, (one) => one.id === id), done));
on('POST', '/teams/:team/transfer', () => done);
on('GET', '/teams/:team/limits', () => ok(seed.limits));
on('GET', '/teams/:team/members', () => page(seed.members));
on('PATCH', '/teams/:team/members/:user', (asked, [, user]) => ok(Object.assign(seed.members.find((one) => one.user_id === user) ?? {}, asked.body)));
on('DELETE', '/teams/:team/members/:user', (_, [, user]) => (without(seed.members, (one) => one.user_id === user), done));
on('GET', '/teams/:team/invitations', () => page(seed.invitations));
on('POST', '/teams/:team/invitations', (asked) => {
  const invitation: t.Invitation = { id: `inv_${(state.made += 1)}`, email: b(asked).email ?? null, role: b(asked).role, invited_by: seed.me.name, expires_at: seed.days(-7) };
  seed.invitations.unshift(invitation);
  return created({ ...invitation, link: 'http://croft.localhost:8080/invitation#7Jq2xV9dLr3aQm81kdP4wZt6' });
});
on('DELETE', '/teams/:team/invitations/:id', (_, [, id]) => (without(seed.invitations, (one) => one.id === id), done));
on('GET', '/teams/:team/tokens', () => page(seed.tokens));
on('POST', '/teams/:team/tokens', (asked) => {
  const token: t.Token = { id: `tok_${(state.made += 1)}`, user_id: seed.me.id, role: 'owner', scopes: ['read', 'write'], project_id: null, created_at: now(), last_used_at: null, expires_at: null, ...b(asked), name: b(asked).name };
  seed.tokens.unshift(token);
  return created({ ...token, secret: 'croft_7Jq2xV9dLr3aQm81kdP4wZt6hB5nYc0e' });
});
on('DELETE', '/teams/:team/tokens/:id', (_, [, id]) => (without(seed.tokens, (one) => one.id === id), done));
on('GET', '/teams/:team/audit', () => page(seed.audit));

on('GET', '/projects', ({ query }) => page(seed.projects.filter((one) => one.team_id === query.get('team') && Boolean(one.deleted_at) === (query.get('deleted') === 'true'))));
on('POST', '/projects', (asked) => {
  const { name, slug, team_id } = b(asked);
  if (find(slug)) return problem(409, 'conflict', 'Taken', 'See the fields.', [{ field: 'slug', problem: 'a project of this installation has this slug' }]);
  const project: t.Project = { id: `prj_${(state.made += 1)}`, team_id, name, slug, label: 'k4q7abk2ydze', url: 'http://proj-k4q7abk2ydze.apps.localhost:8080', created_at: now(), allowed_actions: seed.PERMISSIONS.owner };
  seed.projects.unshift(project);
  return created(project);
});
on('GET', '/projects/:project', (_, [name]) => {
  const project = find(name === 'seeds' ? 'seed-library' : (name ?? ''));
  return project ? ok(project) : missing();
});
on('PATCH', '/projects/:project', (asked, [name]) => ok(Object.assign(find(name ?? '') ?? {}, asked.body)));
on('DELETE', '/projects/:project', (_, [name]) => (Object.assign(find(name ?? '') ?? {}, { deleted_at: now(), purge_at: seed.days(-30) }), done));
on('POST', '/projects/:project/restore', (_, [name]) => ok(Object.assign(find(name ?? '') ?? {}, { deleted_at: undefined, purge_at: undefined })));
on('POST', '/projects/:project/slug/check', (asked) => {
  const { slug } = b(asked);
  if (slug === 'seeds') return ok({ state: 'redirects', explanation: 'Addresses under “seeds” lead to Reading room now. Taking it over makes them lead here.' });
  if (find(slug)) return ok({ state: 'taken', explanation: 'Another project has this slug.' });
  return ok({ state: 'free', explanation: `Nobody has or had it. Addresses under the slug until now will redirect to “${slug}”.` });
});
on('POST', '/projects/:project/slug', (asked, [name]) => ok(Object.assign(find(name ?? '') ?? {}, { slug: b(asked).slug })));
on('GET', '/projects/:project/members', () => page(seed.members.slice(0, 3)));
on('PUT', '/projects/:project/members/:user', (asked, [, user]) => ok({ ...seed.members.find((one) => one.user_id === user), ...asked.body }));
on('DELETE', '/projects/:project/members/:user', () => done);
on('GET', '/projects/:project/variables/:env', (_, [, env]) => page(seed.variables[env as t.Environment] ?? []));
on('PUT', '/projects/:project/variables/:env/:key', (asked, [, env, key]) => {
  const list = seed.variables[env as t.Environment];
  const { value, secret = false, category = 'general' } = b(asked);
  const old = list.find((one) => one.key === key);
  const variable: t.Variable = { key: key ?? '', value: secret ? undefined : value, secret, category, version: (old?.version ?? 0) + 1, updated_at: now(), updated_by: seed.me.name };
  without(list, (one) => one.key === key);
  list.unshift(variable);
  happen('variable.set', 'var_1', { key: key ?? '', environment: env ?? '' });
  return ok(variable);
});
on('DELETE', '/projects/:project/variables/:env/:key', (_, [, env, key]) => (without(seed.variables[env as t.Environment], (one) => one.key === key), done));
on('GET', '/projects/:project/domains', (_, [name]) => page(name === 'prj_1' || name === 'seed-library' ? seed.domains : []));
on('POST', '/projects/:project/domains', (asked) => {
  const { host } = b(asked);
  if (!host.includes('.')) return problem(422, 'invalid', 'Not right yet', 'See the fields.', [{ field: 'host', problem: 'a single label is nobody’s to claim' }]);
  const domain: t.Domain = { id: `dom_${(state.made += 1)}`, host, state: 'pending', created_at: now(), proof: { name: `_croft.${host}`, value: 'croft-verify=h5pt2vz7e6ka2m5r' } };
  seed.domains.unshift(domain);
  happen('domain.claimed', domain.id, { host });
  return created(domain);
});
on('DELETE', '/projects/:project/domains/:id', (_, [, id]) => (without(seed.domains, (one) => one.id === id), done));
scripts(on, { ok, page, done, problem, missing, body: b });
on('GET', '/projects/:project/events', (_, [name]) => page(name === 'prj_1' || name === 'seed-library' ? seed.timeline : []));

on('GET', '/admin/users', () => page(seed.users));
on('PATCH', '/admin/users/:user', (asked, [id]) => ok(Object.assign(seed.users.find((one) => one.id === id) ?? {}, asked.body)));
on('GET', '/admin/teams', () => page(seed.adminTeams));
on('PATCH', '/admin/teams/:team/limits', (asked, [id]) => {
  const team = seed.adminTeams.find((one) => one.id === id);
  if (!team) return missing();
  for (const [name, value] of Object.entries(b(asked).limits as Record<string, number | null>)) team.limits = { ...team.limits, [name]: value ?? (seed.limits.allowed as Record<string, number>)[name] ?? 0 };
  return ok(team);
});
on('POST', '/admin/teams/:team/enter', () => done);
on('GET', '/admin/settings', () => ok({ sign_up: state.signUp }));
on('PATCH', '/admin/settings', (asked) => ok({ sign_up: (state.signUp = b(asked).sign_up) }));
on('GET', '/admin/queue', () => page(seed.queue));
on('GET', '/admin/audit', () => page(seed.audit));
// For trying things: `curl -X POST …/api/v1/mock -d '{"setup":true,"signedIn":false}'`.
on('POST', '/mock', (asked) => ok(Object.assign(state, asked.body)));

export function answer(asked: Asked): Answered {
  const open = /^\/(installation|setup|accounts|session|invitations\/inspect|mock)$/.test(asked.path);
  if (!open && !state.signedIn) return problem(401, 'unauthenticated', 'Not signed in', 'Sign in first.');
  for (const [method, path, handler] of routes) {
    const match = method === asked.method ? path.exec(asked.path) : null;
    if (match) return handler(asked, match.slice(1).map(decodeURIComponent));
  }
  return problem(404, 'not_found', 'Not found', `The mock has no ${asked.method} ${asked.path}.`);
}
