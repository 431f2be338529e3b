//! What the API's description says of operations.

use croft_model::permissions::Permission;
use serde_json::Value;

/// Everything about accounts and teams: `METHOD path`, the operation's id and who may.
const PEOPLE: &[(&str, &str, &str)] = &[
    ("POST /setup", "installation_set_up", "anyone"),
    ("POST /accounts", "account_create", "anyone"),
    ("POST /session", "session_create", "anyone"),
    ("DELETE /session", "session_delete", "signed-in"),
    ("GET /me", "me_get", "signed-in"),
    ("PATCH /me", "me_update", "signed-in"),
    ("DELETE /me", "me_delete", "signed-in"),
    ("POST /me/password", "me_change_password", "signed-in"),
    ("GET /me/sessions", "session_list", "signed-in"),
    ("DELETE /me/sessions", "session_end_all", "signed-in"),
    ("DELETE /me/sessions/{session}", "session_end", "signed-in"),
    ("GET /me/variables", "my_variable_list", "signed-in"),
    ("PUT /me/variables/{key}", "my_variable_set", "signed-in"),
    ("DELETE /me/variables/{key}", "my_variable_unset", "signed-in"),
    ("POST /invitations/inspect", "invitation_inspect", "anyone"),
    ("POST /invitations/accept", "invitation_accept", "signed-in"),
    ("GET /teams", "team_list", "signed-in"),
    ("POST /teams", "team_create", "signed-in"),
    ("GET /teams/{team}", "team_get", "team.read"),
    ("PATCH /teams/{team}", "team_update", "team.update"),
    ("DELETE /teams/{team}", "team_delete", "team.delete"),
    ("POST /teams/{team}/transfer", "team_transfer", "team.transfer"),
    ("GET /teams/{team}/limits", "team_limits", "team.read"),
    ("GET /teams/{team}/members", "team_member_list", "team.read"),
    ("PATCH /teams/{team}/members/{user}", "team_member_set_role", "members.manage"),
    ("DELETE /teams/{team}/members/{user}", "team_member_remove", "members.manage"),
    ("GET /teams/{team}/invitations", "invitation_list", "members.manage"),
    ("POST /teams/{team}/invitations", "invitation_create", "members.manage"),
    ("DELETE /teams/{team}/invitations/{invitation}", "invitation_revoke", "members.manage"),
    ("GET /teams/{team}/tokens", "token_list", "tokens.own"),
    ("POST /teams/{team}/tokens", "token_create", "tokens.own"),
    ("DELETE /teams/{team}/tokens/{token}", "token_revoke", "tokens.own"),
];

fn described() -> Value {
    serde_json::to_value(crate::openapi()).unwrap()
}

fn operation<'d>(document: &'d Value, address: &str) -> &'d Value {
    let (method, path) = address.split_once(' ').unwrap();
    &document["paths"][path][method.to_lowercase()]
}

/// Who may, as the description says it.
fn who(operation: &Value) -> &str {
    if operation["security"] == serde_json::json!([{}]) {
        return "anyone";
    }
    operation["x-permission"].as_str().unwrap_or("nobody said")
}

#[test]
fn operations_on_people_are_where_the_plan_has_them() {
    let document = described();
    for (address, id, may) in PEOPLE {
        let operation = operation(&document, address);
        assert_eq!(operation["operationId"], *id, "{address}");
        assert_eq!(who(operation), *may, "{address}");
        let known = |name| Permission::ALL.iter().any(|p| p.as_str() == name);
        assert!(matches!(*may, "anyone" | "signed-in") || known(*may), "{may} is no permission");
    }
}

#[test]
fn creations_name_the_key_that_makes_them_safe_to_repeat() {
    let document = described();
    for address in ["POST /teams", "POST /teams/{team}/invitations", "POST /teams/{team}/tokens"] {
        let operation = operation(&document, address);
        let parameters = operation["parameters"].as_array().unwrap();
        assert!(parameters.iter().any(|p| p["name"] == "Idempotency-Key"), "{address}");
        assert!(operation["responses"]["201"].is_object(), "{address}");
    }
}

#[test]
fn deletions_answer_nothing() {
    let document = described();
    for (address, ..) in PEOPLE.iter().filter(|(address, ..)| address.starts_with("DELETE")) {
        let answers = operation(&document, address)["responses"].as_object().unwrap();
        let answers: Vec<_> = answers.keys().map(String::as_str).collect();
        assert_eq!(answers, ["204", "default"], "{address}");
        assert!(
            operation(&document, address)["responses"]["204"]["content"].is_null(),
            "{address}"
        );
    }
}
