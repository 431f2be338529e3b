//! Every operation of the API tried by everyone who may not, and by one who may (decision 39).
//!
//! What there is to try comes from the OpenAPI document, who may from the permissions' table. For
//! each operation: whoever may not is refused with exactly the right status and leaves every row as
//! it was; then somebody who may succeeds with the same body, so that a refusal was never one of
//! the body.

mod operations;
mod stage;
mod bodies;
mod snapshot;

use croft_model::permissions::{Holder, Permission, Role};

pub use operations::{Operation, operations, public};

use crate::{Person, World};
use bodies::Shape;
use stage::{Cast, Stage};

/// Tries all doors; what was found wrong, a line each. Also prints a table of what was tried.
pub async fn try_all(world: &World) -> Vec<String> {
    try_some(world, |_| true).await
}

/// Tries the doors that `which` names.
pub async fn try_some(world: &World, which: impl Fn(&Operation) -> bool) -> Vec<String> {
    let cast = Cast::new(world).await;
    let public = public();
    let mut wrong = Vec::new();
    let mut tried = 0;
    for operation in operations().into_iter().filter(which) {
        if public.contains(&operation.id) {
            continue;
        }
        let before = wrong.len();
        match bodies::shape(&operation.id) {
            None => wrong.push(format!("{}: no entry in bodies.rs; add one", operation.id)),
            Some(shape) => tried += try_one(world, &cast, &operation, &shape, &mut wrong).await,
        }
        let mark = if wrong.len() == before { "ok " } else { "BAD" };
        println!("{mark} {:32} {:6} {}", operation.id, operation.method, operation.path);
    }
    println!("{tried} refusals seen");
    wrong
}

async fn try_one(
    world: &World,
    cast: &Cast<'_>,
    operation: &Operation,
    shape: &Shape,
    wrong: &mut Vec<String>,
) -> usize {
    let stage = Stage::new(world, cast, shape).await;
    let (path, body) = (stage.path(&operation.path), (shape.body)(&stage));
    let send = async |person: &Person<'_>| {
        person.send(operation.method.clone(), &path, body.clone()).await
    };
    let before = snapshot::rows(world).await;
    let refusals = refusals(cast, &stage, operation, shape);
    for (who, person, status) in &refusals {
        let answer = send(person).await;
        if answer.status.as_u16() != *status {
            let id = &operation.id;
            wrong.push(format!(
                "{id}: {who} got {} instead of {status}: {}",
                answer.status, answer.json
            ));
        }
    }
    let after = snapshot::rows(world).await;
    for table in snapshot::changed(&before, &after) {
        wrong.push(format!("{}: somebody who was refused changed {table}", operation.id));
    }
    let allowed = send(stage.allowed(operation)).await;
    if !allowed.status.is_success() {
        let id = &operation.id;
        wrong.push(format!("{id}: one who may got {}: {}", allowed.status, allowed.json));
    }
    stage.clear(cast).await;
    refusals.len()
}

/// Who must be refused, and how.
fn refusals<'w>(
    cast: &Cast<'w>,
    stage: &Stage<'w>,
    operation: &Operation,
    shape: &Shape,
) -> Vec<(&'static str, Person<'w>, u16)> {
    let mut all = vec![
        ("nobody", cast.anonymous.clone(), 401),
        ("a bogus token", cast.bogus.clone(), 401),
        ("an expired token", cast.expired.clone(), 401),
    ];
    let Some(permission) = operation.permission else { return all };
    all.push(("a token without the scope", stage.scopeless.clone(), 403));
    match permission.holder() {
        Holder::Operator => all.push(("a team's owner", cast.owner.clone(), 403)),
        Holder::Member(least) => {
            if least > Role::Viewer {
                all.push(("a viewer", cast.viewer.clone(), 403));
            }
            if !shape.lists_own {
                all.push(("a developer of another team", cast.stranger.clone(), 404));
                all.push(("a removed member", cast.removed.clone(), 404));
            }
        }
    }
    all
}

/// Whether the operation is the installation's.
fn is_operators(permission: Option<Permission>) -> bool {
    permission.is_some_and(|p| p.holder() == Holder::Operator)
}
