//! Who made a change, as the audit shows it.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use windlass_tests::{TestApp, id};

/// All events of what has been answered.
async fn events(app: &TestApp, key: &str) -> Vec<Value> {
    app.database().outwait_writers().await;
    let page = app.calls(key).get("/v1/events?limit=500").await.expect(200);
    page["items"].as_array().unwrap().clone()
}

fn of<'a>(events: &'a [Value], entity: &str, to: &str) -> &'a Value {
    let of = |event: &&Value| event["entity"] == entity && event["to"] == to;
    events.iter().find(of).unwrap_or_else(|| panic!("no {entity} to {to}"))
}

#[tokio::test]
async fn an_event_names_the_key_of_its_caller_and_none_for_what_the_server_did() {
    let app = TestApp::start_with_keys().await;
    let make = async |name: &str, scopes: &[&str]| {
        let key = windlass_store::testing_keys::TestKey { name, scopes, ..Default::default() };
        let (id, text) = app.database().make_key(&key).await;
        (json!(id), text)
    };
    let (producer, producing) = make("ci", &["produce"]).await;
    let (worker, works) = make("farm", &["work"]).await;
    app.calls(&*producing).post("/v1/jobs", json!({"type": "t"})).await.expect(201);
    let asked = json!({"types": ["t"], "worker_id": "w"});
    let leased = app.calls(&*works).post("/v1/tasks/dequeue", asked).await.expect(200)["tasks"][0].clone();
    let path = format!("/v1/tasks/{}/complete", id(&leased));
    let report = json!({"lease_token": leased["lease_token"]});
    app.calls(&*works).post(&path, report).await.expect(200);
    let events = events(&app, &producing).await;
    for (entity, to, actor, caller, caller_id) in [
        ("pipeline", "pending", "client", json!("ci"), producer),
        ("task", "running", "worker", json!("farm"), worker.clone()),
        ("task", "succeeded", "worker", json!("farm"), worker),
        ("job", "succeeded", "server", Value::Null, Value::Null),
        ("pipeline", "succeeded", "server", Value::Null, Value::Null),
    ] {
        let event = of(&events, entity, to);
        assert_eq!(
            (&event["actor"], &event["caller"], &event["caller_id"]),
            (&json!(actor), &caller, &caller_id),
            "{event}"
        );
        assert!(event["key_id"].is_null(), "{event}");
    }
    app.finish().await;
}

#[tokio::test]
async fn the_bootstrap_key_has_a_name_and_no_id() {
    let app = TestApp::start_with_keys().await;
    let text = "b".repeat(40);
    app.bootstrap_key().set(Some(&text)).unwrap();
    app.calls(&*text).post("/v1/jobs", json!({"type": "t"})).await.expect(201);
    let events = events(&app, &text).await;
    let created = of(&events, "pipeline", "pending");
    assert_eq!((&created["caller"], &created["caller_id"]), (&json!("bootstrap"), &Value::Null));
    app.finish().await;
}

#[tokio::test]
async fn what_the_bootstrap_key_defines_is_its_own_and_what_time_makes_of_it_the_servers() {
    let app = TestApp::start_with_keys().await;
    let text = "b".repeat(40);
    app.bootstrap_key().set(Some(&text)).unwrap();
    let calls = app.calls(&*text);
    let template = json!({"pipeline": {"name": "n", "jobs": [{"key": "a", "type": "t"}]}});
    let made = calls.put("/v1/templates/t", template).await.expect(201);
    assert_eq!(made["created_by"], "bootstrap");
    let schedule = json!({"every_seconds": 3_600, "template": {"name": "t"}});
    calls.put("/v1/schedules/s", schedule).await.expect(201);
    let triggered = calls.post("/v1/schedules/s/trigger", json!({})).await.expect(201);
    app.advance(3_600).await;
    let by_time = windlass_tests::eventually("the schedule has run", || async {
        let runs = calls.get("/v1/schedules/s/runs").await.expect(200);
        let mut runs = runs["items"].as_array().unwrap().iter();
        runs.find(|run| run["outcome"] == "created").map(|run| run["pipeline_id"].clone())
    })
    .await;
    let events = events(&app, &text).await;
    let by = |event: &Value| [event["actor"].clone(), event["caller"].clone(), event["caller_id"].clone()];
    let bootstrap = [json!("client"), json!("bootstrap"), Value::Null];
    for entity in ["template", "schedule"] {
        assert_eq!(by(of(&events, entity, "created")), bootstrap, "{entity}");
    }
    let of_pipeline = |id: &Value| {
        let mut began =
            events.iter().filter(|event| event["to"] == "pending" && event["entity"] == "pipeline");
        by(began.find(|event| event["pipeline_id"] == *id).unwrap())
    };
    assert_eq!(of_pipeline(&triggered["id"]), bootstrap);
    assert_eq!(of_pipeline(&by_time), [json!("server"), Value::Null, Value::Null]);
    app.finish().await;
}

#[tokio::test]
async fn dequeues_and_reports_of_one_batch_keep_their_callers_apart() {
    let app = TestApp::start_with_keys().await;
    let admin = app.key("admin", &["admin"]).await;
    let mut workers = Vec::new();
    for number in 0..8 {
        app.calls(&*admin).post("/v1/jobs", json!({"type": "t"})).await.expect(201);
        let name = format!("worker-{number}");
        workers.push((app.key(&name, &["work"]).await, name));
    }
    let calls = &app;
    let run = workers.iter().map(|(key, name)| async move {
        let asked = json!({"types": ["t"], "worker_id": name, "wait_seconds": 10});
        let leased =
            calls.calls(&**key).post("/v1/tasks/dequeue", asked).await.expect(200)["tasks"][0].clone();
        let report = json!({"lease_token": leased["lease_token"]});
        calls.calls(&**key).post(&format!("/v1/tasks/{}/complete", id(&leased)), report).await.expect(200);
    });
    futures_util::future::join_all(run).await;
    let events = events(&app, &admin).await;
    let of_workers: Vec<&Value> = events.iter().filter(|event| event["actor"] == "worker").collect();
    assert_eq!(of_workers.len(), 16);
    for event in of_workers {
        assert_eq!(event["caller"], event["worker_id"], "{event}");
    }
    app.finish().await;
}

#[tokio::test]
async fn a_control_names_the_key_of_who_gave_it() {
    let app = TestApp::start_with_keys().await;
    let key = app.key("operator", &["operate"]).await;
    let calls = app.calls(&*key);
    let pipeline = calls
        .post("/v1/pipelines", json!({"name": "p", "jobs": [{"key": "a", "type": "t"}]}))
        .await
        .expect(201);
    let path = format!("/v1/pipelines/{}", id(&pipeline));
    for verb in ["pause", "resume", "cancel", "retry"] {
        calls.post(&format!("{path}/{verb}"), json!({})).await.expect(200);
    }
    app.send(calls.request(Method::PATCH, "/v1/queues/t").json(&json!({"paused": true}))).await.expect(200);
    let events = events(&app, &key).await;
    for event in events.iter().filter(|event| event["actor"] == "client") {
        assert_eq!(event["caller"], "operator", "{event}");
    }
    let flags: Vec<&str> = events.iter().filter_map(|event| event["flag"].as_str()).collect();
    assert!(flags.contains(&"paused") && flags.contains(&"resumed"), "{flags:?}");
    assert_eq!(events.iter().filter(|event| event["entity"] == "queue").count(), 1);
    app.finish().await;
}

#[tokio::test]
async fn the_stream_shows_callers_as_the_list_does() {
    let app = TestApp::start_with_keys().await;
    let key = app.key("follower", &["admin"]).await;
    let mut response = app.calls(&*key).request(Method::GET, "/v1/events/stream").send().await.unwrap();
    assert_eq!(response.status(), 200);
    app.calls(&*key).post("/v1/jobs", json!({"type": "t"})).await.expect(201);
    let mut seen = String::new();
    while !seen.contains("\"caller\":\"follower\"") {
        let next =
            tokio::time::timeout(Duration::from_secs(20), response.chunk()).await.expect("it comes in time");
        seen.push_str(std::str::from_utf8(&next.unwrap().unwrap()).unwrap());
    }
    drop(response);
    app.finish().await;
}
