//! Events: in order, without gaps, whoever writes beside whom; and streams that end with the rights
//! of who follows.

use croft_tests::World;
use futures_util::future::join_all;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn sequences_have_no_gaps_and_no_doubles_under_concurrent_writers() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    ada.project("Busy").await;
    let writers = (0..40).map(|i| {
        let ada = ada.clone();
        async move {
            let path = format!("/projects/busy/variables/production/KEY_{}", i % 7);
            ada.put(&path, json!({ "value": i.to_string() })).await.expect(200);
        }
    });
    join_all(writers).await;
    let (mut query, mut seen) = (String::new(), Vec::new());
    loop {
        let page = ada.get(&format!("/projects/busy/events?limit=9{query}")).await.expect(200);
        let items = page.json["items"].as_array().unwrap();
        seen.extend(items.iter().map(|e| e["sequence"].as_i64().unwrap()));
        let Some(next) = page.json["next"].as_str() else { break };
        query = format!("&after={next}");
    }
    seen.reverse();
    assert_eq!(seen, (1..=41).collect::<Vec<_>>(), "the project's making and forty values");
}
