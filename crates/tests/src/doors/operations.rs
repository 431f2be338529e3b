//! What there is to try, from the OpenAPI document.

use croft_model::permissions::Permission;
use http::Method;
use serde_json::Value;

/// One operation of the API.
#[derive(Debug, Clone)]
pub struct Operation {
    /// Its operation id.
    pub id: String,
    /// The method.
    pub method: Method,
    /// The path below `/api/v1`, with `{parameters}`.
    pub path: String,
    /// What it needs; `None` for what needs only a sign-in.
    pub permission: Option<Permission>,
}

/// All operations of the document.
pub fn operations() -> Vec<Operation> {
    let document = serde_json::to_value(croft_api::openapi()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let mut all = Vec::new();
    for (path, item) in paths {
        let path = path.strip_prefix("/api/v1").unwrap_or(path);
        for (method, operation) in item.as_object().unwrap() {
            let Ok(method) = method.to_uppercase().parse::<Method>() else { continue };
            if operation.get("operationId").is_none() {
                continue;
            }
            let id = operation["operationId"].as_str().unwrap().to_owned();
            let permission = match operation.get("x-permission").and_then(Value::as_str) {
                None | Some("signed-in") => None,
                Some(name) => Some(
                    permission(name)
                        .unwrap_or_else(|| panic!("{id}: `{name}` is no permission of the table")),
                ),
            };
            all.push(Operation { id, method, path: path.to_owned(), permission });
        }
    }
    all
}

fn permission(name: &str) -> Option<Permission> {
    Permission::ALL.iter().copied().find(|p| p.as_str() == name)
}

/// Operations that anyone may call, from the committed list.
pub fn public() -> Vec<String> {
    let lines =
        include_str!("../../../api/public_operations.txt").lines().filter(|l| !l.starts_with('#'));
    let public: Vec<String> = lines
        .map(|line| {
            let (id, reason) = line.split_once(": ").expect("an operation and its reason");
            assert!(reason.trim().len() > 10, "{id} needs a reason");
            id.to_owned()
        })
        .collect();
    assert!(public.len() <= 12, "more public operations than anyone can keep in mind");
    public
}
