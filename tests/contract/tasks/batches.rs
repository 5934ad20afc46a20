//! `POST /v1/tasks/heartbeat`, `/complete` and `/fail`: many reports in one call.

use serde_json::{Value, json};
use uuid::Uuid;
use windlass_tests::{TestApp, id, job, pointers, seconds_between, time_of};

async fn batch(app: &TestApp, verb: &str, items: &[Value]) -> Vec<Value> {
    let answer = app.post(&format!("/v1/tasks/{verb}"), json!({"tasks": items})).await.expect(200);
    let results = answer["results"].as_array().unwrap_or_else(|| panic!("no results in {answer}")).clone();
    assert_eq!(results.len(), items.len());
    for (item, result) in items.iter().zip(&results) {
        assert_eq!(
            item.get("id").unwrap_or(&Value::Null),
            result.get("id").unwrap_or(&Value::Null),
            "{result}"
        );
    }
    results
}

fn item(leased: &Value, further: Value) -> Value {
    let mut item = json!({"id": leased["id"], "lease_token": leased["lease_token"]});
    let Value::Object(further) = further else { panic!("{further} is no object") };
    item.as_object_mut().unwrap().extend(further);
    item
}

/// Checks the problem of one item.
#[track_caller]
fn problem<'a>(result: &'a Value, status: u16, code: &str) -> &'a Value {
    let problem = &result["problem"];
    assert_eq!((&problem["status"], &problem["code"]), (&json!(status), &json!(code)), "{result}");
    for member in ["type", "title", "detail"] {
        assert!(problem[member].is_string(), "{member} of {problem}");
    }
    problem
}

/// A job `a` of so many tasks, all leased.
async fn leased(app: &TestApp, count: u32, further: Value) -> (Value, Vec<Value>) {
    let mut further = further;
    further["tasks"] = json!(vec![json!({}); count as usize]);
    let pipeline = app.submit(json!([job("a", further)])).await;
    let leased = app.lease_many("a", count).await;
    assert_eq!(leased.len(), count as usize);
    (pipeline, leased)
}

#[tokio::test]
async fn a_batch_completes_many_tasks_in_the_order_asked() {
    let app = TestApp::start().await;
    let (pipeline, mut tasks) = leased(&app, 100, json!({})).await;
    tasks.reverse();
    let items: Vec<_> =
        tasks.iter().enumerate().map(|(number, task)| item(task, json!({"result": number}))).collect();
    for (number, result) in batch(&app, "complete", &items).await.iter().enumerate() {
        assert_eq!(
            (&result["task"]["state"], &result["task"]["result"]),
            (&json!("succeeded"), &json!(number))
        );
    }
    assert_eq!(app.states(&pipeline).await, "succeeded: a succeeded");
    app.finish().await;
}

#[tokio::test]
async fn the_items_of_a_completing_batch_are_judged_one_by_one() {
    let app = TestApp::start().await;
    let (pipeline, tasks) = leased(&app, 5, json!({})).await;
    app.complete(&tasks[1]).await;
    app.report(&tasks[2], "release", json!({})).await.expect(200);
    let unknown = json!({"id": Uuid::now_v7(), "lease_token": Uuid::now_v7()});
    let results = batch(
        &app,
        "complete",
        &[
            item(&tasks[0], json!({"result": "ok"})),
            item(&tasks[1], json!({})),
            item(&tasks[2], json!({})),
            unknown,
            item(&tasks[3], json!({"reslut": 1})),
            json!({"id": tasks[3]["id"]}),
            item(&tasks[4], json!({"result": "ok"})),
        ],
    )
    .await;
    for accepted in [0, 1, 6] {
        assert_eq!(results[accepted]["task"]["state"], "succeeded");
    }
    assert_eq!(problem(&results[2], 409, "lease_lost")["task_state"], "queued");
    problem(&results[3], 404, "task_not_found");
    let found = pointers(problem(&results[4], 422, "validation_failed"));
    assert!(found.len() == 1 && found[0].ends_with("/reslut"), "{found:?}");
    let found = pointers(problem(&results[5], 422, "validation_failed"));
    assert!(found.len() == 1 && found[0].ends_with("/lease_token"), "{found:?}");
    let counts = &app.job(&pipeline, "a").await["counts"];
    assert_eq!(
        (&counts["succeeded"], &counts["queued"], &counts["running"]),
        (&json!(3), &json!(1), &json!(1))
    );
    app.finish().await;
}

#[tokio::test]
async fn an_item_that_is_no_object_or_has_no_good_id_spoils_no_other() {
    let app = TestApp::start().await;
    let (_, tasks) = leased(&app, 1, json!({})).await;
    for verb in ["heartbeat", "fail", "complete"] {
        let further = if verb == "fail" {
            json!({"error": {"category": "unknown", "message": "", "x": 1}})
        } else {
            json!({})
        };
        let answer = app
            .post(
                &format!("/v1/tasks/{verb}"),
                json!({"tasks": [7, {"lease_token": Uuid::now_v7()}, item(&tasks[0], further), null, {"id": "nope"}]}),
            )
            .await
            .expect(200);
        let results = answer["results"].as_array().unwrap();
        assert_eq!(results.len(), 5);
        for wrong in [0, 1, 3, 4] {
            problem(&results[wrong], 422, "validation_failed");
        }
    }
    assert_eq!(app.task(&tasks[0]).await["state"], "succeeded");
    app.finish().await;
}

#[tokio::test]
async fn an_item_of_an_unknown_task_is_answered_so_whatever_else_is_wrong_with_it() {
    let app = TestApp::start().await;
    let (_, tasks) = leased(&app, 1, json!({})).await;
    for verb in ["heartbeat", "fail", "complete"] {
        let unknown = json!({"id": Uuid::now_v7(), "lease_token": "none", "x": 1});
        let known = item(&tasks[0], json!({"x": 1}));
        let results = batch(&app, verb, &[unknown.clone(), known, unknown]).await;
        problem(&results[0], 404, "task_not_found");
        problem(&results[1], 422, "validation_failed");
        problem(&results[2], 404, "task_not_found");
    }
    app.complete(&tasks[0]).await;
    app.finish().await;
}

#[tokio::test]
async fn the_same_completion_twice_in_a_batch_counts_once() {
    let app = TestApp::start().await;
    let (pipeline, tasks) = leased(&app, 2, json!({})).await;
    let twice = [
        item(&tasks[0], json!({"result": 1})),
        item(&tasks[0], json!({"result": 2})),
        item(&tasks[0], json!({"result": 1})),
    ];
    let results = batch(&app, "complete", &twice).await;
    for result in &results {
        assert_eq!((&result["task"]["state"], &result["task"]["result"]), (&json!("succeeded"), &json!(1)));
    }
    let counts = &app.job(&pipeline, "a").await["counts"];
    assert_eq!((&counts["succeeded"], &counts["running"]), (&json!(1), &json!(1)));
    app.finish().await;
}

#[tokio::test]
async fn a_batch_of_heartbeats_renews_each_lease_as_asked() {
    let app = TestApp::start().await;
    let (_, tasks) = leased(&app, 4, json!({"lease_seconds": 100})).await;
    app.complete(&tasks[2]).await;
    app.advance(50).await;
    let results = batch(
        &app,
        "heartbeat",
        &[
            item(&tasks[0], json!({})),
            item(&tasks[1], json!({"lease_seconds": 1_000})),
            item(&tasks[2], json!({})),
            item(&tasks[3], json!({"lease_seconds": 0})),
        ],
    )
    .await;
    for number in [0, 1] {
        assert!(time_of(&results[number], "lease_expires_at") > time_of(&tasks[number], "lease_expires_at"));
        assert_eq!(app.task(&tasks[number]).await["lease_expires_at"], results[number]["lease_expires_at"]);
    }
    assert!(time_of(&results[1], "lease_expires_at") > time_of(&results[0], "lease_expires_at"));
    assert_eq!(problem(&results[2], 409, "lease_lost")["task_state"], "succeeded");
    problem(&results[3], 422, "validation_failed");
    app.finish().await;
}

#[tokio::test]
async fn a_heartbeat_without_a_length_goes_on_with_that_of_the_one_before_it_in_the_batch() {
    let app = TestApp::start().await;
    let (_, tasks) = leased(&app, 1, json!({"lease_seconds": 100})).await;
    let lengths =
        [json!({}), json!({"lease_seconds": 5_000}), json!({}), json!({"lease_seconds": 1_000}), json!({})];
    let beats: Vec<_> = lengths.into_iter().map(|length| item(&tasks[0], length)).collect();
    let results = batch(&app, "heartbeat", &beats).await;
    let renewed =
        seconds_between(time_of(&tasks[0], "lease_expires_at"), time_of(&results[4], "lease_expires_at"));
    assert!((900.0..910.0).contains(&renewed), "{renewed}");
    app.finish().await;
}

#[tokio::test]
async fn a_heartbeat_with_the_token_of_another_task_leaves_that_tasks_lease_as_long_as_it_is() {
    let app = TestApp::start().await;
    // Several, since a batch has no order of its own.
    let (_, tasks) = leased(&app, 20, json!({"lease_seconds": 100})).await;
    let (foreign, own) = tasks.split_at(10);
    let stolen = foreign.iter().zip(own).map(|(task, other)| {
        json!({"id": task["id"], "lease_token": other["lease_token"], "lease_seconds": 5_000})
    });
    let beats: Vec<_> = stolen.chain(own.iter().map(|task| item(task, json!({})))).collect();
    let results = batch(&app, "heartbeat", &beats).await;
    for (refused, (task, renewed)) in results[..10].iter().zip(own.iter().zip(&results[10..])) {
        problem(refused, 409, "lease_lost");
        let gained = seconds_between(time_of(task, "lease_expires_at"), time_of(renewed, "lease_expires_at"));
        assert!((0.0..90.0).contains(&gained), "{gained}");
    }
    app.finish().await;
}

#[tokio::test]
async fn a_batch_of_failures_retries_each_as_asked() {
    let app = TestApp::start().await;
    let further = json!({"retry": {"initial_delay_seconds": 0}, "max_failed_tasks": 10});
    let (pipeline, tasks) = leased(&app, 5, further).await;
    let error = |category: &str| json!({"error": {"category": category, "message": "it broke"}});
    let with_retry =
        |retry: Value| json!({"error": {"category": "data_error", "message": "it broke"}, "retry": retry});
    let results = batch(
        &app,
        "fail",
        &[
            item(&tasks[0], error("unknown")),
            item(&tasks[1], error("data_error")),
            item(&tasks[2], with_retry(json!("never"))),
            item(&tasks[3], with_retry(json!({"after_seconds": 100}))),
            item(&tasks[4], json!({})),
            item(&tasks[0], error("unknown")),
        ],
    )
    .await;
    let states: Vec<_> =
        results[..4].iter().map(|result| result["task"]["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["queued", "failed", "failed", "scheduled"]);
    let found = pointers(problem(&results[4], 422, "validation_failed"));
    assert!(found.len() == 1 && found[0].ends_with("/error"), "{found:?}");
    assert_eq!(results[5]["task"]["state"], "queued");
    let counts = &app.job(&pipeline, "a").await["counts"];
    let expected = [("queued", 1), ("failed", 2), ("scheduled", 1), ("running", 1), ("total", 5)];
    assert!(expected.iter().all(|(state, count)| counts[state] == *count), "{counts}");
    app.finish().await;
}

#[tokio::test]
async fn a_batch_that_fails_its_job_at_once_refuses_the_items_behind() {
    let app = TestApp::start().await;
    let (pipeline, tasks) = leased(&app, 4, json!({})).await;
    let error = json!({"error": {"category": "unknown", "message": "it broke"}, "retry": "never"});
    let items: Vec<_> = tasks.iter().take(3).map(|task| item(task, error.clone())).collect();
    let results = batch(&app, "fail", &items).await;
    let failed = results.iter().filter(|result| result["task"]["state"] == "failed").count();
    let lost = results.iter().filter(|result| result["problem"]["task_state"] == "cancelled").count();
    assert!(failed >= 1 && failed + lost == 3, "{results:?}");
    let counts = &app.job(&pipeline, "a").await["counts"];
    assert_eq!((&counts["failed"], &counts["cancelled"]), (&json!(failed), &json!(4 - failed)));
    assert_eq!(app.states(&pipeline).await, "failed: a failed");
    app.finish().await;
}

#[tokio::test]
async fn a_batch_rolls_up_over_many_jobs_and_pipelines() {
    let app = TestApp::start().await;
    let mut pipelines = Vec::new();
    for _ in 0..10 {
        let parents = ["p1", "p2"].map(|key| json!({"key": key, "type": "parent"}));
        let join = json!({"key": "join", "type": "join", "depends_on": ["p1", "p2"], "tasks": []});
        let after = json!({"key": "after", "type": "after", "depends_on": ["join"]});
        pipelines.push(app.submit(json!([parents[0], parents[1], join, after])).await);
    }
    for kind in ["parent", "after"] {
        let items: Vec<_> =
            app.lease_many(kind, 100).await.iter().map(|task| item(task, json!({}))).collect();
        for result in batch(&app, "complete", &items).await {
            assert_eq!(result["task"]["state"], "succeeded");
        }
    }
    for pipeline in &pipelines {
        assert_eq!(
            app.states(pipeline).await,
            "succeeded: after succeeded, join succeeded, p1 succeeded, p2 succeeded"
        );
    }
    app.finish().await;
}

#[tokio::test]
async fn only_the_envelope_of_a_batch_can_fail_as_a_whole() {
    let app = TestApp::start().await;
    let (_, tasks) = leased(&app, 1, json!({})).await;
    for verb in ["heartbeat", "complete", "fail"] {
        let path = format!("/v1/tasks/{verb}");
        assert_eq!(app.post(&path, json!({})).await.invalid(), ["/tasks"]);
        assert_eq!(app.post(&path, json!({"tasks": {}})).await.invalid(), ["/tasks"]);
        assert_eq!(
            app.post(&path, json!({"tasks": [item(&tasks[0], json!({}))], "atomic": true})).await.invalid(),
            ["/atomic"]
        );
    }
    assert_eq!(app.task(&tasks[0]).await["state"], "running");
    app.finish().await;
}

#[tokio::test]
async fn a_batch_adds_tasks_per_item() {
    let app = TestApp::start().await;
    let pipeline = app
        .submit(json!([
            job("a", json!({"tasks": [{}, {}, {}]})),
            job("b", json!({"sealed": false})),
            job("sealed", json!({"paused": true}))
        ]))
        .await;
    let tasks = app.lease_many("a", 3).await;
    let add = |job: &str, count: usize| json!({"add_tasks": [{"job": job, "tasks": vec![json!({}); count]}]});
    let items =
        [item(&tasks[0], add("b", 2)), item(&tasks[1], add("sealed", 1)), item(&tasks[2], add("nowhere", 1))];
    let results = batch(&app, "complete", &items).await;
    assert_eq!(results[0]["task"]["state"], "succeeded");
    problem(&results[1], 409, "job_sealed");
    assert_eq!(problem(&results[2], 422, "validation_failed")["status"], 422);
    assert_eq!(app.job(&pipeline, "b").await["counts"]["total"], 2);
    assert_eq!(id(&app.task(&tasks[1]).await), id(&tasks[1]));
    assert_eq!(app.job(&pipeline, "a").await["counts"]["running"], 2);
    app.finish().await;
}

#[tokio::test]
async fn overlapping_batches_in_parallel_count_each_task_once() {
    let app = TestApp::start_servers(2).await;
    for _ in 0..5 {
        let (pipeline, tasks) = leased(&app, 50, json!({})).await;
        let items: Vec<_> = tasks.iter().map(|task| item(task, json!({}))).collect();
        let calls = (0..8).map(|number| {
            let mut items = items.clone();
            items.rotate_left(number * 6);
            app.post_to(number % 2, "/v1/tasks/complete", json!({"tasks": items}))
        });
        for answer in futures_util::future::join_all(calls).await {
            let answer = answer.expect(200);
            for result in answer["results"].as_array().unwrap() {
                assert_eq!(result["task"]["state"], "succeeded", "{result}");
            }
        }
        assert_eq!(app.job(&pipeline, "a").await["counts"]["succeeded"], 50);
        assert_eq!(app.states(&pipeline).await, "succeeded: a succeeded");
    }
    app.finish().await;
}
