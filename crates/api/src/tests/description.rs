//! The API's description of itself.

use std::collections::BTreeSet;

use super::*;
use crate::document::operations as operations_of;

#[test]
fn operations_are_named_tagged_and_say_who_may() {
    let mut document = crate::openapi();
    let mut names = BTreeSet::new();
    let mut public = BTreeSet::new();
    for (path, item) in &mut document.paths.paths {
        for (_, operation) in operations_of(item) {
            let name = operation.operation_id.clone().unwrap();
            assert!(
                name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') && name.contains('_'),
                "{name} of {path}"
            );
            assert!(names.insert(name.clone()), "{name} is there twice");
            assert_eq!(operation.tags.as_ref().map(Vec::len), Some(1), "the tag of {name}");
            assert!(operation.summary.is_some(), "what {name} does");
            assert!(operation.responses.responses.contains_key("default"), "the problem of {name}");
            // Public is who needs none of the credentials; some take only certain ones.
            let security = serde_json::to_value(&operation.security).unwrap();
            if security == serde_json::json!([{}]) {
                public.insert(name);
            }
        }
    }
    let listed: BTreeSet<String> = include_str!("../../public_operations.txt")
        .lines()
        .map(|line| {
            let (name, reason) = line.split_once(": ").expect("operation: reason");
            assert!(reason.len() > 10, "why is {name} public?");
            name.to_owned()
        })
        .collect();
    assert!(listed.len() <= 12, "more than 12 operations are public");
    assert_eq!(public, listed, "operations without credentials, and public_operations.txt");
}

#[test]
fn lists_go_on_but_for_those_that_the_introduction_names() {
    // Here a list that answers whole is added to the introduction's own words.
    let whole = BTreeSet::from([
        "domain_list",
        "domain_within_list",
        "function_list",
        "function_version_list",
        "invitation_list",
        "project_member_list",
        "route_list",
        "session_list",
        "team_list",
        "team_member_list",
    ]);
    let document = serde_json::to_value(crate::openapi()).unwrap();
    let mut found = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        let list = &item["get"];
        let body =
            list["responses"]["200"]["content"]["application/json"]["schema"]["$ref"].as_str();
        if !body.is_some_and(|name| name.contains("/Page_")) {
            continue;
        }
        let takes: BTreeSet<_> = list["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|one| one["name"].as_str())
            .filter(|name| ["limit", "after"].contains(name))
            .collect();
        assert!(takes.len() != 1, "{path} takes only {takes:?}");
        if takes.is_empty() {
            found.insert(list["operationId"].as_str().unwrap());
        }
    }
    assert_eq!(found, whole, "lists that answer whole");
}

#[tokio::test]
async fn it_is_served() {
    let answer = World::new().ask(ask(Method::GET, "/api/v1/openapi.json")).await;
    let document: serde_json::Value = serde_json::from_slice(&answer.bytes().await).unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    assert_eq!(document["servers"][0]["url"], "/api/v1");
    let create = &document["paths"]["/projects"]["post"];
    assert_eq!(create["operationId"], "project_create");
    assert_eq!(create["x-permission"], "project.create");
    assert_eq!(
        create["responses"]["default"]["content"]["application/problem+json"]["schema"]["$ref"],
        "#/components/schemas/Problem"
    );
    assert!(document["components"]["schemas"]["Problem"].is_object());
    for scheme in ["bearer", "cookie", "api_key"] {
        assert!(document["components"]["securitySchemes"][scheme].is_object(), "{scheme}");
    }
    // Every reference leads somewhere.
    let text = document.to_string();
    for reference in text.split("\"#/").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(document.pointer(&format!("/{reference}")).is_some(), "{reference}");
    }
}
