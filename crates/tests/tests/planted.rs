//! The doors test seen red: twenty faults, each of which it must catch (decision 39). Built only with
//! the feature `planted`: `cargo nextest run -p croft-tests --features planted --test planted`.
#![cfg(feature = "planted")]

use croft_app::planted::{Fault, plant};
use croft_model::permissions::Permission;
use croft_store::planted::take_wall_down;
use croft_tests::{World, doors};

/// What a seed plants.
fn fault(seed: usize) -> Fault {
    // Every permission that some operation needs is left unchecked once; the rest swap the team.
    let needed: Vec<Permission> = {
        let mut all: Vec<_> =
            doors::operations().into_iter().filter_map(|o| o.permission).collect();
        all.sort_unstable();
        all.dedup();
        all
    };
    needed.get(seed).map_or(Fault::WrongTeam, |permission| Fault::NoCheck(*permission))
}

#[tokio::test(flavor = "multi_thread")]
async fn each_of_twenty_planted_faults_is_caught() {
    let mut missed = Vec::new();
    for seed in 0..20 {
        let fault = fault(seed);
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
