// The wire types of the public API, mirroring the Rust crate `croft-sdk` field by field.
// They give way to types generated from the OpenAPI document; nothing outside this folder knows.

export type Role = 'viewer' | 'developer' | 'admin' | 'owner';
export type Scope = 'read' | 'write' | 'admin' | 'source:write' | 'installation';
export type SignUp = 'open' | 'invite' | 'closed';
export type Environment = 'production' | 'development';
export type Category = 'auth' | 'payment' | 'general';
export type ClaimState = 'pending' | 'proven';
export type SlugState = 'free' | 'own' | 'redirects' | 'taken';
export type Outcome = 'returned' | 'threw' | 'exceeded' | 'denied' | 'unavailable';
export type Means = 'session' | 'token' | 'link' | 'console' | 'system';

export type Permission =
  | 'team.read'
  | 'team.update'
  | 'team.delete'
  | 'team.transfer'
  | 'members.manage'
  | 'tokens.own'
  | 'tokens.manage'
  | 'audit.read'
  | 'project.read'
  | 'project.create'
  | 'project.update'
  | 'project.delete'
  | 'variables.read'
  | 'variables.write'
  | 'domains.manage'
  | 'functions.read'
  | 'functions.write'
  | 'logs.read'
  | 'installation.read'
  | 'installation.manage';

export type EventKind =
  | 'project.created'
  | 'project.renamed'
  | 'project.deleted'
  | 'project.restored'
  | 'project.purged'
  | 'variable.set'
  | 'variable.unset'
  | 'member.joined'
  | 'member.changed'
  | 'member.removed'
  | 'domain.claimed'
  | 'domain.proven'
  | 'domain.released'
  | 'function.deployed'
  | 'function.deleted'
  | 'team.entered';

/** All kinds of events, so that a stream can listen for each by name. */
export const EVENT_KINDS: readonly EventKind[] = [
  'project.created',
  'project.renamed',
  'project.deleted',
  'project.restored',
  'project.purged',
  'variable.set',
  'variable.unset',
  'member.joined',
  'member.changed',
  'member.removed',
  'domain.claimed',
  'domain.proven',
  'domain.released',
  'function.deployed',
  'function.deleted',
  'team.entered'
];

/** Any JSON value; what a tenant chose arrives as this and is only ever shown as text. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export interface Page<T> {
  items: T[];
  next?: string;
}

export interface FieldError {
  field: string;
  problem: string;
}

export interface Quota {
  limit: string;
  used: number;
  allowed: number;
}

export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: string;
  request_id: string;
  errors?: FieldError[];
  quota?: Quota;
}

export interface Installation {
  version: string;
  needs_setup: boolean;
  sign_up: SignUp;
  control_url: string;
  api_url: string;
  apps_domain: string;
}

export interface Setup {
  secret: string;
  email: string;
  password: string;
  name?: string;
  team_name?: string;
}

export interface NewAccount {
  email: string;
  password: string;
  name?: string;
  invitation?: string;
}

export interface SignIn {
  email: string;
  password: string;
}

export interface Membership {
  id: string;
  name: string;
  role: Role;
  personal: boolean;
  allowed_actions: Permission[];
}

export interface Me {
  id: string;
  email: string;
  name: string;
  operator: boolean;
  allowed_actions: Permission[];
  teams: Membership[];
}

export interface SignedIn {
  me: Me;
}

export interface Session {
  id: string;
  current: boolean;
  address: string;
  user_agent: string;
  created_at: string;
  last_used_at: string;
  expires_at: string;
}

export interface Team {
  id: string;
  name: string;
  personal: boolean;
  created_at: string;
  role: Role;
  allowed_actions: Permission[];
}

/** What one plan allows, by name. Bytes are bytes, times are milliseconds. */
export type Limits = Record<string, number>;

export interface TeamLimits {
  plan: string;
  allowed: Limits;
  used: { projects: number; members: number; tokens: number };
}

export interface Member {
  user_id: string;
  email: string;
  name: string;
  role: Role;
  since: string;
  until?: string;
}

export interface Invitation {
  id: string;
  email: string | null;
  role: Role;
  invited_by: string;
  expires_at: string;
}

export interface Invite {
  email?: string;
  role: Role;
}

export interface Invited extends Invitation {
  link: string;
}

export interface InvitationDetails {
  team_name: string;
  invited_by: string;
  role: Role;
  email: string | null;
}

export interface Token {
  id: string;
  name: string;
  user_id: string;
  role: Role;
  scopes: Scope[];
  project_id: string | null;
  created_at: string;
  last_used_at: string | null;
  expires_at: string | null;
}

export interface CreateToken {
  name: string;
  role?: Role;
  scopes?: Scope[];
  project_id?: string;
  days?: number;
}

export interface CreatedToken extends Token {
  secret: string;
}

export interface Project {
  id: string;
  team_id: string;
  name: string;
  slug: string;
  label: string;
  url: string;
  created_at: string;
  deleted_at?: string;
  purge_at?: string;
  allowed_actions: Permission[];
}

export interface CreateProject {
  team_id?: string;
  name: string;
  slug?: string;
}

export interface SlugCheck {
  state: SlugState;
  explanation: string;
}

export interface Variable {
  key: string;
  value?: string;
  secret: boolean;
  category: Category;
  version: number;
  updated_at: string;
  updated_by?: string;
}

export interface SetVariable {
  value: string;
  secret?: boolean;
  category?: Category;
}

export interface Domain {
  id: string;
  host: string;
  state: ClaimState;
  proof?: { name: string; value: string };
  created_at: string;
}

export interface Route {
  id: string;
  method: string;
  path: string;
}

export interface CroftFunction {
  id: string;
  name: string;
  version_id: string;
  version: number;
  source: string;
  routes: Route[];
  url?: string;
  deployed_at: string;
}

export interface Invocation {
  id: string;
  function: string;
  request_id: string;
  at: string;
  method: string;
  path: string;
  status: number;
  outcome: Outcome;
  duration_us: number;
  error?: string;
  log: string[];
}

export interface CroftEvent {
  sequence: number;
  kind: EventKind;
  team_id: string;
  project_id?: string;
  subject: string;
  actor?: string;
  payload: Json;
  at: string;
}

export interface AuditEntry {
  id: string;
  at: string;
  actor?: string;
  means: Means;
  action: string;
  subject: string;
  address?: string;
  request_id?: string;
  before?: Json;
  after?: Json;
}

export interface AdminUser {
  id: string;
  email: string;
  name: string;
  operator: boolean;
  disabled: boolean;
  created_at: string;
}

export interface AdminTeam {
  id: string;
  name: string;
  members: number;
  projects: number;
  limits: Limits;
  created_at: string;
}

export interface EnterTeam {
  reason: string;
  role?: Role;
}

export interface InstallationSettings {
  sign_up: SignUp;
}

export interface QueueEntry {
  kind: string;
  subject: string;
  team_id: string | null;
  due_at: string;
  attempts: number;
  last_error: string | null;
  claimed_by: string | null;
}
