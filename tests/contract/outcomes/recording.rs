//! `POST /v1/tasks/{id}/outcomes`.

use serde_json::json;
use uuid::Uuid;
use windlass_tests::{TestApp, eventually, time_of};

use super::support::{counts, leased, list, many, of_task, outcome, record, record_once};

#[tokio::test]
async fn what_is_recorded_shows_as_it_was_sent_with_whose_it_is() {
    let app = TestApp::start().await;
    let task = leased(&app).await;
    let whole = json!({
        "subject": "variant 1/é", "kind": "annotate", "disposition": "not_applicable", "reason": "none", "version": "2026-11",
        "detail": {"b": 1.0, "a": [null]}
    });
    let answer = record(&app, &task, json!([whole, outcome("bare", "succeeded")])).await;
    assert_eq!(answer.expect(200), json!({"accepted": 2}));
    let listed = list(&app, &of_task(&task)).await;
    let (bare, shown) = (&listed[0], &listed[1]);
    for member in ["subject", "kind", "disposition", "reason", "version", "detail"] {
        assert_eq!(shown[member], whole[member], "{member}");
    }
    for (member, of_task) in [
        ("type", "type"),
        ("pipeline_id", "pipeline_id"),
        ("job_id", "job_id"),
        ("task_id", "id"),
        ("attempt", "attempt"),
    ] {
        assert_eq!(shown[member], task[of_task], "{member}");
    }
    assert_eq!(shown["worker_id"], "worker-1");
    assert_eq!(
        (&bare["kind"], &bare["reason"], &bare["version"], &bare["detail"]),
        (&json!(""), &json!(null), &json!(null), &json!(null))
    );
    let ids: Vec<Uuid> = listed.iter().map(|one| one["id"].as_str().unwrap().parse().unwrap()).collect();
    assert!(ids.iter().all(|id| id.get_version_num() == 7) && ids[0] != ids[1], "{ids:?}");
    assert!(time_of(shown, "at") >= time_of(&app.task(&task).await, "started_at"));
    let fields: Vec<&str> = shown.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(fields.len(), 14, "{fields:?}");
    app.finish().await;
}

#[tokio::test]
async fn the_detail_passes_through_as_it_came() {
    let app = TestApp::start().await;
    let task = leased(&app).await;
    let path = format!("/v1/tasks/{}/outcomes", task["id"].as_str().unwrap());
    let body = format!(
        r#"{{"lease_token":{},"outcomes":[{{"subject":"s","disposition":"x","detail":{{"b":-0,"a":1e100000,"a":1}}}}]}}"#,
        task["lease_token"]
    );
    app.post_text(&path, body).await.expect(200);
    let page = app.get(&format!("/v1/outcomes?{}", of_task(&task))).await;
    assert_eq!(
        windlass_tests::text_of(&windlass_tests::only(&page.raw("items")), "detail"),
        r#"{"b":-0,"a":1e100000,"a":1}"#
    );
    app.finish().await;
}

#[tokio::test]
async fn a_call_is_recorded_as_a_whole_or_not_at_all() {
    let app = TestApp::start().await;
    let task = leased(&app).await;
    let wrong = json!([outcome("good", "succeeded"), outcome("", "succeeded"), outcome("s", "Failed")]);
    assert_eq!(
        record(&app, &task, wrong).await.invalid(),
        ["/outcomes/1/subject", "/outcomes/2/disposition"]
    );
    assert_eq!(record(&app, &task, json!([])).await.invalid(), ["/outcomes"]);
    assert_eq!(
        record(&app, &task, json!([{"subject": "s", "disposition": "x", "at": null}])).await.invalid(),
        ["/outcomes/0/at"]
    );
    assert_eq!(app.report(&task, "outcomes", json!({})).await.invalid(), ["/outcomes"]);
    assert_eq!(list(&app, &of_task(&task)).await.len(), 0);
    assert_eq!(counts(&app, &task).await, json!({}));
    app.finish().await;
}

#[tokio::test]
async fn a_call_takes_ten_thousand_and_refuses_one_more_by_number() {
    let app = TestApp::start().await;
    let task = leased(&app).await;
    let refusal = record(&app, &task, many(10_001)).await;
    assert_eq!(refusal.invalid(), ["/outcomes"]);
    assert!(
        refusal.problem(422, "validation_failed")["errors"][0]["detail"].as_str().unwrap().contains("10000")
    );
    assert_eq!(record(&app, &task, many(10_000)).await.expect(200)["accepted"], 10_000);
    assert_eq!(counts(&app, &task).await, json!({"succeeded": 10_000}));
    app.finish().await;
}

#[tokio::test]
async fn a_token_that_is_not_current_is_409_and_records_nothing() {
    let app = TestApp::start().await;
    let task = leased(&app).await;
    let mut other = task.clone();
    other["lease_token"] = json!(Uuid::now_v7());
    let refusal = record(&app, &other, many(3)).await.problem(409, "lease_lost");
    assert_eq!(refusal["task_state"], "running");
    app.complete(&task).await;
    let refusal = record(&app, &task, many(3)).await.problem(409, "lease_lost");
    assert_eq!(refusal["task_state"], "succeeded");
    assert_eq!(list(&app, &of_task(&task)).await.len(), 0);
    assert_eq!(counts(&app, &task).await, json!({}));
    app.finish().await;
}

#[tokio::test]
async fn a_task_that_is_not_there_is_404_before_the_body_is_judged() {
    let app = TestApp::start().await;
    let body = json!({"lease_token": Uuid::now_v7(), "outcomes": [outcome("s", "x")]});
    for id in [Uuid::now_v7().to_string(), "nonsense".to_owned()] {
        let path = format!("/v1/tasks/{id}/outcomes");
        app.post(&path, body.clone()).await.problem(404, "task_not_found");
        app.post(&path, json!({"x": 1})).await.problem(404, "task_not_found");
    }
    app.finish().await;
}

#[tokio::test]
async fn recording_does_not_renew_the_lease() {
    let app = TestApp::start().await;
    let task = leased(&app).await;
    let before = app.task(&task).await["lease_expires_at"].clone();
    app.advance(30).await;
    record(&app, &task, many(1)).await.expect(200);
    assert_eq!(app.task(&task).await["lease_expires_at"], before);
    app.advance(31).await;
    eventually("the lease is ended", || async {
        (app.task(&task).await["state"] != "running").then_some(())
    })
    .await;
    record(&app, &task, many(1)).await.problem(409, "lease_lost");
    app.finish().await;
}

#[tokio::test]
async fn a_repeated_call_counts_once_where_its_key_is_the_same() {
    let app = TestApp::start().await;
    let task = leased(&app).await;
    let first = record_once(&app, &task, "one", many(2)).await;
    assert_eq!((first.header("idempotent-replayed"), first.expect(200)), (None, json!({"accepted": 2})));
    let again = record_once(&app, &task, "one", many(2)).await;
    assert_eq!(
        (again.header("idempotent-replayed"), again.expect(200)),
        (Some("true"), json!({"accepted": 2}))
    );
    record_once(&app, &task, "one", many(3)).await.problem(422, "idempotency_key_reused");
    record_once(&app, &task, "two", many(2)).await.expect(200);
    record(&app, &task, many(2)).await.expect(200);
    assert_eq!(counts(&app, &task).await, json!({"succeeded": 6}));
    app.complete(&task).await;
    let late = record_once(&app, &task, "one", many(2)).await;
    assert_eq!(late.header("idempotent-replayed"), Some("true"), "also once the lease is gone");
    record_once(&app, &task, "three", many(2)).await.problem(409, "lease_lost");
    assert_eq!(list(&app, &of_task(&task)).await.len(), 6);
    app.finish().await;
}

#[tokio::test]
async fn repeats_of_one_key_at_once_count_once_over_all_servers() {
    let app = TestApp::start_servers(2).await;
    let task = leased(&app).await;
    let path = format!("/v1/tasks/{}/outcomes", task["id"].as_str().unwrap());
    let body = json!({"lease_token": task["lease_token"], "outcomes": many(150)});
    let calls = (0..8).map(|call| {
        let request = app.calls(None).request_to(call % 2, reqwest::Method::POST, &path);
        app.send(request.header("idempotency-key", "once").json(&body))
    });
    for answer in futures_util::future::join_all(calls).await {
        assert_eq!(answer.expect(200), json!({"accepted": 150}));
    }
    assert_eq!(counts(&app, &task).await, json!({"succeeded": 150}));
    app.finish().await;
}

#[tokio::test]
async fn calls_for_one_job_at_once_lose_nothing() {
    let app = TestApp::start_servers(2).await;
    app.submit(json!([windlass_tests::job("a", json!({"tasks": vec![json!({}); 4]}))])).await;
    let tasks = app.lease_many("a", 4).await;
    let calls = (0..24).map(|call| {
        let outcomes: Vec<_> =
            (0..50).map(|n| outcome(&format!("s-{n}"), &format!("word_{}", n % 3))).collect();
        app.report_to(call % 2, &tasks[call % 4], "outcomes", json!({"outcomes": outcomes}))
    });
    for answer in futures_util::future::join_all(calls).await {
        answer.expect(200);
    }
    assert_eq!(
        counts(&app, &tasks[0]).await,
        json!({"word_0": 24 * 17, "word_1": 24 * 17, "word_2": 24 * 16})
    );
    assert_eq!(list(&app, &of_task(&tasks[0])).await.len(), 6 * 50);
    app.finish().await;
}
