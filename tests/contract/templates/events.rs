//! Templates in the audit.

use serde_json::{Value, json};
use windlass_tests::TestApp;

use super::support::{put, run, with_payload};

#[tokio::test]
async fn of_a_template_the_event_says_what_happened() {
    let app = TestApp::start().await;
    put(&app, "a", with_payload(1)).await;
    put(&app, "a", with_payload(1)).await;
    put(&app, "a", with_payload(2)).await;
    put(&app, "b", with_payload(1)).await;
    run(&app, "a", json!({})).await.expect(201);
    app.delete("/v1/templates/a").await.has(204);
    app.settle_events().await;
    let told = |events: Vec<Value>| -> Vec<(Value, Value, Value)> {
        events
            .into_iter()
            .map(|event| (event["template"].clone(), event["from"].clone(), event["to"].clone()))
            .collect()
    };
    let change = |name: &str, to: &str| (json!(name), json!(null), json!(to));
    let of_a = [change("a", "created"), change("a", "created"), change("a", "deleted")];
    assert_eq!(told(app.walk_events("?template=a").await), of_a);
    assert_eq!(
        told(app.walk_events("?entity=template&to=created").await),
        [change("a", "created"), change("a", "created"), change("b", "created")]
    );
    let all = app.walk_events("").await;
    for event in &all {
        assert_eq!(event["template"].is_null(), event["entity"] != "template", "{event}");
        if event["entity"] == "template" {
            let none = ["pipeline_id", "job_id", "task_id", "type", "flag", "correlation_id", "worker_id"];
            assert!(none.iter().all(|member| event[member].is_null()), "{event}");
            assert_eq!(event["actor"], "client");
        }
    }
    app.finish().await;
}
