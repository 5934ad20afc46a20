//! Rule 8: `deadline_at` of a pipeline.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use windlass_tests::{TestApp, eventually, id, job, seconds_between, time_of};

fn path_of(pipeline: &Value) -> String {
    format!("/v1/pipelines/{}", id(pipeline))
}

/// A job, and one that tidies up after it.
fn jobs() -> Value {
    json!([job("a", json!({})), job("tidy", json!({"depends_on": [{"job": "a", "when": "always"}]}))])
}

async fn due_in(app: &TestApp, seconds: i64) -> Value {
    let deadline = app.time_in(seconds).await;
    app.submit_with(json!({"name": "test", "deadline_at": deadline, "jobs": jobs()})).await
}

#[tokio::test]
async fn a_pipeline_that_has_not_ended_at_its_deadline_is_cancelled_with_clean_up() {
    let app = TestApp::start_servers(2).await;
    let pipeline = due_in(&app, 1_000).await;
    assert!(pipeline["deadline_at"].is_string() && pipeline["cancelling"] == false);
    let leased = app.lease("a").await;
    app.advance(1_001).await;
    let cancelling = eventually("it is being cancelled", || async {
        let now = app.pipeline(&pipeline).await;
        (now["cancelling"] == true).then_some(now)
    })
    .await;
    assert_eq!(
        (&cancelling["reason"], &cancelling["deadline_at"]),
        (&json!("deadline"), &pipeline["deadline_at"])
    );
    assert_eq!(app.job(&pipeline, "a").await["reason"], "deadline");
    app.report(&leased, "complete", json!({})).await.problem(409, "lease_lost");
    app.succeed("tidy").await;
    assert_eq!(app.states(&pipeline).await, "cancelled: a cancelled, tidy succeeded");
    let events = app.walk_events(&format!("?pipeline_id={}", id(&pipeline))).await;
    let flagged: Vec<_> = events.iter().filter(|event| event["flag"] == "cancelling").collect();
    assert_eq!(flagged.len(), 1, "one of two servers did it");
    assert_eq!((&flagged[0]["reason"], &flagged[0]["actor"]), (&json!("deadline"), &json!("server")));
    app.finish().await;
}

#[tokio::test]
async fn one_with_nothing_to_clean_up_is_cancelled_at_once() {
    let app = TestApp::start().await;
    let deadline = app.time_in(100).await;
    let alone = app.post("/v1/jobs", json!({"type": "a", "deadline_at": deadline})).await.expect(201);
    let pipeline = json!({"id": alone["pipeline_id"]});
    assert!(app.pipeline(&pipeline).await["deadline_at"].is_string(), "a standalone job has one as well");
    app.advance(101).await;
    eventually("it is cancelled", || async {
        (app.pipeline(&pipeline).await["state"] == "cancelled").then_some(())
    })
    .await;
    let ended = app.pipeline(&pipeline).await;
    assert_eq!((&ended["reason"], &ended["jobs"][0]["reason"]), (&json!("deadline"), &json!("deadline")));
    app.finish().await;
}

#[tokio::test]
async fn a_hundred_that_fall_due_in_a_second_are_cancelled_within_two() {
    let app = TestApp::start().await;
    let deadline = app.time_in(500).await;
    for _ in 0..100 {
        let body = json!({"name": "test", "deadline_at": deadline, "jobs": [job("a", json!({}))]});
        app.submit_with(body).await;
    }
    app.advance(501).await;
    let moved: DateTime<Utc> = app.time_in(0).await.parse().unwrap();
    let cancelled = eventually("all are cancelled", || async {
        let cancelled = app.walk("/v1/pipelines?state=cancelled&limit=500").await;
        (cancelled.len() == 100).then_some(cancelled)
    })
    .await;
    let last = cancelled.iter().map(|pipeline| time_of(pipeline, "ended_at")).max().unwrap();
    let took = seconds_between(moved, last);
    assert!(took < 2.0, "{took}");
    app.finish().await;
}

#[tokio::test]
async fn what_has_ended_before_its_deadline_stays_as_it_is() {
    let app = TestApp::start().await;
    let done = due_in(&app, 100).await;
    app.succeed("a").await;
    app.succeed("tidy").await;
    let other = due_in(&app, 100).await;
    app.advance(101).await;
    eventually("the other is cancelled", || async {
        (app.pipeline(&other).await["cancelling"] == true).then_some(())
    })
    .await;
    let ended = app.pipeline(&done).await;
    assert_eq!((&ended["state"], &ended["deadline_at"]), (&json!("succeeded"), &done["deadline_at"]));
    app.finish().await;
}

#[tokio::test]
async fn clean_up_after_a_deadline_is_bounded_by_timeout_seconds_alone() {
    let app = TestApp::start().await;
    let deadline = app.time_in(100).await;
    let tidy = json!({"depends_on": [{"job": "a", "when": "always"}], "timeout_seconds": 1_000, "lease_seconds": 5_000,
        "retry": {"max_attempts": 1}});
    let jobs = json!([job("a", json!({})), job("tidy", tidy)]);
    let pipeline = app.submit_with(json!({"name": "test", "deadline_at": deadline, "jobs": jobs})).await;
    app.advance(101).await;
    eventually("the clean-up is free", || async {
        (app.job(&pipeline, "tidy").await["state"] == "queued").then_some(())
    })
    .await;
    app.lease("tidy").await;
    app.advance(900).await;
    assert_eq!(app.job(&pipeline, "tidy").await["state"], "running");
    app.advance(101).await;
    eventually("it timed out", || async {
        (app.pipeline(&pipeline).await["state"] == "cancelled").then_some(())
    })
    .await;
    assert_eq!(app.job(&pipeline, "tidy").await["state"], "failed");
    app.finish().await;
}

#[tokio::test]
async fn a_deadline_that_is_not_ahead_is_refused_where_it_stands() {
    let app = TestApp::start().await;
    let past = app.time_in(-1).await;
    let create = json!({"name": "test", "deadline_at": past, "jobs": jobs()});
    assert_eq!(app.post("/v1/pipelines", create).await.invalid(), ["/deadline_at"]);
    let alone = json!({"type": "a", "deadline_at": past});
    assert_eq!(app.post("/v1/jobs", alone).await.invalid(), ["/deadline_at"]);
    let pipeline = app.submit(jobs()).await;
    let patch = app.patch(&path_of(&pipeline), json!({"deadline_at": past, "priority": "high"})).await;
    assert_eq!(patch.invalid(), ["/deadline_at"]);
    assert_eq!(app.pipeline(&pipeline).await["priority"], "medium", "a refused request changes nothing");
    app.verb(&path_of(&pipeline), "cancel").await;
    let retry = app.post(&format!("{}/retry", path_of(&pipeline)), json!({"deadline_at": past})).await;
    assert_eq!(retry.invalid(), ["/deadline_at"]);
    for bad in [json!("soon"), json!(5), json!({})] {
        let refused = app.patch(&path_of(&pipeline), json!({"deadline_at": bad})).await;
        assert_eq!(refused.invalid(), ["/deadline_at"], "{bad}");
    }
    app.finish().await;
}

#[tokio::test]
async fn a_time_finer_than_a_microsecond_is_cut_to_it() {
    let app = TestApp::start().await;
    let fine = |cut: &str, more: &str| format!("{cut}{more}Z");
    for more in ["", "7", "789"] {
        let body = json!({"name": "test", "deadline_at": fine("2999-11-22T20:00:00.123456", more), "jobs": [
            job("a", json!({"run_at": fine("2026-11-22T20:00:00.654321", more)}))
        ]});
        let pipeline = app.submit_with(body).await;
        assert_eq!(pipeline["deadline_at"], "2999-11-22T20:00:00.123456Z");
        assert_eq!(app.job(&pipeline, "a").await["run_at"], "2026-11-22T20:00:00.654321Z");
        let path = path_of(&pipeline);
        let patched = json!({"deadline_at": fine("2999-01-01T00:00:00.000001", more)});
        let patched = app.patch(&path, patched).await.expect(200);
        assert_eq!(patched["deadline_at"], "2999-01-01T00:00:00.000001Z");
    }
    let leap = json!({"type": "a", "deadline_at": "2999-12-31T23:59:60Z"});
    assert_eq!(app.post("/v1/jobs", leap).await.invalid(), ["/deadline_at"]);
    app.finish().await;
}

#[tokio::test]
async fn patch_sets_and_clears_it_while_the_pipeline_has_not_ended() {
    let app = TestApp::start().await;
    let pipeline = app.submit(jobs()).await;
    let path = path_of(&pipeline);
    assert_eq!(pipeline["deadline_at"], Value::Null);
    let deadline = app.time_in(500).await;
    let set = app.patch(&path, json!({"deadline_at": deadline})).await.expect(200);
    assert_eq!(time_of(&set, "deadline_at").to_rfc3339(), time(&deadline));
    assert_eq!(
        app.patch(&path, json!({"priority": "low"})).await.expect(200)["deadline_at"],
        set["deadline_at"]
    );
    app.patch(&path, json!({"deadline_at": set["deadline_at"]})).await.expect(200);
    let cleared = app.patch(&path, json!({"deadline_at": null})).await.expect(200);
    assert_eq!(cleared["deadline_at"], Value::Null);
    let events = app.walk_events(&format!("?pipeline_id={}", id(&pipeline))).await;
    let changes = events.iter().filter(|event| event["flag"] == "deadline").count();
    assert_eq!(changes, 2, "what it is already changes nothing");
    app.advance(501).await;
    app.succeed("a").await;
    app.succeed("tidy").await;
    for deadline in [json!(null), json!(app.time_in(500).await)] {
        let refused = app.patch(&path, json!({"deadline_at": deadline, "priority": "high"})).await;
        assert_eq!(refused.problem(409, "illegal_transition")["state"], "succeeded");
    }
    assert_eq!(app.pipeline(&pipeline).await["priority"], "low");
    app.finish().await;
}

fn time(text: &str) -> String {
    text.parse::<DateTime<Utc>>().unwrap().to_rfc3339()
}

#[tokio::test]
async fn a_retry_that_reopens_the_pipeline_clears_it_and_may_set_a_new_one() {
    let app = TestApp::start().await;
    let pipeline = due_in(&app, 100).await;
    app.verb(&path_of(&pipeline), "cancel").await;
    let cleared = app.verb(&path_of(&pipeline), "retry").await;
    assert_eq!(cleared["deadline_at"], Value::Null);
    app.verb(&path_of(&pipeline), "cancel").await;
    let body = json!({"deadline_at": app.time_in(200).await});
    let set = app.post(&format!("{}/retry", path_of(&pipeline)), body).await.expect(200);
    assert!(set["deadline_at"].is_string());
    app.advance(201).await;
    eventually("it is cancelled again", || async {
        (app.pipeline(&pipeline).await["cancelling"] == true).then_some(())
    })
    .await;
    app.verb(&path_of(&pipeline), "cancel").await;
    app.verb(&app.job_path(&pipeline, "a").await, "retry").await;
    assert_eq!(app.pipeline(&pipeline).await["deadline_at"], Value::Null, "a job's retry clears it as well");
    app.finish().await;
}

#[tokio::test]
async fn a_retry_that_changes_the_deadline_says_so_in_an_event() {
    let app = TestApp::start().await;
    let pipeline = due_in(&app, 100).await;
    let path = path_of(&pipeline);
    let changes = || async {
        let events = app.walk_events(&format!("?pipeline_id={}", id(&pipeline))).await;
        let flagged = events.iter().filter(|event| event["flag"] == "deadline");
        flagged.map(|event| json!([event["from"], event["to"], event["actor"]])).collect::<Vec<_>>()
    };
    let change = json!(["running", "running", "client"]);
    app.verb(&path, "cancel").await;
    app.verb(&path, "retry").await;
    assert_eq!(changes().await, vec![change.clone(); 1], "cleared");
    app.verb(&path, "cancel").await;
    app.verb(&path, "retry").await;
    assert_eq!(changes().await.len(), 1, "there was none and is none");
    let deadline = json!({"deadline_at": app.time_in(200).await});
    for _ in 0..2 {
        app.verb(&path, "cancel").await;
        app.post(&format!("{path}/retry"), deadline.clone()).await.expect(200);
        assert_eq!(changes().await, vec![change.clone(); 2], "set, and then the same");
    }
    app.verb(&path, "cancel").await;
    app.verb(&app.job_path(&pipeline, "a").await, "retry").await;
    assert_eq!(changes().await, vec![change.clone(); 3], "cleared by the retry of a job");
    app.finish().await;
}

#[tokio::test]
async fn a_repeated_create_is_answered_after_its_deadline_as_before() {
    let app = TestApp::start().await;
    let body = json!({"name": "test", "deadline_at": app.time_in(100).await, "jobs": jobs()});
    let create = || {
        let request = app.request(reqwest::Method::POST, "/v1/pipelines");
        app.send(request.header("idempotency-key", "once").json(&body))
    };
    let first = create().await.expect(201);
    app.advance(101).await;
    let again = create().await;
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(again.expect(201), first);
    app.abandon().await;
}
