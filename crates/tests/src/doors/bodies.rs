//! A valid body for each operation, and what is special about it. An operation without an entry
//! fails the test.

use serde_json::{Value, json};

use super::stage::Stage;
use crate::world::PASSWORD;

/// What an operation needs to be tried.
pub(super) struct Shape {
    /// The body that one who may succeeds with.
    pub(super) body: fn(&Stage<'_>) -> Option<Value>,
    /// The project is deleted before.
    pub(super) deletes_first: bool,
    /// Who succeeds.
    pub(super) by: By,
    /// It shows everyone what is theirs: others are not refused, they see their own.
    pub(super) lists_own: bool,
}

/// Somebody who may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// The team's owner.
    Owner,
    /// A guest, whom it may cost the account or the session.
    Guest,
    /// The operator.
    Operator,
}

const PLAIN: Shape =
    Shape { body: |_| None, deletes_first: false, by: By::Owner, lists_own: false };

fn with(body: fn(&Stage<'_>) -> Option<Value>) -> Shape {
    Shape { body, ..PLAIN }
}

/// The entry of an operation.
pub(super) fn shape(operation: &str) -> Option<Shape> {
    accounts(operation)
        .or_else(|| teams(operation))
        .or_else(|| projects(operation))
        .or_else(|| admin(operation))
}

fn accounts(operation: &str) -> Option<Shape> {
    let guest = |body| Shape { body, by: By::Guest, ..PLAIN };
    Some(match operation {
        "session_delete" | "me_get" | "session_list" | "session_end" | "session_end_all"
        | "my_variable_list" | "my_variable_unset" => guest(|_| None),
        "me_update" => guest(|_| Some(json!({ "name": "Other" }))),
        "me_delete" => guest(|_| Some(json!({ "password": PASSWORD }))),
        "me_change_password" => {
            guest(|_| Some(json!({ "current": PASSWORD, "new": "three wet grey pebbles" })))
        }
        "my_variable_set" => guest(|_| Some(json!({ "value": "blue" }))),
        "invitation_accept" => guest(|s| Some(json!({ "secret": s.invitation_secret }))),
        _ => return None,
    })
}

fn teams(operation: &str) -> Option<Shape> {
    Some(match operation {
        "team_get" | "team_delete" | "team_limits" | "team_member_list" | "team_member_remove"
        | "invitation_list" | "invitation_revoke" | "token_list" | "token_revoke"
        | "audit_list" | "team_event_list" => PLAIN,
        "team_list" => Shape { lists_own: true, ..PLAIN },
        "team_create" | "team_update" => with(|_| Some(json!({ "name": "Other" }))),
        "team_transfer" => with(|s| Some(json!({ "to": s.developer }))),
        "team_member_set_role" => with(|_| Some(json!({ "role": "viewer" }))),
        "invitation_create" => with(|s| Some(json!({ "role": "viewer", "email": s.guest_email }))),
        "token_create" => with(|_| Some(json!({ "name": "ci" }))),
        _ => return None,
    })
}

fn projects(operation: &str) -> Option<Shape> {
    Some(match operation {
        "project_get"
        | "project_delete"
        | "project_member_list"
        | "project_member_remove"
        | "variable_list"
        | "variable_unset"
        | "domain_list"
        | "domain_release"
        | "domain_within_list"
        | "domain_allow"
        | "domain_disallow"
        | "function_list"
        | "function_get"
        | "function_delete"
        | "function_version_list"
        | "function_version_get"
        | "function_version_diff"
        | "function_version_activate"
        | "route_list"
        | "route_remove"
        | "function_execute"
        | "function_execute_put"
        | "function_execute_post"
        | "function_execute_patch"
        | "function_execute_delete"
        | "invocation_list"
        | "invocation_counts"
        | "project_event_list" => PLAIN,
        "project_list" => Shape { lists_own: true, ..PLAIN },
        "project_restore" => Shape { deletes_first: true, ..PLAIN },
        "project_create" => with(|s| Some(json!({ "name": "Other", "team_id": s.param("team") }))),
        "project_update" => with(|_| Some(json!({ "name": "Other" }))),
        "project_check_slug" | "project_change_slug" => {
            with(|s| Some(json!({ "slug": format!("s-{}", &s.param("project")[20..]) })))
        }
        "project_member_set" => with(|_| Some(json!({ "role": "viewer" }))),
        "variable_set" => with(|_| Some(json!({ "value": "blue", "secret": true }))),
        "domain_claim" => with(|_| Some(json!({ "host": "other.example.org" }))),
        "function_deploy" | "function_check" => with(|_| Some(json!({ "source": "1" }))),
        "route_add" | "route_check" => {
            with(|_| Some(json!({ "method": "POST", "path": "/other" })))
        }
        "route_match" | "route_explain" => {
            with(|_| Some(json!({ "method": "GET", "path": "/hi" })))
        }
        "function_test" => with(|_| Some(json!({ "path": "/x", "source": "1" }))),
        _ => return None,
    })
}

fn admin(operation: &str) -> Option<Shape> {
    let operator = |body| Shape { body, by: By::Operator, ..PLAIN };
    Some(match operation {
        "admin_user_list" | "admin_team_list" | "admin_domain_list" | "admin_domain_prove"
        | "admin_settings_get" | "admin_queue_list" | "admin_audit_list" => operator(|_| None),
        "admin_domain_grant" => operator(|s| {
            Some(json!({ "project_id": s.param("project"), "host": "granted.example.org" }))
        }),
        "admin_user_update" => operator(|_| Some(json!({ "disabled": false }))),
        "admin_team_set_limits" => operator(|_| Some(json!({ "limits": { "projects": 30 } }))),
        "admin_team_enter" => {
            operator(|_| Some(json!({ "reason": "looking into a lost invitation" })))
        }
        "admin_settings_update" => operator(|_| Some(json!({ "sign_up": "open" }))),
        _ => return None,
    })
}
