//! A worker of one slot.

use serde_json::{Value, json};
use windlass_tests::TestApp;

/// How a task is answered.
pub(super) enum Say {
    /// It is done: the members of its completion.
    Done(Value),
    /// It has failed for good.
    Failed,
}

/// Runs the tasks of these types until none is free; the keys of their jobs, in the order in which they ran.
pub(super) async fn run(app: &TestApp, types: &[&str], say: impl Fn(&Value) -> Say) -> Vec<String> {
    let mut ran = Vec::new();
    loop {
        let leased = app.dequeue(json!({"types": types, "worker_id": "the-worker"})).await;
        let Some(task) = leased.into_iter().next() else { return ran };
        ran.push(task["job_key"].as_str().unwrap().to_owned());
        match say(&task) {
            Say::Done(further) => app.report(&task, "complete", further).await.expect(200),
            Say::Failed => app.fail_with(&task, json!({"retry": "never"})).await,
        };
    }
}

/// Completes all that these types have.
pub(super) async fn run_all(app: &TestApp, types: &[&str]) -> Vec<String> {
    run(app, types, |_| Say::Done(json!({}))).await
}

/// As [`run_all`], but the tasks of the job `key` fail.
pub(super) async fn run_but(app: &TestApp, types: &[&str], key: &str) -> Vec<String> {
    run(app, types, |task| if task["job_key"] == key { Say::Failed } else { Say::Done(json!({})) }).await
}
