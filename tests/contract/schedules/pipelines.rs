//! Pipelines that schedules made.

use serde_json::{Value, json};
use windlass_tests::id;

use super::support::{hourly, runs_until, schedule};

#[tokio::test]
async fn pipelines_have_schedule_and_lists_and_bulk_verbs_are_narrowed_by_it() {
    let app = hourly(json!({})).await;
    let by_hand = app.submit(json!([{"key": "x", "type": "x"}])).await;
    assert_eq!(by_hand["schedule"], Value::Null);
    app.advance(3_601).await;
    let run = runs_until(&app, "s", 1, "created").await.remove(0);
    schedule(&app, "other", json!({"every_seconds": 3_600})).await;
    app.post("/v1/schedules/other/trigger", json!({})).await.expect(201);
    for further in ["", "&state=pending", "&name=made", "&metadata.schedule=s", "&template=t"] {
        let found = app.walk(&format!("/v1/pipelines?schedule=s{further}")).await;
        let ids: Vec<&str> = found.iter().map(id).collect();
        assert_eq!(ids, [run["pipeline_id"].as_str().unwrap()], "{further}");
    }
    assert_eq!(app.walk("/v1/pipelines?schedule=s&state=failed").await, Vec::<Value>::new());
    assert_eq!(app.walk("/v1/pipelines?schedule=none").await, Vec::<Value>::new());
    app.get("/v1/pipelines?schedule=").await.problem(400, "malformed_request");
    let order = json!({"filter": {"schedule": "s"}, "dry_run": false});
    let bulked = app.post("/v1/pipelines/cancel", order).await.expect(200);
    assert_eq!((&bulked["matched"], &bulked["changed"]), (&json!(1), &json!(1)));
    let wrong = json!({"filter": {"schedule": null}});
    assert_eq!(app.post("/v1/pipelines/cancel", wrong).await.invalid(), ["/filter/schedule"]);
    app.finish().await;
}

#[tokio::test]
async fn the_pipeline_of_a_run_is_the_servers_doing() {
    let app = hourly(json!({})).await;
    app.advance(3_601).await;
    let run = runs_until(&app, "s", 1, "created").await.remove(0);
    let query = format!("?pipeline_id={}&entity=pipeline", run["pipeline_id"].as_str().unwrap());
    assert_eq!(app.walk_events(&query).await[0]["actor"], "server");
    let triggered = app.post("/v1/schedules/s/trigger", json!({})).await.expect(201);
    let query = format!("?pipeline_id={}&entity=pipeline", id(&triggered));
    assert_eq!(app.walk_events(&query).await[0]["actor"], "client");
    app.finish().await;
}
