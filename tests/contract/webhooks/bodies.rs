//! The three formats, and what belongs to each kind of event.

use serde_json::{Value, json};
use windlass_server::Settings;
use windlass_tests::{TestApp, id};

use super::receiver::{Got, Receiver};
use super::support::{allowing, fail, start, submit, webhook};

fn with_url() -> Settings {
    Settings { public_url: Some("https://jobs.example/windlass".parse().unwrap()), ..allowing() }
}

/// What came of this type.
async fn of(receiver: &Receiver, count: usize, kind: &str) -> Got {
    let got = receiver.wait_for(count).await;
    got.into_iter().find(|got| got.kind() == kind).unwrap_or_else(|| panic!("no {kind}"))
}

#[tokio::test]
async fn jobs_and_tasks_come_with_what_they_belong_to() {
    let (app, receiver) = (start().await, Receiver::start().await);
    webhook(&app, &receiver, json!(["job.failed", "task.failed", "task.running"]), json!({})).await;
    let pipeline = fail(&app, json!({"jobs": [{"key": "a", "type": "a", "tasks": [{"payload": {"secret": 1}, "metadata": {"n": 100.0}}]}]})).await;
    let job = of(&receiver, 3, "job.failed").await.json();
    let shown = app.pipeline(&pipeline).await["jobs"][0].clone();
    assert_eq!(job["data"]["job"], shown);
    assert_eq!(
        (&job["data"]["pipeline"]["id"], &job["data"]["error"]["category"]),
        (&pipeline["id"], &json!("data_error"))
    );
    assert!(job["data"].get("task").is_none());
    let got = of(&receiver, 3, "task.failed").await;
    assert!(got.body.contains(r#""metadata":{"n":100.0}"#), "as it was sent: {}", got.body);
    let task = got.json();
    let mut listed = app.tasks(&shown).await.remove(0);
    for hidden in ["payload", "result"] {
        assert!(task["data"]["task"].get(hidden).is_none(), "{hidden}");
        listed.as_object_mut().unwrap().remove(hidden);
    }
    assert_eq!(task["data"]["task"], listed);
    assert_eq!(
        (&task["data"]["job"]["key"], &task["data"]["error"]["message"]),
        (&json!("a"), &json!("row <7> is & empty"))
    );
    let running = of(&receiver, 3, "task.running").await.json();
    assert!(running["data"].get("error").is_none());
    app.finish().await;
}

#[tokio::test]
async fn events_of_schedules_have_no_pipeline() {
    let (app, receiver) = (start().await, Receiver::start().await);
    webhook(&app, &receiver, json!(["schedule.*"]), json!({})).await;
    let put = app
        .put("/v1/templates/t", json!({"pipeline": {"name": "made", "jobs": [{"key": "a", "type": "a"}]}}))
        .await;
    put.expect(201);
    app.put("/v1/schedules/s", json!({"every_seconds": 3600, "template": {"name": "t"}})).await.expect(201);
    app.put("/v1/templates/t", super::support::demanding()).await.expect(201);
    app.advance(3_700).await;
    let got = receiver.wait_for(1).await.remove(0).json();
    assert_eq!(got["type"], "schedule.failed");
    assert_eq!(
        (&got["data"]["event"]["schedule"], &got["data"]["event"]["entity"]),
        (&json!("s"), &json!("schedule"))
    );
    assert_eq!(got["data"].as_object().unwrap().len(), 1, "{got}");
    app.finish().await;
}

#[tokio::test]
async fn a_cloud_event_is_structured() {
    let app = TestApp::start_with(with_url()).await;
    let (receiver, plain) = (Receiver::start().await, Receiver::start().await);
    webhook(&app, &receiver, json!(["job.failed"]), json!({"format": "cloudevents"})).await;
    webhook(&app, &plain, json!(["job.failed"]), json!({})).await;
    let pipeline = fail(&app, json!({})).await;
    let got = receiver.wait_for(1).await.remove(0);
    assert_eq!(got.header("content-type"), "application/cloudevents+json");
    let event = got.json();
    let job = app.pipeline(&pipeline).await["jobs"][0].clone();
    let expected = json!({
        "specversion": "1.0", "id": got.header("webhook-id"), "source": "https://jobs.example/windlass", "type": "windlass.job.failed",
        "subject": id(&job), "time": event["data"]["event"]["at"], "datacontenttype": "application/json",
        "data": plain.wait_for(1).await[0].json()["data"]
    });
    assert_eq!(event, expected);
    let app = {
        app.finish().await;
        start().await
    };
    webhook(&app, &receiver, json!(["pipeline.pending"]), json!({"format": "cloudevents"})).await;
    submit(&app, json!({})).await;
    assert_eq!(receiver.wait_for(2).await[1].json()["source"], "urn:windlass");
    app.finish().await;
}

#[tokio::test]
async fn a_message_for_a_chat_says_what_failed_and_where_it_is() {
    let app = TestApp::start_with(with_url()).await;
    let receiver = Receiver::start().await;
    webhook(&app, &receiver, json!(["pipeline.failed"]), json!({"format": "slack"})).await;
    let pipeline = fail(&app, json!({"name": "<!channel> & co"})).await;
    let got = receiver.wait_for(1).await.remove(0);
    assert_eq!(got.header("content-type"), "application/json");
    let body = got.json();
    assert_eq!(body.as_object().unwrap().len(), 1);
    let text = body["text"].as_str().unwrap();
    let link = format!("https://jobs.example/windlass/ui/pipelines/{}", id(&pipeline));
    for said in [
        "pipeline &lt;!channel&gt; &amp; co failed",
        "job a: data_error: row &lt;7&gt; is &amp; empty",
        &link,
    ] {
        assert!(text.contains(said), "{said} in {text}");
    }
    app.finish().await;
}

#[tokio::test]
async fn a_long_message_is_cut_to_3000_characters_and_keeps_its_link() {
    let app = TestApp::start_with(with_url()).await;
    let receiver = Receiver::start().await;
    webhook(&app, &receiver, json!(["pipeline.failed"]), json!({"format": "slack"})).await;
    let pipeline = submit(&app, json!({})).await;
    let leased = app.lease("a").await;
    let error = json!({"category": "unknown", "message": "<".repeat(4_000)});
    app.fail_with(&leased, json!({"retry": "never", "error": error})).await;
    let body: Value = receiver.wait_for(1).await[0].json();
    let text = body["text"].as_str().unwrap();
    assert!((2_990..=3_000).contains(&text.chars().count()), "{}", text.chars().count());
    assert!(
        text.ends_with(&format!("/ui/pipelines/{}", id(&pipeline))) && text.contains("&lt;…\n"),
        "{text}"
    );
    app.finish().await;
}

#[tokio::test]
async fn over_64_kib_metadata_is_left_out() {
    let (app, receiver) = (start().await, Receiver::start().await);
    webhook(&app, &receiver, json!(["pipeline.pending"]), json!({})).await;
    submit(&app, json!({"metadata": {"text": "x".repeat(60_000)}})).await;
    submit(&app, json!({"metadata": {"text": "x".repeat(70_000)}})).await;
    let got = receiver.wait_for(2).await;
    let mut kept: Vec<bool> =
        got.iter().map(|got| got.json()["data"]["pipeline"].get("metadata").is_some()).collect();
    kept.sort_unstable();
    assert_eq!(kept, [false, true]);
    assert!(
        got.iter().all(|got| got.json()["data"]["pipeline"]["name"] == "tiles" && got.body.len() <= 65_536)
    );
    app.finish().await;
}
