//! The one queue (docs/adr/0004): taken once by whoever comes, taken again from who does not finish,
//! later after a failure, and in turns between teams.

#![allow(clippy::unwrap_used)]

use std::collections::HashSet;

use croft_model::{due::DueKind, id::TeamId};
use croft_store::{Purpose, teams::Team};
use croft_tests::World;
use futures_util::future::join;
use time::Duration;
use uuid::Uuid;

const HOLD: Duration = Duration::seconds(60);

async fn team(world: &World) -> TeamId {
    let id: TeamId = world.app.id();
    let mut tx = world.app.store.system(Purpose::Join).await.unwrap();
    let team =
        Team { id, name: "T".parse().unwrap(), personal_of: None, created_at: world.app.now() };
    tx.add_team(&team).await.unwrap();
    tx.commit().await.unwrap();
    id
}

async fn put(world: &World, team: TeamId, count: u128) {
    let mut tx = world.app.store.system(Purpose::Reconcile).await.unwrap();
    for n in 0..count {
        let id = Uuid::from_u128(team.uuid().as_u128() ^ n);
        tx.set_due(DueKind::ProjectPurge, id, Some(team), world.app.now()).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn take(world: &World, who: &str, limit: i64) -> Vec<croft_store::due::Due> {
    let mut tx = world.app.store.system(Purpose::Reconcile).await.unwrap();
    let taken = tx.take_due(world.app.now(), limit, who, HOLD).await.unwrap();
    tx.commit().await.unwrap();
    taken
}

#[tokio::test(flavor = "multi_thread")]
async fn two_workers_at_once_never_have_the_same_thing() {
    let world = World::empty().await;
    let team = team(&world).await;
    put(&world, team, 60).await;
    let mut seen = HashSet::new();
    for _ in 0..10 {
        let (a, b) = join(take(&world, "a", 4), take(&world, "b", 4)).await;
        for due in a.into_iter().chain(b) {
            assert!(seen.insert(due.id), "taken twice: {}", due.id);
        }
    }
    assert!(seen.len() >= 40, "both go on: {}", seen.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_dead_worker_held_is_taken_again() {
    let world = World::empty().await;
    let team = team(&world).await;
    put(&world, team, 1).await;
    assert_eq!(take(&world, "dies", 10).await.len(), 1);
    assert_eq!(take(&world, "next", 10).await.len(), 0, "it is held");
    world.clock.advance(HOLD + Duration::SECOND);
    assert_eq!(take(&world, "next", 10).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_is_counted_and_tried_later_and_a_late_finisher_changes_nothing() {
    let world = World::empty().await;
    let team = team(&world).await;
    put(&world, team, 1).await;
    let due = take(&world, "slow", 10).await.remove(0);
    world.clock.advance(HOLD + Duration::SECOND);
    let again = take(&world, "quick", 10).await.remove(0);
    let later = world.app.now() + Duration::minutes(5);
    let mut tx = world.app.store.system(Purpose::Reconcile).await.unwrap();
    // Not the holder any more: what it says is not heard.
    tx.put_back(&due, "slow", world.app.now(), None).await.unwrap();
    tx.put_back(&again, "quick", later, Some("no answer")).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(take(&world, "next", 10).await.len(), 0, "its time has not come");
    world.clock.advance(Duration::minutes(6));
    let third = take(&world, "next", 10).await.remove(0);
    assert_eq!(third.attempts, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_team_with_much_to_do_does_not_keep_others_waiting() {
    let world = World::empty().await;
    let (loud, quiet) = (team(&world).await, team(&world).await);
    put(&world, loud, 50).await;
    world.clock.advance(Duration::SECOND);
    put(&world, quiet, 2).await;
    let taken = take(&world, "a", 4).await;
    let of_quiet = taken.iter().filter(|due| due.team == Some(quiet)).count();
    assert_eq!((taken.len(), of_quiet), (4, 2), "each team has its turn");
}
