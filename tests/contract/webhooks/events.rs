//! What happens to webhooks is in the audit.

use serde_json::{Value, json};
use windlass_tests::{TestApp, id};

use super::support::path;

#[tokio::test]
async fn what_people_do_with_a_webhook_is_in_the_audit() {
    let app = TestApp::start().await;
    let made =
        app.post("/v1/webhooks", json!({"url": "https://hooks.example", "events": ["*"]})).await.expect(201);
    app.patch(&path(&made), json!({"format": "slack"})).await.expect(200);
    app.patch(&path(&made), json!({"format": "slack"})).await.expect(200);
    app.post(&format!("{}/pause", path(&made)), json!({"reason": "moving"})).await.expect(200);
    app.verb(&path(&made), "resume").await;
    app.verb(&path(&made), "rotate-secret").await;
    app.delete(&path(&made)).await.has(204);
    let events = app.walk_events("?entity=webhook").await;
    let told: Vec<(&Value, &Value, &Value)> =
        events.iter().map(|event| (&event["from"], &event["to"], &event["flag"])).collect();
    let (null, paused, resumed) = (json!(null), json!("paused"), json!("resumed"));
    let words = ["created", "changed", "rotated", "deleted"].map(|word| json!(word));
    assert_eq!(
        told,
        [
            (&null, &words[0], &null),
            (&null, &words[1], &null),
            (&paused, &paused, &paused),
            (&resumed, &resumed, &resumed),
            (&null, &words[2], &null),
            (&null, &words[3], &null),
        ]
    );
    assert_eq!(events[2]["reason"], "moving");
    for event in &events {
        assert_eq!((event["webhook_id"].as_str(), &event["entity"]), (Some(id(&made)), &json!("webhook")));
        assert_eq!((&event["pipeline_id"], &event["actor"]), (&Value::Null, &json!("client")));
    }
    let changed = app.walk_events("?entity=webhook&to=changed").await;
    assert_eq!(changed.len(), 1);
    app.finish().await;
}
