// Names of the wire types that the dashboard speaks of. What they are, the OpenAPI document says.
import type { components, operations } from './schema';

type Schemas = components['schemas'];

export type Role = Schemas['Role'];
export type Scope = Schemas['Scope'];
export type SignUp = Schemas['SignUp'];
export type Environment = operations['variable_list']['parameters']['path']['environment'];
export type Category = Schemas['Category'];
export type Outcome = Schemas['OutcomeKind'];
export type Means = Schemas['Means'];
export type Permission = Schemas['Permission'];
export type EventKind = Schemas['EventKind'];

/** All kinds of events, so that a stream can listen for each by name. */
export const EVENT_KINDS = Object.keys({
  'project.created': true,
  'project.renamed': true,
  'project.deleted': true,
  'project.restored': true,
  'project.purged': true,
  'variable.set': true,
  'variable.unset': true,
  'member.joined': true,
  'member.changed': true,
  'member.removed': true,
  'domain.claimed': true,
  'domain.proven': true,
  'domain.released': true,
  'function.deployed': true,
  'function.deleted': true,
  'route.added': true,
  'route.removed': true,
  'team.entered': true
} satisfies Record<EventKind, true>) as readonly EventKind[];

/** One page of any list. */
export type Page<T> = Omit<Schemas['Page_Project'], 'items'> & { items: T[] };

export type FieldError = Schemas['FieldError'];
export type Quota = Schemas['Quota'];
export type Problem = Schemas['Problem'];

export type Installation = Schemas['Installation'];
export type Me = Schemas['Me'];
export type Membership = Schemas['Membership'];
export type Session = Schemas['Session'];

export type TeamLimits = Schemas['TeamLimits'];
export type Member = Schemas['Member'];
export type Invitation = Schemas['Invitation'];
export type Invite = Schemas['Invite'];
export type Invited = Schemas['Invited'];
export type Token = Schemas['Token'];
export type CreateToken = Schemas['CreateToken'];
export type CreatedToken = Schemas['CreatedToken'];
export type AuditEntry = Schemas['AuditEntry'];

export type Project = Schemas['Project'];
export type CreateProject = Schemas['CreateProject'];
export type SlugCheck = Schemas['SlugCheck'];
export type Variable = Schemas['Variable'];
export type SetVariable = Schemas['SetVariable'];
export type Domain = Schemas['Domain'];
export type CroftFunction = Schemas['Function'];
export type NewRoute = Schemas['NewRoute'];
export type DeployFunction = Schemas['DeployFunction'];
export type FunctionVersion = Schemas['FunctionVersion'];
export type SourceProblem = Schemas['SourceProblem'];
export type SourceCheck = Schemas['SourceCheck'];
export type VersionDiff = Schemas['VersionDiff'];
export type CroftEvent = Schemas['Event'];

export type AdminUser = Schemas['AdminUser'];
export type AdminTeam = Schemas['AdminTeam'];
export type EnterTeam = Schemas['EnterTeam'];
export type QueueEntry = Schemas['QueueEntry'];
export type ScriptError = Schemas['InvocationError'];
export type LogLine = Schemas['InvocationLogLine'];
