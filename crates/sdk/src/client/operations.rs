//! Every operation of the API, a line each. What they do and who may is said in the API's own
//! reference.

use croft_model::{
    id::{DomainId, FunctionId, InvitationId, RouteId, SessionId, TeamId, TokenId, UserId},
    name::{EnvKey, FunctionName},
};
use reqwest::Method;

use super::{
    AdminDomainList, Against, Client, CountList, Error, InvocationList, List, ProjectList,
    ProjectRef,
};
use crate::{
    admin::{
        AdminTeam, AdminUser, EnterTeam, GrantDomain, InstallationSettings, QueueEntry, SetLimits,
        UpdateUser,
    },
    audit::AuditEntry,
    calls::{FunctionTest, TestFunction},
    domains::{ClaimDomain, ClaimedDomain, Domain},
    events::Event,
    functions::{
        CheckSource, DeployFunction, Function, FunctionVersion, NewRoute, SourceCheck, VersionDiff,
    },
    installation::{Installation, NewAccount, Setup},
    invitations::{Accepted, Invitation, InvitationDetails, InvitationSecret, Invite, Invited},
    invocations::{InvocationCounts, InvocationPage},
    page::Page,
    projects::{ChangeSlug, CheckSlug, CreateProject, Project, SlugCheck, UpdateProject},
    routes::{FunctionRoute, MatchRoute, RouteCheck, RouteMatch},
    session::{ChangePassword, DeleteMe, Me, Session, SignIn, SignedIn, UpdateMe},
    teams::{CreateTeam, Member, SetRole, Team, TeamLimits, TransferTeam, UpdateTeam},
    tokens::{CreateToken, CreatedToken, Token},
    variables::{SetVariable, Variable},
};

/// `METHOD name(path parts) ?query <body -> answer = path`.
macro_rules! operations {
    ($($method:ident $name:ident($($part:ident: $kind:ty),*) $(? $query:ty)? $(; $body:ty)? => $answer:ty, $path:literal;)*) => {
        impl Client {$(
            #[doc = concat!("`", stringify!($method), " ", $path, "`")]
            pub async fn $name(&self $(, $part: $kind)* $(, query: &$query)? $(, body: &$body)?) -> Result<$answer, Error> {
                let query = operations!(@query $(query $query)?);
                let body = operations!(@body $(body $body)?);
                self.call(Method::$method, &format!($path), query, body).await
            }
        )*}
    };
    (@query) => { &() };
    (@query $query:ident $type:ty) => { $query };
    (@body) => { None::<&()> };
    (@body $body:ident $type:ty) => { Some($body) };
}

operations! {
    GET installation() => Installation, "/installation";
    POST setup() ; Setup => SignedIn, "/setup";
    POST create_account() ; NewAccount => (), "/accounts";
    POST sign_in() ; SignIn => SignedIn, "/session";
    DELETE sign_out() => (), "/session";
    POST inspect_invitation() ; InvitationSecret => InvitationDetails, "/invitations/inspect";
    POST accept_invitation() ; InvitationSecret => Accepted, "/invitations/accept";
    GET me() => Me, "/me";
    PATCH update_me() ; UpdateMe => Me, "/me";
    DELETE delete_me() ; DeleteMe => (), "/me";
    POST change_password() ; ChangePassword => (), "/me/password";
    GET sessions() ? List => Page<Session>, "/me/sessions";
    DELETE end_sessions() => (), "/me/sessions";
    DELETE end_session(session: SessionId) => (), "/me/sessions/{session}";
    GET my_variables() ? List => Page<Variable>, "/me/variables";
    PUT set_my_variable(key: &EnvKey) ; SetVariable => Variable, "/me/variables/{key}";
    DELETE unset_my_variable(key: &EnvKey) => (), "/me/variables/{key}";
    GET teams() ? List => Page<Team>, "/teams";
    POST create_team() ; CreateTeam => Team, "/teams";
    GET team(team: TeamId) => Team, "/teams/{team}";
    PATCH update_team(team: TeamId) ; UpdateTeam => Team, "/teams/{team}";
    DELETE delete_team(team: TeamId) => (), "/teams/{team}";
    POST transfer_team(team: TeamId) ; TransferTeam => (), "/teams/{team}/transfer";
    GET team_limits(team: TeamId) => TeamLimits, "/teams/{team}/limits";
    GET team_members(team: TeamId) ? List => Page<Member>, "/teams/{team}/members";
    PATCH set_team_role(team: TeamId, user: UserId) ; SetRole => Member, "/teams/{team}/members/{user}";
    DELETE remove_team_member(team: TeamId, user: UserId) => (), "/teams/{team}/members/{user}";
    GET invitations(team: TeamId) ? List => Page<Invitation>, "/teams/{team}/invitations";
    POST invite(team: TeamId) ; Invite => Invited, "/teams/{team}/invitations";
    DELETE revoke_invitation(team: TeamId, invitation: InvitationId) => (), "/teams/{team}/invitations/{invitation}";
    GET tokens(team: TeamId) ? List => Page<Token>, "/teams/{team}/tokens";
    POST create_token(team: TeamId) ; CreateToken => CreatedToken, "/teams/{team}/tokens";
    DELETE revoke_token(team: TeamId, token: TokenId) => (), "/teams/{team}/tokens/{token}";
    GET team_audit(team: TeamId) ? List => Page<AuditEntry>, "/teams/{team}/audit";
    GET team_events(team: TeamId) ? List => Page<Event>, "/teams/{team}/events";
    GET projects() ? ProjectList => Page<Project>, "/projects";
    POST create_project() ; CreateProject => Project, "/projects";
    GET project(project: &ProjectRef) => Project, "/projects/{project}";
    PATCH update_project(project: &ProjectRef) ; UpdateProject => Project, "/projects/{project}";
    DELETE delete_project(project: &ProjectRef) => (), "/projects/{project}";
    POST restore_project(project: &ProjectRef) => Project, "/projects/{project}/restore";
    POST check_slug(project: &ProjectRef) ; CheckSlug => SlugCheck, "/projects/{project}/slug/check";
    POST change_slug(project: &ProjectRef) ; ChangeSlug => Project, "/projects/{project}/slug";
    GET project_members(project: &ProjectRef) ? List => Page<Member>, "/projects/{project}/members";
    PUT set_project_role(project: &ProjectRef, user: UserId) ; SetRole => Member, "/projects/{project}/members/{user}";
    DELETE remove_project_member(project: &ProjectRef, user: UserId) => (), "/projects/{project}/members/{user}";
    GET variables(project: &ProjectRef, environment: &str) ? List => Page<Variable>, "/projects/{project}/variables/{environment}";
    PUT set_variable(project: &ProjectRef, environment: &str, key: &EnvKey) ; SetVariable => Variable, "/projects/{project}/variables/{environment}/{key}";
    DELETE unset_variable(project: &ProjectRef, environment: &str, key: &EnvKey) => (), "/projects/{project}/variables/{environment}/{key}";
    GET domains(project: &ProjectRef) ? List => Page<Domain>, "/projects/{project}/domains";
    POST claim_domain(project: &ProjectRef) ; ClaimDomain => Domain, "/projects/{project}/domains";
    DELETE release_domain(project: &ProjectRef, domain: DomainId) => (), "/projects/{project}/domains/{domain}";
    GET domains_within(project: &ProjectRef) => Page<ClaimedDomain>, "/projects/{project}/domains/within";
    POST allow_domain(project: &ProjectRef, domain: DomainId) => ClaimedDomain, "/projects/{project}/domains/{domain}/allow";
    POST disallow_domain(project: &ProjectRef, domain: DomainId) => ClaimedDomain, "/projects/{project}/domains/{domain}/disallow";
    GET functions(project: &ProjectRef) ? List => Page<Function>, "/projects/{project}/functions";
    GET function(project: &ProjectRef, name: &FunctionName) => Function, "/projects/{project}/functions/{name}";
    PUT deploy_function(project: &ProjectRef, name: &FunctionName) ; DeployFunction => Function, "/projects/{project}/functions/{name}";
    POST check_function(project: &ProjectRef, name: &FunctionName) ; CheckSource => SourceCheck, "/projects/{project}/functions/{name}/check";
    GET function_versions(project: &ProjectRef, name: &FunctionName) => Page<FunctionVersion>, "/projects/{project}/functions/{name}/versions";
    GET function_version(project: &ProjectRef, name: &FunctionName, number: i64) => FunctionVersion, "/projects/{project}/functions/{name}/versions/{number}";
    GET function_diff(project: &ProjectRef, name: &FunctionName, number: i64) ? Against => VersionDiff, "/projects/{project}/functions/{name}/versions/{number}/diff";
    POST activate_version(project: &ProjectRef, name: &FunctionName, number: i64) => Function, "/projects/{project}/functions/{name}/versions/{number}/activate";
    DELETE delete_function(project: &ProjectRef, name: &FunctionName) => (), "/projects/{project}/functions/{name}";
    GET routes(project: &ProjectRef) ? List => Page<FunctionRoute>, "/projects/{project}/routes";
    POST add_route(project: &ProjectRef, name: &FunctionName) ; NewRoute => FunctionRoute, "/projects/{project}/functions/{name}/routes";
    DELETE remove_route(project: &ProjectRef, route: RouteId) => (), "/projects/{project}/routes/{route}";
    POST check_route(project: &ProjectRef) ; NewRoute => RouteCheck, "/projects/{project}/routes/check";
    POST match_route(project: &ProjectRef) ; MatchRoute => RouteMatch, "/projects/{project}/routes/match";
    POST explain_route(project: &ProjectRef) ; MatchRoute => RouteMatch, "/projects/{project}/routes/explain";
    GET invocations(project: &ProjectRef) ? InvocationList => InvocationPage, "/projects/{project}/invocations";
    GET invocation_counts(project: &ProjectRef) ? CountList => InvocationCounts, "/projects/{project}/invocations/counts";
    GET project_events(project: &ProjectRef) ? List => Page<Event>, "/projects/{project}/events";
    GET admin_users() ? List => Page<AdminUser>, "/admin/users";
    PATCH update_user(user: UserId) ; UpdateUser => AdminUser, "/admin/users/{user}";
    GET admin_teams() ? List => Page<AdminTeam>, "/admin/teams";
    PATCH set_limits(team: TeamId) ; SetLimits => AdminTeam, "/admin/teams/{team}/limits";
    POST enter_team(team: TeamId) ; EnterTeam => (), "/admin/teams/{team}/enter";
    GET admin_domains() ? AdminDomainList => Page<ClaimedDomain>, "/admin/domains";
    PUT grant_domain() ; GrantDomain => Domain, "/admin/domains";
    POST prove_domain(domain: DomainId) => Domain, "/admin/domains/{domain}/prove";
    GET installation_settings() => InstallationSettings, "/admin/settings";
    PATCH set_installation_settings() ; InstallationSettings => InstallationSettings, "/admin/settings";
    GET queue() ? List => Page<QueueEntry>, "/admin/queue";
    GET admin_audit() ? List => Page<AuditEntry>, "/admin/audit";
}

impl Client {
    /// `POST /functions/{function}/test`, sent once whatever becomes of its answer: functions do
    /// things.
    pub async fn test_function(
        &self,
        function: FunctionId,
        body: &TestFunction,
    ) -> Result<FunctionTest, Error> {
        let path = format!("/functions/{function}/test");
        Self { keys: None, ..self.clone() }.call(Method::POST, &path, &(), Some(body)).await
    }
}
