//! Filters: all that is set has to hold.

use serde_json::{Value, json};
use windlass_tests::TestApp;

use super::receiver::Receiver;
use super::support::{start, webhook};

/// The names of the pipelines that a webhook with this filter is told of, beside a marker at the end.
async fn told(app: &TestApp, receiver: &Receiver, count: usize) -> Vec<String> {
    let got = receiver.wait_for(count).await;
    let mut names: Vec<String> = got
        .iter()
        .map(|got| {
            let data = &got.json()["data"];
            data["pipeline"]["name"].as_str().or(data["event"]["schedule"].as_str()).unwrap().to_owned()
        })
        .collect();
    names.sort();
    app.settle_events().await;
    assert_eq!(receiver.got().len(), count, "{names:?}");
    names
}

#[tokio::test]
async fn conditions_on_the_pipeline_all_have_to_hold() {
    let app = start().await;
    let mut receivers = Vec::new();
    for filter in [
        json!({"pipeline_name": "one"}),
        json!({"metadata": {"team": "a"}}),
        json!({"metadata": {"team": "a", "stage": "b"}}),
        json!({"pipeline_name": "two", "metadata": {"team": "a"}}),
        json!({"template": "t"}),
        json!({"types": ["x"]}),
        json!({}),
    ] {
        let receiver = Receiver::start().await;
        webhook(&app, &receiver, json!(["pipeline.pending"]), json!({"filter": filter})).await;
        receivers.push(receiver);
    }
    let job = json!([{"key": "x", "type": "x"}]);
    app.submit_with(json!({"name": "one", "jobs": job, "metadata": {"team": "a", "stage": "b"}})).await;
    app.submit_with(json!({"name": "two", "jobs": job, "metadata": {"team": "a", "stage": 1}})).await;
    app.submit_with(json!({"name": "three", "jobs": job, "metadata": {"team": "A"}})).await;
    app.put("/v1/templates/t", json!({"pipeline": {"name": "made", "jobs": job}})).await.expect(201);
    app.post("/v1/templates/t/pipelines", json!({})).await.expect(201);
    let expected: [&[&str]; 7] =
        [&["one"], &["one", "two"], &["one"], &["two"], &["made"], &[], &["made", "one", "three", "two"]];
    for (receiver, expected) in
        receivers[..6].iter().zip(expected).filter(|(_, expected)| !expected.is_empty())
    {
        let got = receiver.wait_for(expected.len()).await;
        let mut names: Vec<Value> =
            got.iter().map(|got| got.json()["data"]["pipeline"]["name"].clone()).collect();
        names.sort_by_key(ToString::to_string);
        assert_eq!(names, expected.iter().map(|name| json!(name)).collect::<Vec<_>>());
    }
    receivers[6].wait_for(4).await;
    assert!(receivers[5].got().is_empty(), "pipelines have no type");
    for (receiver, expected) in receivers[..6].iter().zip(expected) {
        assert_eq!(receiver.got().len(), expected.len());
    }
    app.finish().await;
}

#[tokio::test]
async fn types_are_of_jobs_and_their_tasks() {
    let (app, receiver) = (start().await, Receiver::start().await);
    let events = json!(["job.queued", "task.running", "pipeline.*"]);
    webhook(&app, &receiver, events, json!({"filter": {"types": ["x", "y"]}})).await;
    app.submit_with(json!({"name": "n", "jobs": [{"key": "x", "type": "x"}, {"key": "z", "type": "z"}]}))
        .await;
    app.lease("z").await;
    app.lease("x").await;
    assert_eq!(receiver.kinds(2).await, ["job.queued", "task.running"]);
    assert!(receiver.got().iter().all(|got| got.json()["data"]["event"]["type"] == "x"));
    assert_eq!(told(&app, &receiver, 2).await, ["n", "n"]);
    app.finish().await;
}

#[tokio::test]
async fn events_of_schedules_match_schedule_and_template_only() {
    let app = start().await;
    let mut receivers = Vec::new();
    for filter in [
        json!({"schedule": "s"}),
        json!({"template": "t"}),
        json!({"schedule": "s", "template": "other"}),
        json!({"schedule": "s", "metadata": {"a": "b"}}),
        json!({"pipeline_name": "made"}),
        json!({"types": ["x"]}),
    ] {
        let receiver = Receiver::start().await;
        webhook(&app, &receiver, json!(["schedule.*"]), json!({"filter": filter})).await;
        receivers.push(receiver);
    }
    let template = json!({"pipeline": {"name": "made", "jobs": [{"key": "x", "type": "x"}]}});
    app.put("/v1/templates/t", template).await.expect(201);
    app.put("/v1/schedules/s", json!({"every_seconds": 3600, "template": {"name": "t"}})).await.expect(201);
    app.put("/v1/templates/t", super::support::demanding()).await.expect(201);
    app.advance(3_700).await;
    receivers[0].wait_for(1).await;
    receivers[1].wait_for(1).await;
    assert!(receivers[2..].iter().all(|receiver| receiver.got().is_empty()));
    app.finish().await;
}
