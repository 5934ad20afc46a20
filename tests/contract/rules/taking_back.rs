//! Rule 8, "Retries by hand are exact": what a task's completion had added is taken back when a retry runs the task again, and so on down.

use serde_json::{Value, json};
use windlass_tests::{TestApp, id, job};

/// Jobs of which each takes tasks from those before it.
fn chain(keys: &[&str]) -> Value {
    let first = job(keys[0], json!({}));
    let rest = keys.windows(2).map(|pair| job(pair[1], json!({"depends_on": [pair[0]], "sealed": false})));
    json!(std::iter::once(first).chain(rest).collect::<Vec<_>>())
}

/// Completes a task that adds so many tasks to a job of its pipeline.
async fn add(app: &TestApp, leased: &Value, key: &str, tasks: usize, seal: bool) {
    let add = json!({"job": key, "tasks": vec![json!({}); tasks], "seal": seal});
    app.report(leased, "complete", json!({"result": key, "add_tasks": [add]})).await.expect(200);
}

async fn retry_all(app: &TestApp, path: &str) -> Value {
    app.post(&format!("{path}/retry"), json!({"scope": "all"})).await.expect(200)
}

fn pipeline_path(pipeline: &Value) -> String {
    format!("/v1/pipelines/{}", id(pipeline))
}

async fn total(app: &TestApp, pipeline: &Value, key: &str) -> Value {
    app.job(pipeline, key).await["counts"]["total"].clone()
}

/// A pipeline of `scan` and `hash` that has succeeded, with three tasks of `hash` that `scan` had added and one of its own.
async fn scanned(app: &TestApp) -> (Value, Vec<Value>) {
    let hash = json!({"depends_on": ["scan"], "sealed": false, "tasks": [{"payload": "own"}]});
    let pipeline = app.submit(json!([job("scan", json!({})), job("hash", hash)])).await;
    add(app, &app.lease("scan").await, "hash", 3, true).await;
    let leased = app.lease_many("hash", 9).await;
    assert_eq!(leased.len(), 4);
    for task in &leased {
        app.report(task, "complete", json!({"result": task["payload"]})).await.expect(200);
    }
    assert_eq!(app.states(&pipeline).await, "succeeded: hash succeeded, scan succeeded");
    (pipeline, leased)
}

#[tokio::test]
async fn what_a_completion_had_added_is_gone_from_lists_counts_and_results() {
    let app = TestApp::start().await;
    let (pipeline, leased) = scanned(&app).await;
    let results = format!("{}/jobs/hash/results", pipeline_path(&pipeline));
    assert_eq!(app.walk(&results).await.len(), 4);
    retry_all(&app, &pipeline_path(&pipeline)).await;
    let hash = app.job(&pipeline, "hash").await;
    assert_eq!(
        (&hash["state"], &hash["counts"]["pending"], &hash["counts"]["total"]),
        (&json!("pending"), &json!(1), &json!(1))
    );
    for list in ["job_id", "pipeline_id", "type"] {
        let value = match list {
            "job_id" => id(&hash).to_owned(),
            "pipeline_id" => id(&pipeline).to_owned(),
            _ => "hash".to_owned(),
        };
        for state in ["", "&state=pending", "&state=succeeded"] {
            let listed = app.walk(&format!("/v1/tasks?{list}={value}{state}")).await;
            let of_hash = listed.iter().filter(|task| task["type"] == "hash").count();
            assert_eq!(of_hash, usize::from(state != "&state=succeeded"), "{list}{state}");
        }
    }
    assert_eq!(app.walk("/v1/tasks").await.len(), 2, "scan's and hash's own");
    assert_eq!(app.walk(&results).await, Vec::<Value>::new());
    assert_eq!(app.get(&format!("/v1/tasks/{}", id(&leased[0]))).await.expect(200)["state"], "pending");
    app.finish().await;
}

#[tokio::test]
async fn a_task_that_was_taken_back_is_not_found_but_its_attempts_answer_and_its_events_stay() {
    let app = TestApp::start().await;
    let (pipeline, leased) = scanned(&app).await;
    let before = app.walk_events(&format!("?pipeline_id={}", id(&pipeline))).await;
    retry_all(&app, &pipeline_path(&pipeline)).await;
    let events = app.walk_events(&format!("?pipeline_id={}", id(&pipeline))).await;
    assert_eq!(events[..before.len()], before[..]);
    for gone in &leased[1..] {
        let path = format!("/v1/tasks/{}", id(gone));
        app.get(&path).await.problem(404, "task_not_found");
        app.post_empty(&format!("{path}/cancel")).await.problem(404, "task_not_found");
        app.post_empty(&format!("{path}/retry")).await.problem(404, "task_not_found");
        let attempts = app.get(&format!("{path}/attempts")).await.expect(200);
        assert_eq!(attempts["items"][0]["outcome"], "succeeded", "{attempts}");
        let of_task = app.walk_events(&format!("?task_id={}", id(gone))).await;
        assert_eq!(of_task.len(), 2, "{of_task:?}");
    }
    app.finish().await;
}

#[tokio::test]
async fn every_report_with_a_token_of_a_task_that_was_taken_back_is_lease_lost_with_task_state_cancelled() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("scan", json!({})), job("hash", json!({"sealed": false}))])).await;
    add(&app, &app.lease("scan").await, "hash", 3, false).await;
    let leased = app.lease_many("hash", 2).await;
    app.complete(&leased[0]).await;
    retry_all(&app, &app.job_path(&pipeline, "scan").await).await;
    let error = json!({"error": {"category": "unknown", "message": "broken"}});
    for task in &leased {
        for (verb, body) in [
            ("complete", json!({})),
            ("fail", error.clone()),
            ("release", json!({})),
            ("heartbeat", json!({})),
            ("progress", json!({"current": 1})),
        ] {
            let lost = app.report(task, verb, body).await.problem(409, "lease_lost");
            assert_eq!(lost["task_state"], "cancelled", "{verb}");
        }
        let batch = json!({"tasks": [{"id": task["id"], "lease_token": task["lease_token"]}]});
        let answer = app.post("/v1/tasks/complete", batch).await.expect(200);
        assert_eq!(answer["results"][0]["problem"]["task_state"], "cancelled", "{answer}");
    }
    let attempts = app.get(&format!("/v1/tasks/{}/attempts", id(&leased[1]))).await.expect(200);
    assert_eq!(attempts["items"][0]["outcome"], "cancelled", "{attempts}");
    assert_eq!(app.job(&pipeline, "hash").await["counts"]["total"], 0);
    app.expect_nothing_to_lease("hash").await;
    app.finish().await;
}

#[tokio::test]
async fn what_was_taken_back_takes_back_what_it_had_added_and_so_on_down() {
    let app = TestApp::start().await;
    let pipeline = app.submit(chain(&["a", "b", "c", "d"])).await;
    add(&app, &app.lease("a").await, "b", 2, true).await;
    for (kind, next) in [("b", "c"), ("c", "d")] {
        let leased = app.lease_many(kind, 9).await;
        for (number, task) in leased.iter().enumerate() {
            add(&app, task, next, 1, number + 1 == leased.len()).await;
        }
    }
    assert_eq!(total(&app, &pipeline, "d").await, 2);
    retry_all(&app, &app.job_path(&pipeline, "a").await).await;
    assert_eq!(app.job_states(&pipeline).await, "a queued, b pending, c pending, d pending");
    for key in ["b", "c", "d"] {
        assert_eq!(total(&app, &pipeline, key).await, 0, "{key}");
    }
    app.finish().await;
}

/// `hash` has a task of its own and one that `scan` added, both add to `keep`: a retry of `scan` takes the second's alone.
#[tokio::test]
async fn of_two_tasks_of_one_job_only_what_the_one_that_was_taken_back_had_added_goes() {
    let app = TestApp::start().await;
    let open = json!({"sealed": false});
    let pipeline = app
        .submit(json!([
            job("scan", json!({})),
            job("hash", json!({"sealed": false, "tasks": [{}]})),
            job("keep", open)
        ]))
        .await;
    let own = app.lease("hash").await;
    add(&app, &own, "keep", 1, false).await;
    add(&app, &app.lease("scan").await, "hash", 1, false).await;
    add(&app, &app.lease("hash").await, "keep", 1, false).await;
    let before = app.tasks(&app.job(&pipeline, "keep").await).await;
    retry_all(&app, &app.job_path(&pipeline, "scan").await).await;
    let kept = app.tasks(&app.job(&pipeline, "keep").await).await;
    assert_eq!((before.len(), kept.len()), (2, 1));
    assert_eq!(kept[0]["id"], before[0]["id"], "the older one");
    let hash = app.job(&pipeline, "hash").await;
    assert_eq!((&hash["counts"]["succeeded"], &hash["counts"]["total"]), (&json!(1), &json!(1)));
    assert_eq!(app.lease("keep").await["id"], kept[0]["id"]);
    app.finish().await;
}

#[tokio::test]
async fn a_job_that_adds_to_itself_is_left_with_what_it_began_with() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("crawl", json!({"sealed": false, "tasks": [{}]}))])).await;
    for _ in 0..3 {
        add(&app, &app.lease("crawl").await, "crawl", 2, false).await;
    }
    assert_eq!(total(&app, &pipeline, "crawl").await, 7);
    let path = app.job_path(&pipeline, "crawl").await;
    app.verb(&path, "cancel").await;
    // Succeeded tasks stay, and what they had added.
    app.verb(&path, "retry").await;
    assert_eq!(total(&app, &pipeline, "crawl").await, 7);
    app.verb(&path, "cancel").await;
    let again = retry_all(&app, &path).await;
    assert_eq!((&again["counts"]["queued"], &again["counts"]["total"]), (&json!(1), &json!(1)));
    assert_eq!(app.lease_many("crawl", 9).await.len(), 1);
    app.finish().await;
}

#[tokio::test]
async fn what_two_jobs_had_added_to_one_is_taken_back_apart() {
    let app = TestApp::start().await;
    let pipeline = app
        .submit(json!([job("a", json!({})), job("b", json!({})), job("c", json!({"sealed": false}))]))
        .await;
    add(&app, &app.lease("a").await, "c", 2, false).await;
    add(&app, &app.lease("b").await, "c", 3, false).await;
    let of_b: Vec<Value> = app.lease_many("c", 9).await.split_off(2);
    retry_all(&app, &app.job_path(&pipeline, "a").await).await;
    assert_eq!(total(&app, &pipeline, "c").await, 3);
    for task in of_b {
        app.complete(&task).await;
    }
    add(&app, &app.lease("a").await, "c", 1, false).await;
    assert_eq!(total(&app, &pipeline, "c").await, 4);
    retry_all(&app, &app.job_path(&pipeline, "b").await).await;
    let c = app.job(&pipeline, "c").await;
    assert_eq!((&c["counts"]["queued"], &c["counts"]["total"]), (&json!(1), &json!(1)));
    app.finish().await;
}

#[tokio::test]
async fn a_job_that_loses_tasks_and_has_ended_runs_again_with_all_that_is_below() {
    let app = TestApp::start().await;
    let mut jobs = chain(&["scan", "hash"]);
    jobs.as_array_mut()
        .unwrap()
        .extend([job("report", json!({"depends_on": ["hash"]})), job("other", json!({}))]);
    let pipeline = app.submit(jobs).await;
    add(&app, &app.lease("scan").await, "hash", 1, true).await;
    for kind in ["hash", "report", "other"] {
        app.succeed(kind).await;
    }
    let ended = "succeeded: hash succeeded, other succeeded, report succeeded, scan succeeded";
    assert_eq!(app.states(&pipeline).await, ended);
    retry_all(&app, &app.job_path(&pipeline, "scan").await).await;
    assert_eq!(
        app.states(&pipeline).await,
        "running: hash pending, other succeeded, report pending, scan queued"
    );
    app.finish().await;
}

#[tokio::test]
async fn a_job_that_was_cancelled_or_skipped_by_hand_stays_so_without_what_was_taken_back() {
    let app = TestApp::start().await;
    for (verb, state) in [("cancel", "cancelled"), ("skip", "skipped")] {
        let pipeline = app.submit(chain(&["scan", "hash"])).await;
        add(&app, &app.lease("scan").await, "hash", 3, false).await;
        app.succeed("hash").await;
        let hash = app.job_path(&pipeline, "hash").await;
        app.verb(&hash, verb).await;
        retry_all(&app, &app.job_path(&pipeline, "scan").await).await;
        let after = app.get(&hash).await.expect(200);
        assert_eq!((&after["state"], &after["counts"]["total"]), (&json!(state), &json!(0)), "{after}");
        assert_eq!(app.job_states(&pipeline).await, format!("hash {state}, scan queued"));
        app.succeed("scan").await;
    }
    app.finish().await;
}

#[tokio::test]
async fn a_job_that_has_begun_goes_on_without_what_was_taken_back() {
    let app = TestApp::start().await;
    let pipeline = app
        .submit(json!([
            job("scan", json!({})),
            job("hash", json!({"sealed": false, "tasks": [{}, {}, {}, {}]}))
        ]))
        .await;
    let own = app.lease_many("hash", 3).await;
    add(&app, &app.lease("scan").await, "hash", 2, false).await;
    // One of its own waits behind those that are taken back, with an attempt behind it.
    app.report(
        &own[0],
        "fail",
        json!({"error": {"category": "unknown", "message": "once"}, "retry": {"after_seconds": 0}}),
    )
    .await
    .expect(200);
    app.complete(&own[1]).await;
    retry_all(&app, &app.job_path(&pipeline, "scan").await).await;
    let hash = app.job(&pipeline, "hash").await;
    let counts = &hash["counts"];
    assert_eq!((&hash["state"], &counts["total"]), (&json!("running"), &json!(4)), "{hash}");
    assert_eq!(
        (&counts["queued"], &counts["running"], &counts["succeeded"]),
        (&json!(2), &json!(1), &json!(1)),
        "{hash}"
    );
    let again = app.task(&own[0]).await;
    assert_eq!(
        (&again["attempt"], &again["max_attempts"], &again["state"]),
        (&json!(1), &json!(3), &json!("queued"))
    );
    assert!(again["started_at"].is_string(), "it goes on: {again}");
    app.complete(&own[2]).await;
    let left = app.lease_many("hash", 9).await;
    assert_eq!(left.len(), 2);
    assert_eq!((&left[1]["id"], &left[1]["attempt"]), (&own[0]["id"], &json!(2)));
    app.finish().await;
}

#[tokio::test]
async fn a_job_that_has_lost_all_that_ran_waits_again_for_the_parent_that_runs_again() {
    let app = TestApp::start().await;
    let mut jobs = chain(&["scan", "hash"]);
    jobs.as_array_mut().unwrap().push(job("report", json!({"depends_on": ["hash"]})));
    let pipeline = app.submit(jobs).await;
    add(&app, &app.lease("scan").await, "hash", 2, true).await;
    let leased = app.lease("hash").await;
    retry_all(&app, &app.job_path(&pipeline, "scan").await).await;
    app.report(&leased, "heartbeat", json!({})).await.problem(409, "lease_lost");
    assert_eq!(app.states(&pipeline).await, "running: hash pending, report pending, scan queued");
    let events = app.walk_events(&format!("?job_id={}", id(&app.job(&pipeline, "hash").await))).await;
    let last = events.iter().rfind(|event| event["entity"] == "job").unwrap();
    assert_eq!((&last["from"], &last["to"]), (&json!("running"), &json!("pending")));
    app.finish().await;
}

#[tokio::test]
async fn a_retry_that_runs_no_succeeded_task_again_takes_nothing_back() {
    let app = TestApp::start().await;
    let scan = json!({"tasks": [{}, {}], "max_failed_tasks": 1});
    let pipeline = app.submit(json!([job("scan", scan), job("hash", json!({"sealed": false}))])).await;
    add(&app, &app.lease("scan").await, "hash", 3, false).await;
    let failed = app.fail_for_good("scan").await;
    app.verb(&format!("/v1/tasks/{}", id(&failed)), "retry").await;
    assert_eq!(total(&app, &pipeline, "hash").await, 3);
    app.fail_for_good("scan").await;
    app.verb(&app.job_path(&pipeline, "scan").await, "retry").await;
    assert_eq!(total(&app, &pipeline, "hash").await, 3);
    app.verb(&pipeline_path(&pipeline), "cancel").await;
    app.verb(&pipeline_path(&pipeline), "retry").await;
    assert_eq!(total(&app, &pipeline, "hash").await, 3);
    app.finish().await;
}

#[tokio::test]
async fn tasks_added_by_a_call_stay() {
    let app = TestApp::start().await;
    let pipeline = app.submit(chain(&["scan", "hash"])).await;
    let hash = app.job_path(&pipeline, "hash").await;
    app.post(&format!("{hash}/tasks"), json!({"tasks": [{}, {}]})).await.expect(201);
    add(&app, &app.lease("scan").await, "hash", 300, false).await;
    app.post(&format!("{hash}/tasks"), json!({"tasks": [{}]})).await.expect(201);
    retry_all(&app, &app.job_path(&pipeline, "scan").await).await;
    assert_eq!(total(&app, &pipeline, "hash").await, 3);
    app.finish().await;
}
