//! No door is left untested: every operation of the OpenAPI document, tried by everyone who may not.

use croft_tests::{World, doors};

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_refuses_everyone_who_may_not() {
    let world = World::new().await;
    let wrong = doors::try_all(&world).await;
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_public_list_names_operations_that_exist() {
    let known: Vec<String> = doors::operations().into_iter().map(|o| o.id).collect();
    for id in doors::public() {
        assert!(known.contains(&id), "{id} is in public.txt and not in the API");
    }
}
