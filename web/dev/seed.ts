// Made-up data, in the shapes of the wire types.
import type * as t from '../src/lib/api/types';

const start = Date.now();
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
export const ago = (ms: number) => new Date(start - ms).toISOString();
export const minutes = (n: number) => ago(n * MINUTE);
export const days = (n: number) => ago(n * DAY);

export const PERMISSIONS: Record<t.Role, t.Permission[]> = (() => {
  const viewer: t.Permission[] = ['team.read', 'tokens.own', 'project.read'];
  const developer: t.Permission[] = [...viewer, 'project.create', 'project.update', 'variables.read', 'variables.write', 'functions.read', 'functions.write', 'functions.call', 'logs.read'];
  const admin: t.Permission[] = [...developer, 'team.update', 'members.manage', 'tokens.manage', 'audit.read', 'project.delete', 'domains.manage'];
  return { viewer, developer, admin, owner: [...admin, 'team.delete', 'team.transfer'] };
})();

const membership = (id: string, name: string, role: t.Role, personal = false): t.Membership => ({ id, name, role, personal, allowed_actions: PERMISSIONS[role] });

export const me: t.Me = {
  id: 'usr_marta',
  email: 'marta@fernhill.example',
  name: 'Marta Lindqvist',
  operator: true,
  allowed_actions: ['installation.read', 'installation.manage'],
  teams: [membership('tem_fernhill', 'Fernhill', 'owner'), membership('tem_marta', 'Personal', 'owner', true), membership('tem_moss', 'Moss & Reed', 'viewer')]
};

const project = (id: string, name: string, slug: string, label: string, made: number, team = 'tem_fernhill', role: t.Role = 'owner'): t.Project => ({
  id, team_id: team, name, slug, label, url: `http://proj-${label}.apps.localhost:8080`, created_at: days(made), allowed_actions: PERMISSIONS[role]
});

export const projects: t.Project[] = [
  project('prj_1', 'Seed library', 'seed-library', '7k2m9dq4xw3b', 212),
  project('prj_2', 'Ferry times', 'ferry-times', 'h5pt2vz7e6ka', 96),
  project('prj_3', 'Invoice desk', 'invoice-desk', '4h9tq2mm5rly', 61),
  project('prj_4', 'Kiln log', 'kiln-log', '2c6xw7jb5tno', 33),
  project('prj_5', 'Quote API', 'quote-api', 'q3r7abk2ydze', 9),
  project('prj_6', 'Reading room', 'reading-room', '2m5rdh7cs4ug', 1),
  { ...project('prj_7', 'Old allotment map', 'allotments', 'x4d7ab2kqrz3', 300), deleted_at: days(2), purge_at: days(-28) },
  project('prj_8', 'Joinery site', 'joinery-site', 'w7d2hb4kqsz3', 80, 'tem_moss', 'viewer')
];

export const members: t.Member[] = [
  { user_id: 'usr_marta', email: 'marta@fernhill.example', name: 'Marta Lindqvist', role: 'owner', since: days(212) },
  { user_id: 'usr_jonas', email: 'jonas@fernhill.example', name: 'Jonas Okafor', role: 'admin', since: days(190) },
  { user_id: 'usr_priya', email: 'priya@fernhill.example', name: 'Priya Raman', role: 'developer', since: days(64) },
  { user_id: 'usr_ewan', email: 'ewan@fernhill.example', name: 'Ewan Tait', role: 'viewer', since: days(12) },
  { user_id: 'usr_ops', email: 'ops@fernhill.example', name: 'Ines Duarte', role: 'viewer', since: minutes(20), until: minutes(-40) }
];

export const invitations: t.Invitation[] = [
  { id: 'inv_1', email: 'ada@st-annes.example', role: 'developer', invited_by: 'Jonas Okafor', expires_at: days(-5) },
  { id: 'inv_2', email: null, role: 'viewer', invited_by: 'Marta Lindqvist', expires_at: days(-2) }
];

export const tokens: t.Token[] = [
  { id: 'tok_1', name: 'Laptop', user_id: 'usr_marta', role: 'owner', scopes: ['read', 'write', 'admin'], project_id: null, created_at: days(80), last_used_at: minutes(14), expires_at: null },
  { id: 'tok_2', name: 'Deploy from CI', user_id: 'usr_jonas', role: 'developer', scopes: ['read', 'write'], project_id: 'prj_1', created_at: days(40), last_used_at: days(1), expires_at: days(-50) },
  { id: 'tok_3', name: 'Status board', user_id: 'usr_priya', role: 'viewer', scopes: ['read'], project_id: null, created_at: days(12), last_used_at: null, expires_at: days(3) }
];

export const limits: t.TeamLimits = {
  plan: 'default',
  allowed: { projects: 20, members: 25, tokens: 100, variables: 200, domains: 50, functions: 100, routes: 500, concurrent_calls: 32, call_time_ms: 10000, call_memory_bytes: 67108864, call_response_bytes: 6291456, function_source_bytes: 262144, invocation_log_bytes: 67108864 },
  used: { projects: 7, members: 6, tokens: 3 }
};

export const domains: t.Domain[] = [
  { id: 'dom_1', host: 'seeds.fernhill.example', state: 'proven', created_at: days(200) },
  { id: 'dom_2', host: 'www.fernhill.example', state: 'pending', created_at: minutes(200), proof: { name: '_croft.www.fernhill.example', value: 'croft-verify=7k2m9dq4xw3b6hq2' } },
  { id: 'dom_3', host: '{tenant}.seeds.localhost', state: 'proven', created_at: days(3) }
];

export const variables: Record<t.Environment, t.Variable[]> = {
  production: [
    { key: 'MAIL_FROM', value: 'library@fernhill.example', secret: false, category: 'general', version: 2, updated_at: minutes(6), updated_by: 'Marta Lindqvist' },
    { key: 'LOAN_DAYS', value: '21', secret: false, category: 'general', version: 5, updated_at: days(12), updated_by: 'Priya Raman' },
    { key: 'SESSION_KEY', secret: true, category: 'auth', version: 1, updated_at: days(200), updated_by: 'Marta Lindqvist' },
    { key: 'STRIPE_SECRET', secret: true, category: 'payment', version: 3, updated_at: days(20) },
    { key: 'PUBLIC_URL', value: 'https://seeds.fernhill.example/with/a/rather/long/path?that=does&not=fit&into=one&line=of=the=table', secret: false, category: 'general', version: 1, updated_at: days(90), updated_by: 'Jonas Okafor' }
  ],
  development: []
};

const event = (sequence: number, kind: t.EventKind, subject: string, at: string, actor: string | undefined, payload: unknown): t.CroftEvent => ({ sequence, kind, team_id: 'tem_fernhill', project_id: 'prj_1', subject, actor, payload, at });
export const timeline: t.CroftEvent[] = [
  event(11, 'variable.set', 'var_1', minutes(6), 'Marta Lindqvist', { key: 'MAIL_FROM', environment: 'production' }),
  event(10, 'domain.claimed', 'dom_2', minutes(200), 'Jonas Okafor', { host: 'www.fernhill.example' }),
  event(9, 'function.deployed', 'fun_1', minutes(330), 'Jonas Okafor', { name: 'seed', version: 14 }),
  event(8, 'member.changed', 'usr_priya', days(1), 'Marta Lindqvist', { email: 'priya@fernhill.example', role: 'developer' }),
  event(7, 'domain.proven', 'dom_3', days(3), undefined, { host: '{tenant}.seeds.localhost' }),
  event(6, 'function.deployed', 'fun_3', days(3), 'Priya Raman', { name: 'returned', version: 5 }),
  event(5, 'function.deleted', 'fun_9', days(4), 'Priya Raman', { name: 'old-search' }),
  event(4, 'variable.unset', 'var_7', days(4), 'Priya Raman', { key: 'OLD_KEY', environment: 'production' }),
  event(1, 'project.created', 'prj_1', days(212), 'Marta Lindqvist', { name: 'Seed library' })
];

export const audit: t.AuditEntry[] = [
  { id: 'aud_1', at: minutes(6), actor: 'marta@fernhill.example', means: 'session', action: 'variable.set', subject: 'prj_1', address: '192.0.2.14', request_id: 'req_9dLr3a', before: { MAIL_FROM: 'seeds@fernhill.example' }, after: { MAIL_FROM: 'library@fernhill.example' } },
  { id: 'aud_2', at: minutes(20), actor: 'ops@fernhill.example', means: 'session', action: 'team.enter', subject: 'tem_fernhill', address: '192.0.2.80', request_id: 'req_9dLr44', after: { role: 'viewer', reason: 'Looking into slow calls reported on Friday' } },
  { id: 'aud_3', at: minutes(200), actor: 'jonas@fernhill.example', means: 'token', action: 'domain.claim', subject: 'dom_2', address: '2001:db8::7', request_id: 'req_77aLr2', after: { host: 'www.fernhill.example' } },
  { id: 'aud_4', at: days(1), actor: 'marta@fernhill.example', means: 'console', action: 'member.role', subject: 'usr_priya', before: { role: 'viewer' }, after: { role: 'developer' } },
  { id: 'aud_5', at: days(2), means: 'system', action: 'project.purge', subject: 'prj_0' }
];

export const sessions: t.Session[] = [
  { id: 'ses_1', current: true, address: '192.0.2.14', user_agent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', created_at: days(2), last_used_at: minutes(0), expires_at: days(-28) },
  { id: 'ses_2', current: false, address: '2001:db8::7', user_agent: 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Safari/604.1', created_at: days(20), last_used_at: days(1), expires_at: days(-10) },
  { id: 'ses_3', current: false, address: '192.0.2.14', user_agent: 'croft/0.1.0', created_at: days(40), last_used_at: minutes(50), expires_at: days(-20) }
];

export const users: t.AdminUser[] = [
  ...members.slice(0, 4).map((m, i) => ({ id: m.user_id, email: m.email, name: m.name, operator: i === 0, disabled: i === 3, created_at: m.since })),
  { id: 'usr_ops', email: 'ops@fernhill.example', name: 'Ines Duarte', operator: true, disabled: false, created_at: days(210) }
];

export const adminTeams: t.AdminTeam[] = [
  { id: 'tem_fernhill', name: 'Fernhill', members: 5, projects: 7, limits: limits.allowed, created_at: days(212) },
  { id: 'tem_moss', name: 'Moss & Reed', members: 3, projects: 1, limits: { ...limits.allowed, projects: 40 }, created_at: days(88) },
  { id: 'tem_marta', name: 'Personal', members: 1, projects: 0, limits: limits.allowed, created_at: days(212) }
];

export const queue: t.QueueEntry[] = [
  { kind: 'project_purge', subject: 'prj_7', team_id: 'tem_fernhill', due_at: days(-28), attempts: 0, last_error: null, claimed_by: null },
  { kind: 'project_purge', subject: 'prj_0', team_id: 'tem_moss', due_at: minutes(-2), attempts: 6, last_error: 'database did not answer within 5 s', claimed_by: null },
  { kind: 'cleanup', subject: 'all', team_id: null, due_at: minutes(0), attempts: 0, last_error: null, claimed_by: 'croft-1' }
];
