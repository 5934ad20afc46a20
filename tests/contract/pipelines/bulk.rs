//! `POST /v1/pipelines/cancel`, `/pause`, `/resume` and `/retry`.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use windlass_tests::{RawConnection, TestApp, eventually, job};

async fn named(app: &TestApp, name: &str, further: Value) -> Value {
    let mut body = json!({"name": name, "jobs": [job("a", json!({"type": name}))]});
    body.as_object_mut().unwrap().extend(further.as_object().unwrap().clone());
    app.submit_with(body).await
}

/// What a bulk verb answers.
async fn bulk(app: &TestApp, verb: &str, filter: Value) -> Value {
    app.post(&format!("/v1/pipelines/{verb}"), json!({"filter": filter, "dry_run": false})).await.expect(200)
}

fn counts(matched: u32, changed: u32, refused: u32) -> Value {
    json!({"matched": matched, "changed": changed, "refused": refused})
}

/// The names of the pipelines in a state, the oldest first.
async fn in_state(app: &TestApp, state: &str) -> String {
    let mut items = app.walk(&format!("/v1/pipelines?state={state}")).await;
    items.reverse();
    items.iter().map(|item| item["name"].as_str().unwrap()).collect::<Vec<_>>().join(" ")
}

fn keyed(app: &TestApp, server: usize, verb: &str, body: &Value) -> RequestBuilder {
    let path = format!("/v1/pipelines/{verb}");
    app.request_to(server, Method::POST, &path).header("idempotency-key", "key-1").json(body)
}

#[tokio::test]
async fn a_dry_run_is_the_default_and_only_says_how_many_fit() {
    let app = TestApp::start().await;
    for _ in 0..3 {
        named(&app, "a", json!({})).await;
    }
    for verb in ["cancel", "pause", "resume", "retry"] {
        let path = format!("/v1/pipelines/{verb}");
        for body in [json!({"filter": {"name": "a"}}), json!({"filter": {"name": "a"}, "dry_run": true})] {
            assert_eq!(app.post(&path, body).await.expect(200), json!({"matched": 3}), "{verb}");
        }
        let none = app.post(&path, json!({"filter": {"name": "b"}})).await.expect(200);
        assert_eq!(none, json!({"matched": 0}));
    }
    assert_eq!(in_state(&app, "pending").await, "a a a");
    app.finish().await;
}

#[tokio::test]
async fn every_pipeline_that_fits_is_cancelled_with_the_reason_the_oldest_first() {
    let app = TestApp::start().await;
    let mut pipelines = Vec::new();
    for _ in 0..3 {
        pipelines.push(named(&app, "a", json!({})).await);
    }
    named(&app, "b", json!({})).await;
    let body = json!({"filter": {"name": "a", "state": "open"}, "dry_run": false, "reason": "withdrawn"});
    assert_eq!(app.post("/v1/pipelines/cancel", body).await.expect(200), counts(3, 3, 0));
    let order = eventually("three events say so", || async {
        let events = app.get("/v1/events?limit=500").await.expect(200);
        let cancelled = events["items"].as_array().unwrap().iter().filter(|event| {
            event["entity"] == "pipeline" && event["to"] == "cancelled" && event["reason"] == "withdrawn"
        });
        let order: Vec<Value> = cancelled.map(|event| event["pipeline_id"].clone()).collect();
        (order.len() == 3).then_some(order)
    })
    .await;
    assert_eq!(order, pipelines.iter().map(|pipeline| pipeline["id"].clone()).collect::<Vec<_>>());
    assert_eq!(in_state(&app, "pending").await, "b");
    app.finish().await;
}

#[tokio::test]
async fn a_state_that_is_asked_for_twice_counts_once() {
    let app = TestApp::start().await;
    named(&app, "a", json!({})).await;
    app.fail_for_good("a").await;
    named(&app, "b", json!({})).await;
    let twice = json!({"state": ["failed", "pending", "failed"]});
    let preview = app.post("/v1/pipelines/retry", json!({"filter": twice})).await.expect(200);
    assert_eq!(preview, json!({"matched": 2}));
    assert_eq!(bulk(&app, "retry", twice).await, counts(2, 1, 1));
    app.finish().await;
}

#[tokio::test]
async fn what_holds_already_counts_in_neither_and_what_has_ended_is_refused() {
    let app = TestApp::start().await;
    let first = named(&app, "a", json!({})).await;
    named(&app, "a", json!({"paused": true})).await;
    named(&app, "a", json!({})).await;
    app.succeed("a").await;
    assert_eq!(app.states(&first).await, "succeeded: a succeeded");
    assert_eq!(bulk(&app, "pause", json!({"name": "a"})).await, counts(3, 1, 1));
    assert_eq!(bulk(&app, "pause", json!({"name": "a"})).await, counts(3, 0, 1));
    app.expect_nothing_to_lease("a").await;
    assert_eq!(bulk(&app, "resume", json!({"name": "a", "state": "open"})).await, counts(2, 2, 0));
    assert_eq!(bulk(&app, "cancel", json!({"name": "a"})).await, counts(3, 2, 1));
    assert_eq!(bulk(&app, "cancel", json!({"name": "a"})).await, counts(3, 0, 1));
    app.finish().await;
}

#[tokio::test]
async fn a_retry_brings_back_what_fits_in_its_scope() {
    let app = TestApp::start().await;
    for name in ["failed", "failed", "succeeded", "pending"] {
        named(&app, name, json!({"metadata": {"batch": "1"}})).await;
    }
    app.fail_for_good("failed").await;
    app.fail_for_good("failed").await;
    app.succeed("succeeded").await;
    let batch = json!({"metadata": {"batch": "1"}});
    assert_eq!(bulk(&app, "retry", batch.clone()).await, counts(4, 2, 2));
    assert_eq!(app.lease_many("failed", 5).await.len(), 2);
    app.expect_nothing_to_lease("succeeded").await;
    let all = json!({"filter": batch, "dry_run": false, "scope": "all"});
    assert_eq!(app.post("/v1/pipelines/retry", all).await.expect(200), counts(4, 1, 3));
    app.lease("succeeded").await;
    app.finish().await;
}

#[tokio::test]
async fn a_cancel_with_clean_up_spares_what_cleans_up_in_each() {
    let app = TestApp::start().await;
    let jobs =
        json!([job("a", json!({})), job("b", json!({"depends_on": [{"job": "a", "when": "always"}]}))]);
    let pipelines = [app.submit(jobs.clone()).await, app.submit(jobs).await];
    let asked = json!({"filter": {"name": "test"}, "dry_run": false, "clean_up": true});
    assert_eq!(app.post("/v1/pipelines/cancel", asked.clone()).await.expect(200), counts(2, 2, 0));
    assert_eq!(app.post("/v1/pipelines/cancel", asked).await.expect(200), counts(2, 0, 0));
    for pipeline in &pipelines {
        assert_eq!(app.pipeline(pipeline).await["cancelling"], true);
    }
    app.succeed("b").await;
    app.succeed("b").await;
    assert_eq!(app.states(&pipelines[1]).await, "cancelled: a cancelled, b succeeded");
    app.finish().await;
}

#[tokio::test]
async fn a_retry_sets_the_deadline_of_each_and_one_that_is_not_ahead_is_refused() {
    let app = TestApp::start().await;
    let pipeline = named(&app, "a", json!({})).await;
    app.fail_for_good("a").await;
    let body = |at: &str| json!({"filter": {"name": "a"}, "dry_run": false, "deadline_at": at});
    let late = app.post("/v1/pipelines/retry", body("2020-01-01T00:00:00Z")).await;
    assert_eq!(late.invalid(), ["/deadline_at"]);
    assert_eq!(app.pipeline(&pipeline).await["state"], "failed");
    let at = "2126-01-01T00:00:00Z";
    assert_eq!(app.post("/v1/pipelines/retry", body(at)).await.expect(200), counts(1, 1, 0));
    assert_eq!(app.pipeline(&pipeline).await["deadline_at"], at);
    app.finish().await;
}

#[tokio::test]
async fn a_dry_run_refuses_a_deadline_that_is_not_ahead_as_well() {
    let app = TestApp::start().await;
    named(&app, "a", json!({})).await;
    let dry = |deadline: String| json!({"filter": {"name": "a"}, "deadline_at": deadline});
    let past = dry(app.time_in(-1).await);
    assert_eq!(app.post("/v1/pipelines/retry", past.clone()).await.invalid(), ["/deadline_at"]);
    assert_eq!(app.send(keyed(&app, 0, "retry", &past)).await.invalid(), ["/deadline_at"]);
    let ahead = dry(app.time_in(100).await);
    assert_eq!(app.post("/v1/pipelines/retry", ahead.clone()).await.expect(200), json!({"matched": 1}));
    let first = app.send(keyed(&app, 0, "retry", &ahead)).await.expect(200);
    app.advance(101).await;
    let again = app.send(keyed(&app, 0, "retry", &ahead)).await;
    assert_eq!(again.expect(200), first, "a repeat gets the first answer, whatever the time");
    app.finish().await;
}

#[tokio::test]
async fn a_filter_narrows_by_all_of_its_conditions() {
    let app = TestApp::start().await;
    let first =
        named(&app, "a", json!({"priority": "high", "correlation_id": "x", "metadata": {"k": "v", "l": ""}}))
            .await;
    named(&app, "a", json!({"correlation_id": "x", "metadata": {"k": "v"}})).await;
    named(&app, "b", json!({"priority": "high", "metadata": {"k": "w"}})).await;
    app.succeed("b").await;
    let created = &first["created_at"];
    for (filter, matched) in [
        (json!({"name": "a"}), 2),
        (json!({"priority": "high"}), 2),
        (json!({"correlation_id": "x"}), 2),
        (json!({"state": "open"}), 2),
        (json!({"state": "succeeded"}), 1),
        (json!({"state": ["succeeded", "pending"]}), 3),
        (json!({"state": ["failed"]}), 0),
        (json!({"metadata": {"k": "v"}}), 2),
        (json!({"metadata": {"k": "v", "l": ""}}), 1),
        (json!({"metadata": {"l": "v"}}), 0),
        (json!({"created_after": created}), 3),
        (json!({"created_before": created}), 0),
        (json!({"created_after": created, "name": "b"}), 1),
        (
            json!({"name": "a", "priority": "high", "correlation_id": "x", "state": "open", "metadata": {"k": "v"}}),
            1,
        ),
        (json!({"name": "b", "state": "open"}), 0),
    ] {
        let body = json!({"filter": filter});
        let answer = app.post("/v1/pipelines/cancel", body).await.expect(200);
        assert_eq!(answer, json!({"matched": matched}), "{filter}");
    }
    app.finish().await;
}

#[tokio::test]
async fn a_filter_that_would_mean_all_is_refused_at_its_pointer() {
    let app = TestApp::start().await;
    named(&app, "a", json!({})).await;
    for verb in ["cancel", "pause", "resume", "retry"] {
        let path = format!("/v1/pipelines/{verb}");
        for (body, at) in [
            (json!({}), "/filter"),
            (json!({"filter": {}}), "/filter"),
            (json!({"filter": null}), "/filter"),
            (json!({"filter": {"state": []}}), "/filter/state"),
            (json!({"filter": {"state": null, "name": "a"}}), "/filter/state"),
            (json!({"filter": {"metadata": {}}}), "/filter/metadata"),
            (json!({"filter": {"metadata": {"k": 1}}}), "/filter/metadata/k"),
            (json!({"filter": {"name": null}}), "/filter/name"),
            (json!({"filter": {"template": ""}}), "/filter/template"),
            (json!({"filter": {"schedule": null}}), "/filter/schedule"),
            (json!({"filter": {"name": "a"}, "dry_run": "no"}), "/dry_run"),
            (json!({"filter": {"name": "a"}, "reason": ""}), "/reason"),
            (json!({"filter": {"name": "a"}, "what": 1}), "/what"),
        ] {
            assert_eq!(app.post(&path, body.clone()).await.invalid(), [at], "{verb} {body}");
        }
        app.post_empty(&path).await.problem(400, "malformed_request");
    }
    let scope = json!({"filter": {"name": "a"}, "scope": "all"});
    assert_eq!(app.post("/v1/pipelines/cancel", scope).await.invalid(), ["/scope"]);
    assert_eq!(in_state(&app, "pending").await, "a");
    app.finish().await;
}

#[tokio::test]
async fn a_key_answers_the_first_answer_again_and_another_body_is_refused() {
    let app = TestApp::start_servers(2).await;
    named(&app, "a", json!({})).await;
    for dry_run in [true, false] {
        let body = json!({"filter": {"name": "a"}, "dry_run": dry_run});
        let verb = if dry_run { "pause" } else { "cancel" };
        let first = app.send(keyed(&app, 0, verb, &body)).await;
        assert_eq!(first.has(200).header("idempotent-replayed"), None);
        named(&app, "a", json!({})).await;
        for server in [0, 1] {
            let again = app.send(keyed(&app, server, verb, &body)).await;
            assert_eq!((again.status, &again.text), (200, &first.text));
            assert_eq!(again.header("idempotent-replayed"), Some("true"));
            assert_eq!(again.header("content-type"), Some("application/json"));
        }
        let another = json!({"filter": {"name": "a"}, "dry_run": dry_run, "reason": "x"});
        app.send(keyed(&app, 0, verb, &another)).await.problem(422, "idempotency_key_reused");
    }
    assert_eq!(in_state(&app, "cancelled").await, "a a");
    assert_eq!(in_state(&app, "pending").await, "a");
    app.finish().await;
}

#[tokio::test]
async fn two_callers_with_one_key_at_once_get_one_answer_at_one_server_or_two() {
    let app = TestApp::start_servers(2).await;
    for _ in 0..15 {
        named(&app, "a", json!({})).await;
    }
    let body = json!({"filter": {"name": "a"}, "dry_run": false});
    let ask = |server| app.send(keyed(&app, server, "cancel", &body));
    let (one, other, third) = tokio::join!(ask(0), ask(1), ask(0));
    for answer in [&one, &other, &third] {
        assert_eq!(answer.expect(200), counts(15, 15, 0));
    }
    let replayed =
        [one, other, third].iter().filter(|answer| answer.header("idempotent-replayed").is_some()).count();
    assert_eq!(replayed, 2);
    app.finish().await;
}

#[tokio::test]
async fn an_answer_that_is_written_while_another_server_looks_for_it_is_found() {
    let app = TestApp::start_servers(2).await;
    // Nothing fits, so an answer comes as soon as the claim is made: in the middle of what the other one looks at.
    let body = json!({"filter": {"name": "a"}, "dry_run": false});
    for round in 0..8 {
        let ask = |number: usize| {
            let key = format!("{round}-{}", number / 2);
            let path = "/v1/pipelines/cancel";
            let request = app.request_to(number % 2, Method::POST, path).header("idempotency-key", key);
            app.send(request.json(&body))
        };
        for answer in futures_util::future::join_all((0..8).map(ask)).await {
            assert_eq!(answer.expect(200), counts(0, 0, 0));
        }
    }
    app.finish().await;
}

/// A request for so much that it takes a while.
fn head_and(body: &Value) -> Vec<u8> {
    let body = body.to_string();
    let head = "POST /v1/pipelines/cancel HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\nidempotency-key: key-1\r\n";
    format!("{head}content-length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

async fn has_begun(app: &TestApp) {
    eventually("one is cancelled", || async {
        let page = app.get("/v1/pipelines?state=cancelled&limit=1").await.expect(200);
        (page["items"] != json!([])).then_some(())
    })
    .await;
}

#[tokio::test]
async fn it_goes_on_when_the_client_hangs_up() {
    let app = TestApp::start().await;
    for _ in 0..120 {
        named(&app, "a", json!({})).await;
    }
    let mut client = RawConnection::open(app.address(0)).await;
    client.send(&head_and(&json!({"filter": {"name": "a"}, "dry_run": false}))).await;
    has_begun(&app).await;
    drop(client);
    assert_ne!(in_state(&app, "pending").await, "", "it was under way when its client hung up");
    eventually("all are cancelled", || async { in_state(&app, "pending").await.is_empty().then_some(()) })
        .await;
    app.finish().await;
}

#[tokio::test]
async fn a_stop_ends_it_after_the_pipeline_under_way_and_the_same_key_goes_on() {
    let mut app = TestApp::start_servers(2).await;
    for _ in 0..120 {
        named(&app, "a", json!({})).await;
    }
    let body = json!({"filter": {"name": "a"}, "dry_run": false});
    let mut client = RawConnection::open(app.address(1)).await;
    client.send(&head_and(&body)).await;
    has_begun(&app).await;
    app.begin_to_stop_last_server();
    let stopped = client.answer().await;
    stopped.problem(503, "shutting_down");
    assert!(stopped.header("retry-after").is_some());
    app.stop_last_server().await;
    assert_ne!(in_state(&app, "pending").await, "", "it was under way when the server stopped");
    // The same bytes, which the key is bound to.
    let mut client = RawConnection::open(app.address(0)).await;
    client.send(&head_and(&body)).await;
    assert_eq!(client.answer().await.expect(200), counts(120, 120, 0));
    app.finish().await;
}

#[tokio::test]
async fn a_refused_bulk_verb_does_not_use_the_key_up() {
    let app = TestApp::start().await;
    named(&app, "a", json!({})).await;
    let bad = json!({"filter": {}, "dry_run": false});
    assert_eq!(app.send(keyed(&app, 0, "cancel", &bad)).await.invalid(), ["/filter"]);
    let right = json!({"filter": {"name": "a"}, "dry_run": false});
    assert_eq!(app.send(keyed(&app, 0, "cancel", &right)).await.expect(200), counts(1, 1, 0));
    app.finish().await;
}
