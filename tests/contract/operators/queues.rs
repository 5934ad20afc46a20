//! `GET /v1/queues`, `GET /v1/queues/{type}` and `PATCH` of its pause.

use serde_json::{Value, json};
use windlass_tests::{LONG, TestApp, eventually, job};

async fn queue(app: &TestApp, kind: &str) -> Value {
    app.get(&format!("/v1/queues/{kind}")).await.expect(200)
}

/// Waits until a queue shows these numbers of queued, scheduled and running tasks.
async fn shows(app: &TestApp, kind: &str, queued: u32, scheduled: u32, running: u32) {
    let expected = [queued, scheduled, running].map(|count| json!(count));
    eventually(&format!("{kind} shows {expected:?}"), || async {
        let queue = queue(app, kind).await;
        ([&queue["queued"], &queue["scheduled"], &queue["running"]] == expected.each_ref()).then_some(())
    })
    .await;
}

/// Waits until a queue shows so many workers.
async fn asked(app: &TestApp, kind: &str, workers: u32) {
    eventually(&format!("{workers} workers ask for {kind}"), || async {
        let answer = app.get(&format!("/v1/queues/{kind}")).await;
        (answer.status == 200 && answer.json()["workers"] == workers).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_queue_shows_how_many_workers_asked_for_its_type_in_the_last_5_minutes() {
    let app = TestApp::start_servers(2).await;
    app.submit(json!([job("a", json!({})), job("b", json!({})), job("c", json!({}))])).await;
    for (server, worker, types) in [
        (0, "w1", json!(["a", "b"])),
        (0, "w1", json!(["c"])),
        (0, "w2", json!(["a"])),
        (1, "w2", json!(["a", "elsewhere"])),
    ] {
        let body = json!({"types": types, "worker_id": worker});
        app.post_to(server, "/v1/tasks/dequeue", body).await.expect(200);
    }
    asked(&app, "a", 2).await;
    // Also the types of a call that was not the worker's last.
    asked(&app, "b", 1).await;
    asked(&app, "c", 1).await;
    // What the other server has noted is written by now, too: at its own time, not after the clock is moved.
    asked(&app, "elsewhere", 1).await;
    app.advance(280).await;
    app.dequeue(json!({"types": ["a"], "worker_id": "w3"})).await;
    asked(&app, "a", 3).await;
    app.advance(30).await;
    asked(&app, "a", 1).await;
    asked(&app, "b", 0).await;
    let listed = app.walk("/v1/queues").await;
    let workers: Vec<_> =
        listed.iter().map(|queue| (queue["type"].clone(), queue["workers"].clone())).collect();
    let expected = [("a", 1), ("b", 0), ("c", 0), ("elsewhere", 0)];
    assert_eq!(workers, expected.map(|(kind, count)| (json!(kind), json!(count))));
    app.finish().await;
}

#[tokio::test]
async fn a_type_that_only_a_dequeue_named_is_listed_for_24_hours() {
    let app = TestApp::start().await;
    app.get("/v1/queues/asked").await.problem(404, "queue_not_found");
    app.dequeue(json!({"types": ["asked"], "worker_id": "w"})).await;
    asked(&app, "asked", 1).await;
    app.patch("/v1/queues/set", json!({"max_running": 7})).await.expect(200);
    for limit in [1, 2, 3] {
        let types: Vec<Value> = app
            .walk(&format!("/v1/queues?limit={limit}"))
            .await
            .iter()
            .map(|queue| queue["type"].clone())
            .collect();
        assert_eq!(types, ["asked", "set"], "{limit}");
    }
    let expected = json!({
        "type": "asked", "paused": false, "max_running": null, "queued": 0, "scheduled": 0, "running": 0, "oldest_queued_seconds": null,
        "workers": 1, "reason": null, "paused_by": null, "paused_at": null,
    });
    assert_eq!(queue(&app, "asked").await, expected);
    app.advance(24 * 3_600 - 70).await;
    assert_eq!(queue(&app, "asked").await["workers"], 0);
    app.advance(140).await;
    app.get("/v1/queues/asked").await.problem(404, "queue_not_found");
    assert_eq!(app.walk("/v1/queues").await.len(), 1);
    app.finish().await;
}

#[tokio::test]
async fn a_queue_has_the_members_of_the_contract() {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({}))])).await;
    app.lease("a").await;
    shows(&app, "a", 0, 0, 1).await;
    let expected = json!({
        "type": "a", "paused": false, "max_running": null, "queued": 0, "scheduled": 0, "running": 1, "oldest_queued_seconds": null,
        "workers": 1, "reason": null, "paused_by": null, "paused_at": null,
    });
    asked(&app, "a", 1).await;
    assert_eq!(queue(&app, "a").await, expected);
    app.finish().await;
}

#[tokio::test]
async fn a_paused_queue_shows_why_who_and_since_when() {
    let app = TestApp::start().await;
    let pause = |reason: &str| app.patch("/v1/queues/a", json!({"paused": true, "reason": reason}));
    let paused = pause("no disk").await.expect(200);
    assert_eq!((&paused["reason"], &paused["paused_by"]), (&json!("no disk"), &json!("client")));
    assert!(paused["paused_at"].is_string());
    assert_eq!(pause("again").await.expect(200), paused, "what holds already changes nothing");
    let limit = json!({"max_running": 2, "reason": "two disks"});
    let limited = app.patch("/v1/queues/a", limit).await.expect(200);
    assert_eq!((&limited["reason"], &limited["max_running"]), (&json!("no disk"), &json!(2)));
    let resumed = app.patch("/v1/queues/a", json!({"paused": false, "reason": "new disk"})).await.expect(200);
    assert_eq!([&resumed["reason"], &resumed["paused_by"], &resumed["paused_at"]], [&Value::Null; 3]);
    app.patch("/v1/queues/a", json!({"reason": "x".repeat(1_001)})).await.problem(422, "validation_failed");
    app.finish().await;
}

#[tokio::test]
async fn every_type_that_a_job_or_a_patch_has_named_is_listed() {
    let app = TestApp::start().await;
    app.submit(json!([job("b", json!({})), job("a", json!({"depends_on": ["b"]}))])).await;
    app.patch("/v1/queues/ahead", json!({"max_running": 7})).await.expect(200);
    let queues = app.walk("/v1/queues").await;
    let mut types: Vec<_> = queues.iter().map(|queue| queue["type"].as_str().unwrap()).collect();
    types.sort_unstable();
    assert_eq!(types, ["a", "ahead", "b"]);
    assert_eq!(queue(&app, "ahead").await["max_running"], 7);
    app.finish().await;
}

#[tokio::test]
async fn queues_are_listed_by_type_and_walked() {
    let app = TestApp::start().await;
    for kind in ["b", "a.z", "C", "a", "_"] {
        app.submit(json!([job("k", json!({"type": kind}))])).await;
    }
    app.patch("/v1/queues/a-", json!({"paused": true})).await.expect(200);
    for limit in [1, 2, 5, 6, 500] {
        let walked = app.walk(&format!("/v1/queues?limit={limit}")).await;
        let types: Vec<&str> = walked.iter().map(|queue| queue["type"].as_str().unwrap()).collect();
        assert_eq!(types, ["C", "_", "a", "a-", "a.z", "b"], "{limit}");
    }
    app.get("/v1/queues?limit=0").await.problem(400, "malformed_request");
    app.get("/v1/queues?cursor=x").await.problem(400, "malformed_request");
    app.get("/v1/queues?type=a").await.problem(400, "malformed_request");
    app.finish().await;
}

#[tokio::test]
async fn a_type_that_nothing_has_named_is_not_found() {
    let app = TestApp::start().await;
    app.expect_nothing_to_lease("asked-for").await;
    for kind in ["unheard-of", "asked-for"] {
        app.get(&format!("/v1/queues/{kind}")).await.problem(404, "queue_not_found");
    }
    app.finish().await;
}

#[tokio::test]
async fn a_queue_counts_its_tasks_along_their_way() {
    let app = TestApp::start().await;
    let run_at = app.time_in(1_000).await;
    let tasks = json!([{}, {}, {}, {"run_at": run_at}]);
    let jobs = json!([
        job("a", json!({"tasks": tasks, "max_failed_tasks": 3})),
        json!({"key": "below", "type": "a", "depends_on": ["a"]})
    ]);
    app.submit(jobs).await;
    shows(&app, "a", 3, 1, 0).await;
    let leased = app.lease_many("a", 2).await;
    shows(&app, "a", 1, 1, 2).await;
    app.complete(&leased[0]).await;
    app.fail(&leased[1]).await;
    shows(&app, "a", 1, 2, 0).await;
    app.advance(1_001).await;
    shows(&app, "a", 3, 0, 0).await;
    for _ in 0..3 {
        app.succeed("a").await;
    }
    shows(&app, "a", 1, 0, 0).await;
    app.finish().await;
}

#[tokio::test]
async fn queued_counts_paused_jobs_and_no_ended_ones() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({"paused": true, "tasks": [{}, {}]}))])).await;
    shows(&app, "a", 2, 0, 0).await;
    let path = app.job_path(&pipeline, "a").await;
    app.verb(&path, "cancel").await;
    shows(&app, "a", 0, 0, 0).await;
    app.verb(&path, "retry").await;
    shows(&app, "a", 2, 0, 0).await;
    app.finish().await;
}

#[tokio::test]
async fn the_oldest_waits_since_it_became_free_in_jobs_that_may_be_dequeued() {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({"paused": true}))])).await;
    shows(&app, "a", 1, 0, 0).await;
    assert_eq!(queue(&app, "a").await["oldest_queued_seconds"], Value::Null);
    app.submit(json!([job("a", json!({}))])).await;
    app.advance(1_000).await;
    app.submit(json!([job("a", json!({"tasks": [{}, {}]}))])).await;
    let waited = queue(&app, "a").await["oldest_queued_seconds"].as_f64().unwrap();
    assert!((1_000.0..1_020.0).contains(&waited), "{waited}");
    app.lease("a").await;
    let waited = queue(&app, "a").await["oldest_queued_seconds"].as_f64().unwrap();
    assert!((0.0..20.0).contains(&waited), "{waited}");
    app.finish().await;
}

#[tokio::test]
async fn the_oldest_is_the_greatest_wait_over_the_priorities() {
    let app = TestApp::start().await;
    app.post("/v1/jobs", json!({"type": "a", "priority": "very_low"})).await.expect(201);
    app.advance(500).await;
    app.post("/v1/jobs", json!({"type": "a", "priority": "very_high"})).await.expect(201);
    let waited = queue(&app, "a").await["oldest_queued_seconds"].as_f64().unwrap();
    assert!((500.0..520.0).contains(&waited), "{waited}");
    app.finish().await;
}

#[tokio::test]
async fn a_paused_queue_hands_nothing_out_and_running_tasks_go_on() {
    let app = TestApp::start_servers(2).await;
    app.submit(json!([job("a", json!({"tasks": [{}, {}]})), job("b", json!({}))])).await;
    let leased = app.lease("a").await;
    assert_eq!(app.patch("/v1/queues/a", json!({"paused": true})).await.expect(200)["paused"], true);
    let asked = json!({"types": ["a", "b"], "worker_id": "w", "max_tasks": 5});
    let answer = app.post_to(1, "/v1/tasks/dequeue", asked).await.expect(200);
    let types: Vec<_> = answer["tasks"].as_array().unwrap().iter().map(|task| &task["type"]).collect();
    assert_eq!(types, ["b"]);
    app.complete(&leased).await;
    app.submit(json!([job("a", json!({}))])).await;
    app.expect_nothing_to_lease("a").await;
    app.patch("/v1/queues/a", json!({"paused": false})).await.expect(200);
    assert_eq!(app.lease_many("a", 5).await.len(), 2);
    app.finish().await;
}

#[tokio::test]
async fn a_queue_paused_ahead_of_its_first_job_stays_paused() {
    let app = TestApp::start().await;
    app.patch("/v1/queues/a", json!({"paused": true})).await.expect(200);
    app.submit(json!([job("a", json!({}))])).await;
    app.expect_nothing_to_lease("a").await;
    shows(&app, "a", 1, 0, 0).await;
    assert_eq!(queue(&app, "a").await["paused"], true);
    app.finish().await;
}

#[tokio::test]
async fn resuming_a_queue_wakes_waiting_dequeues() {
    let app = TestApp::start_servers(2).await;
    app.patch("/v1/queues/a", json!({"paused": true})).await.expect(200);
    app.submit(json!([job("a", json!({"tasks": [{}, {}]}))])).await;
    let asked = json!({"types": ["a"], "worker_id": "patient", "wait_seconds": 60});
    let begun = std::time::Instant::now();
    let waiting = [0, 1].map(|server| app.post_to(server, "/v1/tasks/dequeue", asked.clone()));
    let resume = async {
        app.get("/v1/tasks").await.expect(200);
        app.patch("/v1/queues/a", json!({"paused": false})).await.expect(200);
    };
    let (answers, ()) = tokio::join!(futures_util::future::join_all(waiting), resume);
    for answer in answers {
        assert_eq!(answer.expect(200)["tasks"].as_array().unwrap().len(), 1);
    }
    assert!(begun.elapsed() < LONG, "{:?}", begun.elapsed());
    app.finish().await;
}

#[tokio::test]
async fn a_patch_of_a_queue_is_validated() {
    let app = TestApp::start().await;
    for (patch, pointer) in [
        (json!({"paused": "yes", "max_running": 1}), "/paused"),
        (json!({"max_running": -1}), "/max_running"),
        (json!({"max_running": 2_147_483_648_u32}), "/max_running"),
        (json!({"max_running": 1.5}), "/max_running"),
        (json!({"max_runing": 1}), "/max_runing"),
        (json!({"paused": true, "queued": 0}), "/queued"),
    ] {
        assert_eq!(app.patch("/v1/queues/a", patch).await.invalid(), [pointer]);
    }
    app.get("/v1/queues/a").await.problem(404, "queue_not_found");
    for max_running in [json!(0), json!(2_147_483_647), json!(null)] {
        assert_eq!(
            app.patch("/v1/queues/a", json!({"max_running": max_running})).await.expect(200)["max_running"],
            max_running
        );
    }
    app.finish().await;
}
