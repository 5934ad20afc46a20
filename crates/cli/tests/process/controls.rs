//! The operator's controls against a server that answers as each test says.

use serde_json::{Value, json};
use wiremock::matchers::{body_json, header_exists, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::verbs::{ID, pipeline, said, whole_job, windlass};

/// A server with a running pipeline, and how often `verb` may be asked of it with `body`.
async fn server(verb: &str, body: Value, times: u64) -> MockServer {
    let server = MockServer::start().await;
    let at = format!("/v1/pipelines/{ID}");
    let running = ResponseTemplate::new(200).set_body_json(pipeline("running", 50.0));
    Mock::given(method("GET")).and(path(&at)).respond_with(running).mount(&server).await;
    let post = Mock::given(method("POST")).and(path(format!("{at}/{verb}"))).and(body_json(body));
    let done = ResponseTemplate::new(200).set_body_json(pipeline("cancelled", 100.0));
    post.respond_with(done).expect(times).mount(&server).await;
    server
}

#[tokio::test]
async fn a_cancel_shows_what_it_hits_and_does_nothing_where_nobody_can_be_asked() {
    let server = server("cancel", json!({}), 0).await;
    let output = windlass(&server, &["pipeline", "cancel", ID], "y\n").await;
    assert_eq!(output.status.code(), Some(1));
    let message = said(&output.stderr);
    assert!(message.contains("nightly, running") && message.contains("1 of 1 jobs"), "{message}");
    assert!(message.contains("--yes"), "{message}");
}

#[tokio::test]
async fn a_cancel_that_is_sure_is_sent_with_its_reason() {
    let server = server("cancel", json!({"reason": "wrong input"}), 1).await;
    let arguments = ["pipeline", "cancel", ID, "--yes", "--reason", "wrong input"];
    let output = windlass(&server, &arguments, "").await;
    assert_eq!(output.status.code(), Some(0), "{}", said(&output.stderr));
    assert!(said(&output.stdout).contains("cancelled"));
}

#[tokio::test]
async fn a_cancel_with_clean_up_says_so_to_the_server() {
    let server = server("cancel", json!({"clean_up": true}), 1).await;
    let output = windlass(&server, &["pipeline", "cancel", ID, "--clean-up", "--yes"], "").await;
    assert_eq!(output.status.code(), Some(0), "{}", said(&output.stderr));
}

#[tokio::test]
async fn a_deadline_is_sent_with_a_retry_and_alone() {
    let deadline = "2027-01-01T00:00:00Z";
    let retry = server("retry", json!({"scope": "failed", "deadline_at": deadline}), 1).await;
    let output = windlass(&retry, &["pipeline", "retry", ID, "--deadline-at", deadline], "").await;
    assert_eq!(output.status.code(), Some(0), "{}", said(&output.stderr));
    for (at, body) in [(deadline, json!({"deadline_at": deadline})), ("none", json!({"deadline_at": null}))] {
        let server = MockServer::start().await;
        let patch =
            Mock::given(method("PATCH")).and(path(format!("/v1/pipelines/{ID}"))).and(body_json(&body));
        let done = ResponseTemplate::new(200).set_body_json(pipeline("running", 50.0));
        patch.respond_with(done).expect(1).mount(&server).await;
        let output = windlass(&server, &["pipeline", "deadline", ID, at], "").await;
        assert_eq!(output.status.code(), Some(0), "{}", said(&output.stderr));
    }
    let output = windlass(&retry, &["pipeline", "deadline", ID, "soon"], "").await;
    assert_eq!(output.status.code(), Some(2), "{}", said(&output.stderr));
}

#[tokio::test]
async fn a_pause_of_a_queue_is_sent_with_its_reason_and_shows_it() {
    let server = MockServer::start().await;
    let queue = json!({"type": "resize", "paused": true, "max_running": null, "queued": 1, "scheduled": 0, "running": 0,
                       "oldest_queued_seconds": null, "reason": "no disk", "paused_by": "client", "paused_at": null});
    let body = json!({"paused": true, "reason": "no disk"});
    let patch = Mock::given(method("PATCH")).and(path("/v1/queues/resize")).and(body_json(&body));
    patch.respond_with(ResponseTemplate::new(200).set_body_json(queue)).expect(1).mount(&server).await;
    let output = windlass(&server, &["queue", "pause", "resize", "--reason", "no disk"], "").await;
    assert_eq!(output.status.code(), Some(0), "{}", said(&output.stderr));
    assert!(said(&output.stdout).contains("no disk"));
}

#[tokio::test]
async fn a_retry_asks_only_before_it_runs_all_again() {
    let failed = server("retry", json!({"scope": "failed"}), 1).await;
    let output = windlass(&failed, &["pipeline", "retry", ID], "").await;
    assert_eq!(output.status.code(), Some(0), "{}", said(&output.stderr));
    let all = server("retry", json!({"scope": "all"}), 0).await;
    let output = windlass(&all, &["pipeline", "retry", ID, "--all"], "").await;
    assert_eq!(output.status.code(), Some(1));
}

#[tokio::test]
async fn a_retry_of_a_job_asks_before_it_runs_what_is_below_again() {
    let server = MockServer::start().await;
    let at = format!("/v1/jobs/{ID}");
    let shown = || ResponseTemplate::new(200).set_body_json(whole_job("succeeded"));
    Mock::given(method("GET")).and(path(&at)).respond_with(shown()).mount(&server).await;
    for (body, times) in [
        (json!({"scope": "failed"}), 1),
        (json!({"scope": "failed", "descendants": true}), 1),
        (json!({"scope": "all", "descendants": true, "reason": "new input"}), 1),
    ] {
        let post = Mock::given(method("POST")).and(path(format!("{at}/retry"))).and(body_json(body));
        post.respond_with(shown()).expect(times).mount(&server).await;
    }
    let output = windlass(&server, &["job", "retry", ID], "").await;
    assert_eq!(output.status.code(), Some(0), "{}", said(&output.stderr));
    let output = windlass(&server, &["job", "retry", ID, "--descendants"], "").await;
    assert_eq!(output.status.code(), Some(1), "nobody can be asked");
    assert!(said(&output.stderr).contains("--yes"), "{}", said(&output.stderr));
    for further in [&["--descendants"][..], &["--all", "--descendants", "--reason", "new input"]] {
        let arguments = [&["job", "retry", ID, "--yes"], further].concat();
        let output = windlass(&server, &arguments, "").await;
        assert_eq!(output.status.code(), Some(0), "{}", said(&output.stderr));
    }
}

#[tokio::test]
async fn a_limit_of_none_lifts_it_and_a_number_sets_it() {
    for (most, body) in [("none", json!({"max_running": null})), ("0", json!({"max_running": 0}))] {
        let server = MockServer::start().await;
        let queue = json!({"type": "resize", "paused": false, "max_running": null, "queued": 1, "scheduled": 0,
                           "running": 0, "oldest_queued_seconds": 1.5, "workers": 2});
        let patch = Mock::given(method("PATCH")).and(path("/v1/queues/resize")).and(body_json(&body));
        patch.respond_with(ResponseTemplate::new(200).set_body_json(queue)).expect(1).mount(&server).await;
        let output = windlass(&server, &["queue", "limit", "resize", most], "").await;
        assert_eq!(output.status.code(), Some(0), "{}", said(&output.stderr));
        assert!(said(&output.stdout).contains("1.5 s"));
    }
}

#[tokio::test]
async fn events_are_read_to_their_present_end() {
    let server = MockServer::start().await;
    let event = |id: &str| {
        json!({
            "id": id, "at": "2026-11-22T20:00:00Z", "entity": "pipeline", "pipeline_id": ID, "job_id": null,
            "task_id": null, "from": "pending", "to": "running", "flag": null, "reason": null, "attempt": null,
            "worker_id": null, "actor": "server", "correlation_id": "c",
        })
    };
    let page = |items: Vec<Value>, next: &str| {
        ResponseTemplate::new(200).set_body_json(json!({"items": items, "next_cursor": next}))
    };
    let list = || Mock::given(method("GET")).and(path("/v1/events")).and(query_param("pipeline_id", ID));
    list()
        .and(query_param("cursor", "e0"))
        .respond_with(page(vec![event("e1"), event("e2")], "e2"))
        .mount(&server)
        .await;
    list().and(query_param("cursor", "e2")).respond_with(page(vec![], "e2")).mount(&server).await;
    let arguments = ["events", "--pipeline", ID, "--after", "e0", "--json"];
    let output = windlass(&server, &arguments, "").await;
    let shown: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!([&shown[0]["id"], &shown[1]["id"]], ["e1", "e2"], "{}", said(&output.stderr));
    let output = windlass(&server, &["events", "--pipeline", ID, "--after", "e0"], "").await;
    assert!(said(&output.stdout).contains("pending → running"));
}

/// A server of three pipelines that fit, and how often they may be cancelled.
async fn server_of_many(verb: &str, own: Value, times: u64) -> MockServer {
    let server = MockServer::start().await;
    let filter = json!({"state": "open", "name": "nightly", "metadata": {"customer": "acme", "empty": ""}});
    for (dry_run, times) in [(true, 1), (false, times)] {
        let mut body = json!({"filter": filter, "dry_run": dry_run});
        body.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
        let post =
            Mock::given(method("POST")).and(path(format!("/v1/pipelines/{verb}"))).and(body_json(body));
        let done =
            if dry_run { json!({"matched": 3}) } else { json!({"matched": 3, "changed": 2, "refused": 1}) };
        let post = if dry_run { post } else { post.and(header_exists("idempotency-key")) };
        post.respond_with(ResponseTemplate::new(200).set_body_json(done)).expect(times).mount(&server).await;
    }
    server
}

const MANY: [&str; 8] =
    ["--state", "open", "--name", "nightly", "--metadata", "customer=acme", "--metadata", "empty="];

async fn control_many(server: &MockServer, verb: &str, further: &[&str]) -> (Option<i32>, String, String) {
    let arguments = [&["pipeline", verb][..], &MANY, further].concat();
    let output = windlass(server, &arguments, "y\n").await;
    (output.status.code(), said(&output.stdout), said(&output.stderr))
}

#[tokio::test]
async fn a_control_of_many_shows_how_many_fit_and_does_nothing_where_nobody_can_be_asked() {
    for (verb, own) in [
        ("cancel", json!({})),
        ("pause", json!({})),
        ("resume", json!({})),
        ("retry", json!({"scope": "failed"})),
    ] {
        let server = server_of_many(verb, own, 0).await;
        let (code, _, message) = control_many(&server, verb, &[]).await;
        assert_eq!(code, Some(1), "{message}");
        assert!(message.contains("3 pipelines fit") && message.contains("--yes"), "{message}");
    }
}

#[tokio::test]
async fn a_control_of_many_that_is_sure_is_sent_once_with_a_key_of_its_own() {
    for (verb, own, further) in [
        ("cancel", json!({"reason": "withdrawn"}), &["--yes", "--reason", "withdrawn"][..]),
        ("pause", json!({}), &["--yes"]),
        ("resume", json!({}), &["-y"]),
        ("retry", json!({"scope": "all"}), &["--all", "--yes"]),
    ] {
        let server = server_of_many(verb, own, 1).await;
        let (code, shown, message) = control_many(&server, verb, further).await;
        assert_eq!((code, shown.trim()), (Some(0), "3 pipelines fit: 2 changed, 1 refused"), "{message}");
    }
}

#[tokio::test]
async fn a_dry_run_of_a_control_only_shows_how_many_fit() {
    let server = server_of_many("cancel", json!({}), 0).await;
    let (code, shown, message) = control_many(&server, "cancel", &["--dry-run"]).await;
    assert_eq!((code, shown.trim()), (Some(0), "3 pipelines fit"), "{message}");
    let server = server_of_many("cancel", json!({}), 0).await;
    let (code, shown, _) = control_many(&server, "cancel", &["--dry-run", "--json"]).await;
    let shown: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!((code, shown), (Some(0), json!({"matched": 3})));
}

#[tokio::test]
async fn a_control_is_for_one_by_its_id_or_for_many_by_conditions_and_never_for_all() {
    let server = MockServer::start().await;
    for arguments in [
        &["pipeline", "cancel", "--yes"][..],
        &["pipeline", "cancel", ID, "--name", "a", "--yes"],
        &["pipeline", "cancel", "--dry-run"],
        &["pipeline", "cancel", ID, "--dry-run"],
        &["pipeline", "cancel", "--state", "ended"],
        &["pipeline", "cancel", "--metadata", "a"],
        &["pipeline", "seal"],
        &["pipeline", "seal", ID, "--name", "a"],
        &["job", "cancel", "--name", "a"],
    ] {
        let output = windlass(&server, arguments, "").await;
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", said(&output.stderr));
    }
    assert!(server.received_requests().await.unwrap().is_empty());
}
