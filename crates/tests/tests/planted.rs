//! The doors test seen red: twenty faults and more, each of which it must catch (decision 39). Built only with
//! the feature `planted`: `cargo nextest run -p croft-tests --features planted --test planted`.
#![cfg(feature = "planted")]

use croft_app::planted::{Fault, plant};
use croft_model::permissions::Permission;
use croft_store::planted::take_wall_down;
use croft_tests::{World, doors};

/// What is planted: every permission that some operation needs is left unchecked once, and the team
/// is swapped.
fn faults() -> Vec<Fault> {
    let mut needed: Vec<Permission> =
        doors::operations().into_iter().filter_map(|o| o.permission).collect();
    needed.sort_unstable();
    needed.dedup();
    needed.into_iter().map(Fault::NoCheck).chain([Fault::WrongTeam]).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_of_the_planted_faults_is_caught() {
    let mut missed = Vec::new();
    let faults = faults();
    assert!(faults.len() >= 20, "{faults:?}");
    for (seed, fault) in faults.into_iter().enumerate() {
        let world = World::new().await;
        plant(Some(fault));
        // A swapped team id alone stays behind the second wall, so that wall goes too.
        take_wall_down(fault == Fault::WrongTeam);
        // The same trial of the doors that the fault is behind: what is red here is red in the whole.
        let wrong = doors::try_some(&world, |operation| match fault {
            Fault::NoCheck(permission) => operation.permission == Some(permission),
            Fault::WrongTeam => {
                ["project_get", "variable_set", "function_deploy"].contains(&operation.id.as_str())
            }
        })
        .await;
        plant(None);
        take_wall_down(false);
        println!("seed {seed}: {fault:?}: {} caught", wrong.len());
        if wrong.is_empty() {
            missed.push(format!("seed {seed}: {fault:?}"));
        }
    }
    assert!(missed.is_empty(), "not caught:\n{}", missed.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_wall_holds_when_the_first_is_gone() {
    let world = World::new().await;
    plant(Some(Fault::WrongTeam));
    let stranger = world.person("stranger").await;
    let owner = world.person("owner").await;
    let project = owner.project("Mine").await;
    stranger.get(&format!("/projects/{project}")).await.expect_problem(404, "not_found");
    plant(None);
}
