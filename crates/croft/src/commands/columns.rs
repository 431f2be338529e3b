//! What of each thing is shown to people. Programs get all of it, as JSON.

use croft_model::{function::OutcomeKind, permissions::Scope};
use croft_sdk::{
    admin::{AdminTeam, AdminUser, InstallationSettings, QueueEntry},
    audit::AuditEntry,
    domains::{ClaimedDomain, Domain},
    events::Event,
    functions::{Function, FunctionVersion, SourceCheck, VersionDiff},
    installation::Installation,
    invitations::{Invitation, InvitationDetails},
    invocations::{Invocation, InvocationCount, InvocationError},
    projects::{Project, SlugCheck},
    routes::{FunctionRoute, RouteMatch},
    session::{Me, Session},
    teams::{Member, Team, TeamLimits},
    tokens::Token,
    variables::Variable,
};

use super::calls;
use crate::output::{Columns, maybe, time};

/// Declares the columns of wire types.
macro_rules! columns {
    ($($type:ty, $item:ident { $($head:literal: $cell:expr,)* })*) => {$(
        impl Columns for $type {
            const HEAD: &'static [&'static str] = &[$($head),*];

            fn cells(&self) -> Vec<String> {
                let $item = self;
                vec![$($cell.to_string()),*]
            }
        }
    )*};
}

columns! {
    Project, p {
        "slug": p.slug, "name": p.name, "id": p.id, "team": p.team_id, "url": p.url,
        "created": time(p.created_at), "gone": maybe(p.purge_at.map(time)),
    }
    SlugCheck, c { "state": wire(&c.state), "meaning": c.explanation, }
    Variable, v {
        "key": v.key, "value": v.value.as_deref().unwrap_or("***"), "secret": yes(v.secret),
        "category": v.category.as_str(), "version": v.version, "updated": time(v.updated_at),
        "by": maybe(v.updated_by.as_ref()),
    }
    Domain, d {
        "host": d.host, "state": wire(&d.state), "id": d.id,
        "proof": maybe(d.proof.as_ref().map(|p| format!("TXT {} = {}", p.name, p.value))),
    }
    ClaimedDomain, d {
        "host": d.host, "state": wire(&d.state), "project": d.project, "team": d.team, "id": d.id,
        "claimed": time(d.created_at),
    }
    Function, f {
        "name": f.name, "version": f.version, "routes": routes(f), "url": maybe(f.url.as_ref()),
        "deployed": time(f.deployed_at),
    }
    FunctionRoute, r {
        "method": r.method, "host": maybe(r.host.as_ref()), "path": r.path, "function": r.function,
        "id": r.id, "url": r.url,
    }
    RouteMatch, m {
        "outcome": wire(&m.outcome), "function": maybe(m.route.as_ref().map(|r| &r.function)),
        "params": pairs(&m.params), "host params": pairs(&m.host_params), "meaning": m.message,
    }
    FunctionVersion, v {
        "version": v.number, "active": yes(v.active), "bytes": v.source_bytes,
        "deployed": time(v.created_at), "by": maybe(v.created_by.as_ref()),
    }
    VersionDiff, d { "from": d.from, "to": d.to, "change": d.unified, }
    SourceCheck, c { "problems": c.problems.len(), }
    Invocation, i {
        "at": time(i.at), "function": i.function, "method": i.method, "path": i.path,
        "status": i.status, "outcome": i.outcome.as_str(),
        "took": took(i.duration_us), "error": maybe(i.error.as_ref().map(error)),
    }
    InvocationCount, c {
        "at": time(c.at), "calls": c.calls, "failed": failed(c), "unlisted": c.left_out,
        "mean": took(c.duration_us / c.calls.max(1)), "p50": took(c.p50_us),
        "p95": took(c.p95_us), "p99": took(c.p99_us),
    }
    Event, e {
        "at": time(e.at), "n": e.sequence, "kind": wire(&e.kind), "subject": e.subject,
        "actor": maybe(e.actor.as_ref()), "more": e.payload,
    }
    AuditEntry, a {
        "at": time(a.at), "actor": a.actor.as_deref().unwrap_or("Croft"), "action": a.action,
        "subject": a.subject, "by": wire(&a.means), "from": maybe(a.address.as_ref()),
    }
    Team, t {
        "name": t.name, "id": t.id, "role": t.role.as_str(), "personal": yes(t.personal),
        "created": time(t.created_at),
    }
    Member, m {
        "email": m.email, "name": m.name, "role": m.role.as_str(), "id": m.user_id,
        "since": time(m.since), "until": maybe(m.until.map(time)),
    }
    Invitation, i {
        "id": i.id, "email": maybe(i.email.as_ref()), "role": i.role.as_str(),
        "by": i.invited_by, "expires": time(i.expires_at),
    }
    InvitationDetails, i {
        "team": i.team_name, "invited by": i.invited_by, "role": i.role.as_str(),
        "email": maybe(i.email.as_ref()),
    }
    Token, t {
        "name": t.name, "id": t.id, "role": t.role.as_str(),
        "scopes": t.scopes.iter().map(|s: &Scope| s.as_str()).collect::<Vec<_>>().join(","),
        "project": maybe(t.project_id), "used": maybe(t.last_used_at.map(time)),
        "expires": maybe(t.expires_at.map(time)),
    }
    Session, s {
        "id": s.id, "this": yes(s.current), "address": s.address, "client": s.user_agent,
        "since": time(s.created_at), "used": time(s.last_used_at),
    }
    Me, m {
        "email": m.email, "name": m.name, "id": m.id, "operator": yes(m.operator),
        "teams": m.teams.iter().map(|t| format!("{} ({})", t.name, t.role.as_str()))
            .collect::<Vec<_>>().join(", "),
    }
    Installation, i {
        "version": i.version, "dashboard": i.control_url, "api": i.api_url,
        "apps": i.apps_domain, "sign-up": wire(&i.sign_up),
    }
    InstallationSettings, s { "sign-up": wire(&s.sign_up), }
    AdminUser, u {
        "email": u.email, "name": u.name, "id": u.id, "operator": yes(u.operator),
        "disabled": yes(u.disabled), "created": time(u.created_at),
    }
    AdminTeam, t {
        "name": t.name, "id": t.id, "members": t.members, "projects": t.projects,
        "created": time(t.created_at),
    }
    QueueEntry, q {
        "due": time(q.due_at), "kind": q.kind, "subject": q.subject, "team": maybe(q.team_id),
        "tries": q.attempts, "held by": maybe(q.claimed_by.as_ref()),
        "last error": maybe(q.last_error.as_ref()),
    }
}

/// A limit of a team, as a row.
#[derive(serde::Serialize)]
pub(super) struct LimitRow {
    name: &'static str,
    used: Option<u64>,
    allowed: u64,
}

impl Columns for LimitRow {
    const HEAD: &'static [&'static str] = &["limit", "used", "allowed"];

    fn cells(&self) -> Vec<String> {
        vec![self.name.to_owned(), maybe(self.used), self.allowed.to_string()]
    }
}

/// A team's limits, row by row.
pub(super) fn limit_rows(limits: &TeamLimits) -> Vec<LimitRow> {
    let used = |name| match name {
        "projects" => Some(limits.used.projects),
        "members" => Some(limits.used.members),
        "tokens" => Some(limits.used.tokens),
        _ => None,
    };
    let names = croft_model::limits::Limits::NAMES.iter();
    names
        .filter_map(|name| {
            Some(LimitRow { name, used: used(*name), allowed: limits.allowed.get(name)? })
        })
        .collect()
}

fn yes(value: bool) -> &'static str {
    if value { "yes" } else { "no" }
}

/// The word a value has on the wire.
fn wire(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        other => other.map(|v| v.to_string()).unwrap_or_default(),
    }
}

fn took(us: u64) -> String {
    format!("{}.{:03} ms", us / 1000, us % 1000)
}

fn error(error: &InvocationError) -> String {
    format!("{}{}", error.message, calls::place(error.line, error.column))
}

fn failed(count: &InvocationCount) -> u64 {
    let others = count.outcomes.iter().filter(|o| o.outcome != OutcomeKind::Returned);
    others.map(|o| o.calls).sum()
}

fn routes(function: &Function) -> String {
    let routes = function.routes.iter().map(|r| {
        format!(
            "{} {}{}",
            r.method,
            r.host.as_ref().map(ToString::to_string).unwrap_or_default(),
            r.path
        )
    });
    routes.collect::<Vec<_>>().join(", ")
}

/// Names with their values.
fn pairs(of: &std::collections::BTreeMap<String, String>) -> String {
    of.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
}
