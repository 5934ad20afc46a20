//! Many workers at once, over real parallel connections and two servers.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use windlass_tests::{TestApp, id, job};

/// Takes and completes tasks of type `a` until none is left; returns the ids it had.
async fn drain(app: &TestApp, worker: usize) -> Vec<String> {
    let mut had = Vec::new();
    let asked = json!({"types": ["a"], "worker_id": format!("worker-{worker}"), "max_tasks": 1 + worker % 5});
    loop {
        let answer = app.post_to(worker % 2, "/v1/tasks/dequeue", asked.clone()).await.expect(200);
        let leased = answer["tasks"].as_array().unwrap();
        if leased.is_empty() {
            return had;
        }
        for task in leased {
            app.report_to(worker % 2, task, "complete", json!({})).await.expect(200);
            had.push(id(task).to_owned());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_workers_on_two_servers_drain_many_tasks_each_exactly_once() {
    let app = TestApp::start_servers(2).await;
    let tasks = vec![json!({}); 300];
    let pipelines = [
        app.submit(json!([job("a", json!({"tasks": tasks}))])).await,
        app.submit(json!([
            json!({"key": "x", "type": "a", "tasks": tasks}),
            json!({"key": "y", "type": "a", "depends_on": ["x"]})
        ]))
        .await,
    ];
    let had = futures_util::future::join_all((0..16).map(|worker| drain(&app, worker))).await.concat();
    // The job that opened last may have been opened by the last completion, behind the last empty answer of every other worker.
    let had = [had, drain(&app, 0).await].concat();
    assert_eq!((had.len(), had.iter().collect::<BTreeSet<_>>().len()), (601, 601));
    assert_eq!(app.states(&pipelines[0]).await, "succeeded: a succeeded");
    assert_eq!(app.states(&pipelines[1]).await, "succeeded: x succeeded, y succeeded");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dequeue_never_answers_empty_while_a_free_task_exists() {
    let app = TestApp::start_servers(2).await;
    for round in 0..6 {
        // As many free tasks as dequeues, in one job and in many, so that each dequeue must find one whatever the others do.
        let jobs: Vec<Value> = match round % 3 {
            0 => vec![job("job", json!({"type": "a", "tasks": vec![json!({}); 60]}))],
            1 => (0..60).map(|number| job(&format!("job-{number}"), json!({"type": "a"}))).collect(),
            _ => (0..6)
                .map(|number| {
                    job(&format!("job-{number}"), json!({"type": "a", "tasks": vec![json!({}); 10]}))
                })
                .collect(),
        };
        app.submit(json!(jobs)).await;
        let asked = json!({"types": ["a"], "worker_id": "w"});
        let calls = (0..60).map(|number| app.post_to(number % 2, "/v1/tasks/dequeue", asked.clone()));
        for answer in futures_util::future::join_all(calls).await {
            let answer = answer.expect(200);
            let leased = answer["tasks"].as_array().unwrap();
            assert_eq!(leased.len(), 1, "round {round}");
            app.complete(&leased[0]).await;
        }
        app.expect_nothing_to_lease("a").await;
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_that_ask_at_once_for_a_type_each_get_their_own() {
    let app = TestApp::start_servers(2).await;
    let kinds: Vec<String> = (0..40).map(|number| format!("kind-{number}")).collect();
    for _ in 0..5 {
        let jobs: Vec<_> =
            kinds.iter().map(|kind| json!({"key": kind, "type": kind, "tasks": [{}, {}]})).collect();
        app.submit(json!(jobs)).await;
        let calls = (0..80).map(|number| {
            let asked = json!({"types": [kinds[number % 40]], "worker_id": format!("worker-{number}")});
            app.post_to(number / 40, "/v1/tasks/dequeue", asked)
        });
        for (number, answer) in futures_util::future::join_all(calls).await.into_iter().enumerate() {
            let answer = answer.expect(200);
            let leased = answer["tasks"].as_array().unwrap();
            assert_eq!(leased.len(), 1, "worker {number}");
            assert_eq!(leased[0]["type"], kinds[number % 40]);
            app.complete(&leased[0]).await;
        }
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dequeue_finds_released_tasks_while_others_take_and_release() {
    let app = TestApp::start_servers(2).await;
    app.submit(json!([job("a", json!({"tasks": vec![json!({}); 20]}))])).await;
    // Ten workers hold at most one task each, so of twenty tasks ten are free at any moment.
    let work = |worker: usize| {
        let app = &app;
        async move {
            for _ in 0..30 {
                let asked = json!({"types": ["a"], "worker_id": format!("worker-{worker}")});
                let answer = app.post_to(worker % 2, "/v1/tasks/dequeue", asked).await.expect(200);
                let leased = answer["tasks"].as_array().unwrap();
                assert_eq!(leased.len(), 1, "worker {worker}");
                assert_eq!(leased[0]["attempt"], 1);
                app.report_to((worker + 1) % 2, &leased[0], "release", json!({})).await.expect(200);
            }
        }
    };
    futures_util::future::join_all((0..10).map(work)).await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tasks_added_while_workers_drain_are_all_found() {
    let app = TestApp::start_servers(2).await;
    let pipeline = app.submit(json!([job("a", json!({"sealed": false}))])).await;
    let path = app.job_path(&pipeline, "a").await;
    let add = async {
        for number in 0..40 {
            app.post_to(number % 2, &format!("{path}/tasks"), json!({"tasks": [{}, {}, {}]}))
                .await
                .expect(201);
        }
    };
    let (had, ()) =
        tokio::join!(futures_util::future::join_all((0..8).map(|worker| drain(&app, worker))), add);
    let had = [had.concat(), drain(&app, 0).await].concat();
    assert_eq!((had.len(), had.iter().collect::<BTreeSet<_>>().len()), (120, 120));
    assert_eq!(app.verb(&path, "seal").await["state"], "succeeded");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_join_opens_exactly_once_under_1000_parallel_completions_of_its_parents() {
    let app = TestApp::start_servers(2).await;
    for _ in 0..3 {
        let keys: Vec<String> = (0..999).map(|number| format!("parent-{number}")).collect();
        let mut jobs: Vec<_> = keys.iter().map(|key| json!({"key": key, "type": "parent"})).collect();
        jobs.push(json!({"key": "join", "type": "join", "depends_on": keys}));
        let pipeline = app.submit(json!(jobs)).await;
        complete_in_parallel(&app, "parent", 999).await;
        assert_eq!(app.job(&pipeline, "join").await["state"], "queued");
        let leased = app.lease_many("join", 2).await;
        assert_eq!(leased.len(), 1);
        app.complete(&leased[0]).await;
        assert_eq!(app.pipeline(&pipeline).await["state"], "succeeded");
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_ends_exactly_once_under_1000_parallel_completions_of_its_tasks() {
    let app = TestApp::start_servers(2).await;
    for _ in 0..3 {
        let pipeline = app
            .submit(json!([
                job("a", json!({"tasks": vec![json!({}); 1000]})),
                job("join", json!({"depends_on": ["a"], "tasks": []})),
                job("b", json!({"depends_on": ["join"]}))
            ]))
            .await;
        complete_in_parallel(&app, "a", 1000).await;
        assert_eq!(app.states(&pipeline).await, "running: a succeeded, b queued, join succeeded");
        assert_eq!(app.job(&pipeline, "a").await["counts"]["succeeded"], 1000);
        let leased = app.lease_many("b", 2).await;
        assert_eq!(leased.len(), 1);
        app.complete(&leased[0]).await;
        assert_eq!(app.pipeline(&pipeline).await["state"], "succeeded");
    }
    app.finish().await;
}

/// Leases so many tasks of a type, and completes all of them at once, each in a request of its own.
async fn complete_in_parallel(app: &TestApp, kind: &str, count: usize) {
    let mut leased = Vec::new();
    while leased.len() < count {
        let more = app.lease_many(kind, 100).await;
        assert!(!more.is_empty(), "{} of {count}", leased.len());
        leased.extend(more);
    }
    let calls = leased
        .iter()
        .enumerate()
        .map(|(number, task)| app.report_to(number % 2, task, "complete", json!({})));
    for answer in futures_util::future::join_all(calls).await {
        assert_eq!(answer.expect(200)["state"], "succeeded");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn parents_that_end_differently_at_the_same_moment_decide_their_child_once() {
    let app = TestApp::start_servers(2).await;
    for round in 0..15 {
        let when = ["finished", "always", "succeeded"][round % 3];
        let pipeline = app
            .submit(json!([
                job("good", json!({})),
                job("bad", json!({"allow_failure": true})),
                job(
                    "child",
                    json!({"depends_on": [{"job": "good", "when": when}, {"job": "bad", "when": when}]})
                ),
            ]))
            .await;
        let (good, bad) = (app.lease("good").await, app.lease("bad").await);
        let error = json!({"error": {"category": "unknown", "message": "it broke"}, "retry": "never"});
        let (completed, failed) = tokio::join!(
            app.report_to(0, &good, "complete", json!({})),
            app.report_to(1, &bad, "fail", error)
        );
        completed.expect(200);
        failed.expect(200);
        if when == "succeeded" {
            assert_eq!(app.states(&pipeline).await, "partial: bad failed, child skipped, good succeeded");
        } else {
            assert_eq!(app.states(&pipeline).await, "running: bad failed, child queued, good succeeded");
            app.succeed("child").await;
            assert_eq!(app.pipeline(&pipeline).await["state"], "partial");
        }
    }
    app.finish().await;
}
