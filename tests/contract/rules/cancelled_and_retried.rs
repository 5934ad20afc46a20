//! A pipeline whose jobs add to each other, as the demo's do, cancelled at any moment and retried, ends with the right report.

use serde_json::{Value, json};
use windlass_tests::{TestApp, id, job};

/// Steps of the scan, each of which adds the next one and two tasks of `hash`; the last seals both jobs.
const STEPS: u64 = 3;
/// Leases and reports of a run from beginning to end: steps, two tasks of `hash` for each, and the report.
const MOMENTS: usize = 2 * (3 * 3 + 1);

async fn submit(app: &TestApp) -> Value {
    app.submit(json!([
        job("scan", json!({"sealed": false, "tasks": [{"payload": 0}]})),
        job("hash", json!({"sealed": false, "depends_on": ["scan"]})),
        job("report", json!({"depends_on": ["hash"]})),
    ]))
    .await
}

/// What a task comes to: its result, and what it adds.
async fn outcome(app: &TestApp, task: &Value) -> Value {
    let payload = &task["payload"];
    match task["type"].as_str() {
        Some("scan") => {
            let step = payload.as_u64().unwrap();
            let hash = json!([{"payload": 2 * step}, {"payload": 2 * step + 1}]);
            let last = step + 1 == STEPS;
            let scan = if last { json!([]) } else { json!([{"payload": step + 1}]) };
            json!({"result": payload, "add_tasks": [
                {"job": "hash", "tasks": hash, "seal": last},
                {"job": "scan", "tasks": scan, "seal": last},
            ]})
        }
        Some("hash") => json!({"result": payload}),
        _ => {
            let path = format!("/v1/pipelines/{}/jobs/hash/results", task["pipeline_id"].as_str().unwrap());
            let mut results: Vec<_> =
                app.walk(&path).await.iter().map(|item| item["result"].clone()).collect();
            results.sort_by_key(Value::as_u64);
            json!({"result": results})
        }
    }
}

/// Leases and reports one task after the other, so many moments of it; returns what is leased then.
async fn work(app: &TestApp, moments: usize) -> Option<Value> {
    let mut leased = None;
    for _ in 0..moments {
        if let Some(task) = leased.take() {
            app.report(&task, "complete", outcome(app, &task).await).await.expect(200);
        } else {
            let asked = json!({"types": ["scan", "hash", "report"], "worker_id": "w", "max_tasks": 1});
            leased = app.dequeue(asked).await.pop();
            leased.as_ref()?;
        }
    }
    leased
}

#[tokio::test]
async fn a_pipeline_that_adds_to_itself_cancelled_at_any_moment_and_retried_ends_with_the_right_report() {
    let app = TestApp::start().await;
    for moment in 0..=MOMENTS {
        for scope in ["failed", "all"] {
            let pipeline = submit(&app).await;
            let path = format!("/v1/pipelines/{}", id(&pipeline));
            let leased = work(&app, moment).await;
            if moment < MOMENTS {
                app.verb(&path, "cancel").await;
            } else if scope == "failed" {
                continue;
            }
            app.post(&format!("{path}/retry"), json!({"scope": scope})).await.expect(200);
            if let Some(task) = leased {
                app.report(&task, "complete", json!({})).await.problem(409, "lease_lost");
            }
            work(&app, usize::MAX).await;
            let what = format!("cancelled after {moment} moments, retried with scope {scope}");
            let states = app.states(&pipeline).await;
            assert_eq!(states, "succeeded: hash succeeded, report succeeded, scan succeeded", "{what}");
            let report = app.walk(&format!("{path}/jobs/report/results")).await;
            assert_eq!(report[0]["result"], json!([0, 1, 2, 3, 4, 5]), "{what}");
            for (key, tasks) in [("scan", 3), ("hash", 6), ("report", 1)] {
                assert_eq!(app.job(&pipeline, key).await["counts"]["total"], tasks, "{key} {what}");
            }
        }
    }
    app.finish().await;
}
