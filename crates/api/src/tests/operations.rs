//! The operations on projects, what is in them, and the installation: where they are and who may.

use std::collections::BTreeSet;

use croft_model::permissions::Permission;
use serde_json::Value;

use crate::document::operations as operations_of;

/// `METHOD path`, the operation's id, the permission it needs and the status of its success.
const OPERATIONS: &[(&str, &str, &str, &str)] = &[
    ("GET /projects", "project_list", "project.read", "200"),
    ("POST /projects", "project_create", "project.create", "201"),
    ("GET /projects/{project}", "project_get", "project.read", "200"),
    ("PATCH /projects/{project}", "project_update", "project.update", "200"),
    ("DELETE /projects/{project}", "project_delete", "project.delete", "204"),
    ("POST /projects/{project}/restore", "project_restore", "project.delete", "200"),
    ("POST /projects/{project}/slug/check", "project_check_slug", "project.update", "200"),
    ("POST /projects/{project}/slug", "project_change_slug", "project.update", "200"),
    ("GET /projects/{project}/members", "project_member_list", "project.read", "200"),
    ("PUT /projects/{project}/members/{user}", "project_member_set", "members.manage", "200"),
    ("DELETE /projects/{project}/members/{user}", "project_member_remove", "members.manage", "204"),
    ("GET /projects/{project}/variables/{environment}", "variable_list", "variables.read", "200"),
    (
        "PUT /projects/{project}/variables/{environment}/{key}",
        "variable_set",
        "variables.write",
        "200",
    ),
    (
        "DELETE /projects/{project}/variables/{environment}/{key}",
        "variable_unset",
        "variables.write",
        "204",
    ),
    ("GET /projects/{project}/domains", "domain_list", "project.read", "200"),
    ("POST /projects/{project}/domains", "domain_claim", "domains.manage", "201"),
    ("DELETE /projects/{project}/domains/{domain}", "domain_release", "domains.manage", "204"),
    ("GET /projects/{project}/functions", "function_list", "functions.read", "200"),
    ("GET /projects/{project}/functions/{name}", "function_get", "functions.read", "200"),
    ("PUT /projects/{project}/functions/{name}", "function_deploy", "functions.write", "200"),
    ("DELETE /projects/{project}/functions/{name}", "function_delete", "functions.write", "204"),
    ("POST /projects/{project}/functions/{name}/check", "function_check", "functions.write", "200"),
    (
        "GET /projects/{project}/functions/{name}/versions",
        "function_version_list",
        "functions.read",
        "200",
    ),
    (
        "GET /projects/{project}/functions/{name}/versions/{number}",
        "function_version_get",
        "functions.read",
        "200",
    ),
    (
        "GET /projects/{project}/functions/{name}/versions/{number}/diff",
        "function_version_diff",
        "functions.read",
        "200",
    ),
    (
        "POST /projects/{project}/functions/{name}/versions/{number}/activate",
        "function_version_activate",
        "functions.write",
        "200",
    ),
    ("GET /projects/{project}/domains/within", "domain_within_list", "domains.manage", "200"),
    ("POST /projects/{project}/domains/{claim}/allow", "domain_allow", "domains.manage", "200"),
    (
        "POST /projects/{project}/domains/{claim}/disallow",
        "domain_disallow",
        "domains.manage",
        "200",
    ),
    ("GET /projects/{project}/routes", "route_list", "functions.read", "200"),
    ("POST /projects/{project}/functions/{name}/routes", "route_add", "functions.write", "200"),
    ("DELETE /projects/{project}/routes/{route}", "route_remove", "functions.write", "204"),
    ("POST /projects/{project}/routes/check", "route_check", "functions.read", "200"),
    ("POST /projects/{project}/routes/match", "route_match", "functions.read", "200"),
    ("POST /projects/{project}/routes/explain", "route_explain", "functions.read", "200"),
    ("POST /functions/{function}/test", "function_test", "functions.call", "200"),
    ("GET /execute/{function}", "function_execute", "functions.call", "200"),
    ("PUT /execute/{function}", "function_execute_put", "functions.call", "200"),
    ("POST /execute/{function}", "function_execute_post", "functions.call", "200"),
    ("PATCH /execute/{function}", "function_execute_patch", "functions.call", "200"),
    ("DELETE /execute/{function}", "function_execute_delete", "functions.call", "200"),
    ("GET /projects/{project}/invocations", "invocation_list", "logs.read", "200"),
    ("GET /projects/{project}/invocations/counts", "invocation_counts", "project.read", "200"),
    ("GET /projects/{project}/events", "project_event_list", "project.read", "200"),
    ("GET /teams/{team}/events", "team_event_list", "team.read", "200"),
    ("GET /teams/{team}/audit", "audit_list", "audit.read", "200"),
    ("GET /admin/users", "admin_user_list", "installation.read", "200"),
    ("PATCH /admin/users/{user}", "admin_user_update", "installation.manage", "200"),
    ("GET /admin/teams", "admin_team_list", "installation.read", "200"),
    ("PATCH /admin/teams/{team}/limits", "admin_team_set_limits", "installation.manage", "200"),
    ("POST /admin/teams/{team}/enter", "admin_team_enter", "installation.manage", "204"),
    ("GET /admin/domains", "admin_domain_list", "installation.read", "200"),
    ("PUT /admin/domains", "admin_domain_grant", "installation.manage", "200"),
    ("POST /admin/domains/{domain}/prove", "admin_domain_prove", "installation.manage", "200"),
    ("GET /admin/settings", "admin_settings_get", "installation.read", "200"),
    ("PATCH /admin/settings", "admin_settings_update", "installation.manage", "200"),
    ("GET /admin/queue", "admin_queue_list", "installation.read", "200"),
    ("GET /admin/audit", "admin_audit_list", "installation.read", "200"),
];

#[test]
fn operations_are_where_the_plan_has_them() {
    let document = serde_json::to_value(crate::openapi()).unwrap();
    for (address, id, may, success) in OPERATIONS {
        let (method, path) = address.split_once(' ').unwrap();
        let operation = &document["paths"][path][method.to_lowercase()];
        assert_eq!(operation["operationId"], *id, "{address}");
        assert_eq!(operation["x-permission"], *may, "{address}");
        assert!(Permission::ALL.iter().any(|p| p.as_str() == *may), "{may} is no permission");
        let by_token = serde_json::json!([{ "bearer": [] }, { "api_key": [] }]);
        let security = if id.starts_with("function_execute") { by_token } else { Value::Null };
        assert_eq!(operation["security"], security, "who may {address}");
        let answer = &operation["responses"][success];
        assert!(answer.is_object(), "{address} does not answer {success}");
        assert_eq!(answer["content"].is_null(), *success == "204", "{address}");
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        let keyed = parameters.iter().any(|p| p["name"] == "Idempotency-Key");
        assert_eq!(keyed, *success == "201", "what creates takes a key: {address}");
        // Every placeholder is described, and nothing else is said to be in the path.
        let described: BTreeSet<_> = parameters
            .iter()
            .filter(|p| p["in"] == "path")
            .map(|p| p["name"].as_str().unwrap())
            .collect();
        let there: BTreeSet<_> =
            path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect();
        assert_eq!(described, there, "{address}");
    }
}

#[test]
fn no_operation_on_these_nouns_is_missing_here() {
    let mut document = crate::openapi();
    for (path, item) in &mut document.paths.paths {
        let ours = ["/projects", "/functions", "/execute", "/admin"]
            .iter()
            .any(|noun| path.starts_with(noun));
        for (_, operation) in operations_of(item).filter(|_| ours) {
            let id = operation.operation_id.as_deref().unwrap();
            assert!(OPERATIONS.iter().any(|(_, known, ..)| *known == id), "{id} of {path}");
        }
    }
}

#[test]
fn events_and_calls_come_as_a_page_or_a_stream() {
    let document = serde_json::to_value(crate::openapi()).unwrap();
    let streams =
        ["/projects/{project}/events", "/teams/{team}/events", "/projects/{project}/invocations"];
    for path in streams {
        let operation = &document["paths"][path]["get"];
        let answer = operation["responses"]["200"]["content"].as_object().unwrap();
        let kinds: Vec<_> = answer.keys().map(String::as_str).collect();
        assert_eq!(kinds, ["application/json", "text/event-stream"], "{path}");
        for name in ["follow", "after", "limit"] {
            let parameters = operation["parameters"].as_array().unwrap();
            assert!(parameters.iter().any(|p| p["name"] == name), "{name} of {path}");
        }
    }
}
