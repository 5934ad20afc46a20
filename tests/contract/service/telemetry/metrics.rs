//! `GET /metrics`: all that is documented, nothing else, and never more than a bounded number of series.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};
use windlass_server::{AllowedAddresses, Settings, Webhooks};
use windlass_tests::{TestApp, eventually, job};

use super::table::{documented, emitted, samples};

/// The samples of a metric that have these labels.
async fn values(app: &TestApp, name: &str, labels: &[(&str, &str)]) -> Vec<String> {
    let text = app.get("/metrics").await.has(200).text.clone();
    let has = |found: &BTreeMap<String, String>| {
        labels.iter().all(|(label, value)| found.get(*label).is_some_and(|found| found == value))
    };
    let samples = samples(&text).into_iter().filter(|(found, labels, _)| found == name && has(labels));
    samples.map(|(_, _, value)| value).collect()
}

/// The one sample of a metric that has these labels.
async fn value(app: &TestApp, name: &str, labels: &[(&str, &str)]) -> String {
    let mut values = values(app, name, labels).await;
    assert_eq!(values.len(), 1, "{name} {labels:?}");
    values.remove(0)
}

/// A job whose failed attempts are tried again at once.
fn stubborn(key: &str) -> Value {
    job(key, json!({"retry": {"initial_delay_seconds": 0}}))
}

/// Every way an attempt can end, on types that begin with `seen-`.
async fn walk(app: &TestApp) {
    app.submit(json!([job("seen-a", json!({})), job("seen-waits", json!({}))])).await;
    app.get("/v1/nothing").await.has(404);
    app.expect_nothing_to_lease("seen-nothing").await;
    let leased = app.lease("seen-a").await;
    app.report(&leased, "heartbeat", json!({})).await.expect(200);
    app.report(&leased, "progress", json!({"current": 1})).await.expect(200);
    app.report(&leased, "log", json!({"lines": [{"message": "seen"}]})).await.expect(200);
    app.complete(&leased).await;
    app.report(&leased, "fail", json!({"error": {"category": "unknown", "message": "late"}}))
        .await
        .problem(409, "lease_lost");
    app.submit(json!([stubborn("seen-b")])).await;
    let leased = app.lease("seen-b").await;
    app.fail_with(&leased, json!({"error": {"category": "network_error", "message": "it broke"}})).await;
    let leased = app.lease("seen-b").await;
    app.report(&leased, "release", json!({})).await.expect(200);
    let leased = app.lease("seen-b").await;
    app.verb(&format!("/v1/jobs/{}", leased["job_id"].as_str().unwrap()), "cancel").await;
    app.submit(json!([job("seen-c", json!({"retry": {"max_attempts": 1}}))])).await;
    let leased = app.lease("seen-c").await;
    let template = json!({"pipeline": {"name": "t", "jobs": [{"key": "a", "type": "seen-d"}]}});
    put(app, "/v1/templates/t", &template).await;
    put(app, "/v1/schedules/s", &json!({"every_seconds": 60, "template": {"name": "t"}})).await;
    app.advance(61).await;
    eventually("the schedule has run", || async {
        let runs = app.get("/v1/schedules/s/runs").await.expect(200);
        (runs["items"][0]["outcome"] == "created").then_some(())
    })
    .await;
    app.post("/v1/templates/t/preview", json!({"parameters": {"none": 1}})).await.invalid();
    eventually("the lease is swept", || async {
        (app.task(&leased).await["state"] == "failed").then_some(())
    })
    .await;
}

async fn put(app: &TestApp, path: &str, body: &Value) {
    app.send(app.request(Method::PUT, path).json(body)).await.expect(201);
}

#[tokio::test]
async fn every_metric_is_documented_and_every_documented_metric_is_emitted() {
    let allowed = AllowedAddresses::parse(["127.0.0.1"]).unwrap();
    let webhooks = Webhooks { allowed, ..Webhooks::default() };
    let app = TestApp::start_with(Settings { webhooks, ..Settings::default() }).await;
    // Nobody listens there.
    let webhook = json!({"url": "http://127.0.0.1:1024", "events": ["*"]});
    app.post("/v1/webhooks", webhook).await.expect(201);
    walk(&app).await;
    eventually("an attempt has failed", || async {
        let seconds = values(&app, "windlass_webhook_attempt_seconds_count", &[]).await;
        seconds.first().is_some_and(|count| count != "0").then_some(())
    })
    .await;
    let text = eventually("the database has been looked at", || async {
        let text = app.get("/metrics").await.text;
        text.contains("windlass_database_dead_tuples").then_some(text)
    })
    .await;
    let (documented, emitted) = (documented(), emitted(&text));
    for (name, row) in &emitted {
        let expected = documented.get(name).unwrap_or_else(|| panic!("{name} is not in docs/metrics.md"));
        assert_eq!(row, expected, "{name}");
    }
    for name in documented.keys() {
        assert!(emitted.contains_key(name), "{name} is in docs/metrics.md and is not emitted");
    }
    app.finish().await;
}

#[tokio::test]
async fn attempts_are_counted_once_by_how_they_ended_and_why() {
    let app = TestApp::start().await;
    walk(&app).await;
    let counted = async |type_name, outcome, category| {
        let labels = [("type", type_name), ("outcome", outcome), ("category", category)];
        value(&app, "windlass_attempts_total", &labels).await
    };
    assert_eq!(counted("seen-a", "succeeded", "").await, "1");
    assert_eq!(counted("seen-b", "failed", "network_error").await, "1");
    assert_eq!(counted("seen-b", "released", "").await, "1");
    assert_eq!(counted("seen-b", "cancelled", "").await, "1");
    assert_eq!(counted("seen-c", "failed", "lease_expired").await, "1");
    let by_type = async |name, type_name| value(&app, name, &[("type", type_name)]).await;
    assert_eq!(by_type("windlass_attempt_seconds_count", "seen-b").await, "3");
    // The lease after the failure and that after the release have no time from which their task waited.
    assert_eq!(by_type("windlass_dequeue_wait_seconds_count", "seen-b").await, "1");
    assert_eq!(by_type("windlass_lease_expiries_total", "seen-c").await, "1");
    assert_eq!(by_type("windlass_jobs_ended_total", "seen-b").await, "1");
    let waiting = [("type", "seen-waits"), ("state", "queued")];
    assert_eq!(value(&app, "windlass_queue_tasks", &waiting).await, "1");
    // What a repeated report answers has been counted before.
    app.submit(json!([job("seen-d", json!({}))])).await;
    let leased = app.lease("seen-d").await;
    app.complete(&leased).await;
    app.complete(&leased).await;
    assert_eq!(counted("seen-d", "succeeded", "").await, "1");
    app.finish().await;
}

#[tokio::test]
async fn a_retried_task_waits_from_the_end_of_its_delay() {
    let app = TestApp::start().await;
    app.submit(json!([job("delayed", json!({"retry": {"initial_delay_seconds": 100, "jitter": 0}}))])).await;
    app.fail(&app.lease("delayed").await).await;
    app.advance(103).await;
    let leased = eventually("it is due", || async { app.lease_many("delayed", 1).await.pop() }).await;
    let sum = value(&app, "windlass_dequeue_wait_seconds_sum", &[("type", "delayed")]).await;
    let sum: f64 = sum.parse().unwrap();
    assert!((2.0..60.0).contains(&sum), "the delay is no part of the wait: {sum}");
    app.complete(&leased).await;
    app.finish().await;
}

#[tokio::test]
async fn words_of_clients_make_a_bounded_number_of_series() {
    let app = TestApp::start().await;
    let jobs: Vec<Value> = (0..250).map(|number| job(&format!("many-{number}"), json!({}))).collect();
    app.submit(json!(jobs)).await;
    let text = app.get("/metrics").await.text;
    let queued = samples(&text)
        .into_iter()
        .filter(|(name, labels, _)| name == "windlass_queue_tasks" && labels["state"] == "queued");
    let (types, tasks): (BTreeSet<String>, Vec<i64>) =
        queued.map(|(_, labels, tasks)| (labels["type"].clone(), tasks.parse::<i64>().unwrap())).unzip();
    assert!(types.len() <= 201 && types.contains("other"), "{types:?}");
    assert_eq!(tasks.iter().sum::<i64>(), 250, "those beyond are summed");
    app.submit(json!([job(
        "many",
        json!({"max_failed_tasks": 100, "retry": {"max_attempts": 1}, "tasks": vec![json!({}); 50]})
    )]))
    .await;
    for (number, leased) in app.lease_many("many", 50).await.iter().enumerate() {
        app.fail_with(leased, json!({"error": {"category": format!("mine.{number}"), "message": "x"}})).await;
    }
    let text = app.get("/metrics").await.text;
    let categories: BTreeSet<String> =
        samples(&text).into_iter().filter_map(|(_, mut labels, _)| labels.remove("category")).collect();
    assert!(categories.len() <= 15 + 20 + 2 && categories.contains("other"), "{categories:?}");
    for path in ["/v1/tasks/one", "/v1/tasks/two", "/v1/strange/1", "/v1/strange/2"] {
        app.get(path).await.has(404);
    }
    let text = app.get("/metrics").await.text;
    assert!(!text.contains("/v1/tasks/one") && !text.contains("strange"), "routes are patterns");
    app.finish().await;
}

#[tokio::test]
async fn without_its_database_the_rest_is_shown_in_time() {
    let (app, mut outage) = TestApp::start_behind_outage().await;
    app.submit(json!([job("a", json!({}))])).await;
    assert!(!values(&app, "windlass_queue_tasks", &[]).await.is_empty());
    outage.begin().await;
    let begun = Instant::now();
    let text = app.get("/metrics").await.has(200).text.clone();
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    assert!(text.contains("windlass_http_requests_total") && text.contains("windlass_pool_connections"));
    assert!(!text.contains("windlass_queue_tasks"), "no last value is left behind");
    outage.end().await;
    eventually("the queues are back", || async {
        (!values(&app, "windlass_queue_tasks", &[]).await.is_empty()).then_some(())
    })
    .await;
    outage.finish().await;
    app.finish().await;
}

#[tokio::test]
async fn a_type_whose_tasks_wait_is_unattended_until_a_worker_asks_for_it_and_again_5_minutes_later() {
    let app = TestApp::start().await;
    app.submit(json!([job("lonely", json!({"tasks": [{}, {}]}))])).await;
    let unattended = async |expected: &str| {
        eventually(&format!("{expected} types are unattended"), || async {
            let values = values(&app, "windlass_queue_unattended_types", &[("type", "lonely")]).await;
            (values == [expected]).then_some(())
        })
        .await;
    };
    unattended("1").await;
    app.lease("lonely").await;
    unattended("0").await;
    app.advance(301).await;
    unattended("1").await;
    app.patch("/v1/queues/lonely", json!({"paused": true})).await.expect(200);
    unattended("0").await;
    app.finish().await;
}
