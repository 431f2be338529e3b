//! Functions from outside: versions, going back, what a text is checked for.

use croft_tests::{Person, World};
use serde_json::{Value, json};

const AT: &str = "/projects/blog/functions/hello";

async fn deploy(person: &Person<'_>, source: &str) -> Value {
    person.put(AT, json!({ "source": source })).await.expect(200).json
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_goes_back_to_an_older_version_and_forward_again() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    ada.project("Blog").await;
    for source in ["let n = 1;\n\"one\"\n", "let n = 1;\n\"two\"\n", "let n = 1;\n\"three\"\n"] {
        deploy(&ada, source).await;
    }
    let again = deploy(&ada, "let n = 1;\n\"three\"\n").await;
    assert_eq!(again["version"], 3, "the same text again is no other version");

    let listed = ada.get(&format!("{AT}/versions")).await.expect(200).json;
    let row = |v: &Value| (v["number"].as_i64().unwrap(), v["active"].as_bool().unwrap());
    let rows: Vec<_> = listed["items"].as_array().unwrap().iter().map(row).collect();
    assert_eq!(rows, [(3, true), (2, false), (1, false)]);
    assert!(listed["items"][0].get("source").is_none(), "a list carries no texts: {listed}");
    assert_eq!(listed["items"][0]["created_by"], "ada");

    let back = ada.post(&format!("{AT}/versions/1/activate"), json!({})).await.expect(200).json;
    assert_eq!((&back["version"], &back["source"]), (&json!(1), &json!("let n = 1;\n\"one\"\n")));
    assert_eq!(ada.get(AT).await.expect(200).json["version"], 1);
    // Going back is no new version; the next deployment counts on.
    assert_eq!(deploy(&ada, "\"four\"\n").await["version"], 4);
    ada.post(&format!("{AT}/versions/3/activate"), json!({})).await.expect(200);
    let third = ada.get(&format!("{AT}/versions/3")).await.expect(200).json;
    assert_eq!(
        (&third["active"], &third["source"]),
        (&json!(true), &json!("let n = 1;\n\"three\"\n"))
    );
    let missing = ada.get(&format!("{AT}/versions/9")).await.expect_problem(404, "not_found");
    assert!(missing.text("detail").contains("croft function versions hello"));

    let team = ada.team().await;
    let audit = ada.get(&format!("/teams/{team}/audit")).await.expect(200).json;
    let last = &audit["items"][0];
    assert_eq!(last["action"], "function.activate");
    assert_eq!((&last["before"]["version"], &last["after"]["version"]), (&json!(4), &json!(3)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_difference_is_a_unified_diff() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    ada.project("Blog").await;
    deploy(&ada, "let a = 1;\na\n").await;
    deploy(&ada, "let a = 2;\na\n").await;
    let diff = async |query: &str| {
        ada.get(&format!("{AT}/versions/{query}")).await.expect(200).text("unified").to_owned()
    };
    let change = "--- version 1\n+++ version 2\n@@ -1,2 +1,2 @@\n-let a = 1;\n+let a = 2;\n a\n";
    assert_eq!(diff("2/diff").await, change);
    assert_eq!(diff("2/diff?against=1").await, change);
    assert_eq!(diff("2/diff?against=2").await, "");
    assert!(diff("1/diff").await.contains("+let a = 1;\n+a\n"), "the first is all new");
    ada.get(&format!("{AT}/versions/2/diff?against=7")).await.expect_problem(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_in_a_text_is_shown_where_it_is() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    ada.project("Blog").await;
    let check = async |source: &str| {
        let body = json!({ "source": source });
        ada.post(&format!("{AT}/check"), body).await.expect(200).json["problems"].clone()
    };
    assert_eq!(check("1 + 1").await, json!([]));
    let source = "let a = 1;\n  let b = nothing;\na";
    let problems = check(source).await;
    let problem = &problems[0];
    assert_eq!((&problem["line"], &problem["text"]), (&json!(2), &json!("  let b = nothing;")));
    assert!(problem["message"].as_str().unwrap().contains("nothing"), "{problem}");
    let refused = ada.put(AT, json!({ "source": source })).await.expect_problem(422, "invalid");
    let said = refused.json.to_string();
    assert!(said.contains("line 2") && said.contains("in `let b = nothing;`"), "{said}");
    ada.get(AT).await.expect_problem(404, "not_found");
}
