//! Many outcomes of one job cost no other call anything.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use windlass_tests::{TestApp, job};

use super::support::{counts, list, many, of_job};

/// Calls of 10,000; the benchmark `outcomes` writes 1,000,000.
const CALLS: usize = 2;

#[tokio::test]
async fn outcomes_of_one_job_in_large_calls_are_written_and_read_back_while_others_work() {
    let app = TestApp::start().await;
    app.submit(json!([job("large", json!({})), job("small", json!({"tasks": vec![json!({}); 200]}))])).await;
    let large = app.lease("large").await;
    let writing = async {
        let begun = Instant::now();
        for _ in 0..CALLS {
            let body = json!({"outcomes": many(10_000)});
            app.report(&large, "outcomes", body).await.expect(200);
        }
        begun.elapsed()
    };
    // A job of the same pipeline is worked off meanwhile, one task a call.
    let working = async {
        let mut slowest = Duration::ZERO;
        for _ in 0..200 {
            let begun = Instant::now();
            let task: Value = app.lease("small").await;
            app.complete(&task).await;
            slowest = slowest.max(begun.elapsed());
        }
        slowest
    };
    let (written, slowest) = tokio::join!(writing, working);
    assert!(written < Duration::from_secs(20), "{CALLS} calls of 10,000 took {written:?}");
    assert!(slowest < Duration::from_secs(2), "a dequeue and its report took {slowest:?} meanwhile");
    assert_eq!(counts(&app, &large).await, json!({"succeeded": CALLS * 10_000}));
    assert_eq!(list(&app, &format!("{}&limit=500", of_job(&large))).await.len(), CALLS * 10_000);
    app.finish().await;
}

#[tokio::test]
async fn reports_with_many_outcomes_at_once_leave_the_reports_of_their_job_alone() {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({"tasks": vec![json!({}); 60]}))])).await;
    let tasks = app.lease_many("a", 60).await;
    let (large, small) = tasks.split_at(4);
    let large = futures_util::future::join_all(
        large.iter().map(|task| app.report(task, "complete", json!({"outcomes": many(5_000)}))),
    );
    let small = async {
        for task in small {
            app.complete(task).await;
        }
    };
    let (answers, ()) = tokio::join!(large, small);
    for answer in answers {
        assert_eq!(answer.expect(200)["state"], "succeeded");
    }
    assert_eq!(counts(&app, &tasks[0]).await, json!({"succeeded": 20_000}));
    app.finish().await;
}
