//! Outcomes that a handler collects go with its report.

use serde_json::json;
use windlass_sdk::testing::{TestServer, TestTask};
use windlass_sdk::wire::{Json, NewOutcome, TaskState};
use windlass_sdk::{Context, TaskFailure, Worker, WorkerBuilder};

fn worker(server: &TestServer) -> WorkerBuilder {
    Worker::builder(server.client()).worker_id("me")
}

fn told(server: &TestServer) -> Vec<String> {
    let one = |outcome: &NewOutcome| format!("{}/{} {}", outcome.subject, outcome.kind, outcome.disposition);
    server.outcomes().iter().map(one).collect()
}

#[tokio::test]
async fn the_outcomes_of_a_task_that_succeeds_go_with_its_completion() {
    let server = TestServer::start().await.unwrap();
    let id = server.add(TestTask::new("t", &()).unwrap());
    let worker = worker(&server).handler("t", |(): (), context: Context| async move {
        context.outcome("a", "succeeded");
        context.outcome_of(NewOutcome {
            subject: "b".to_owned(),
            kind: "annotate".to_owned(),
            disposition: "failed".to_owned(),
            reason: Some("no such gene".to_owned()),
            detail: Some(Json::of(&json!({"gene": "XYZ"}))?),
            ..NewOutcome::default()
        });
        Ok(())
    });
    server.run(worker.build(), id, TaskState::Succeeded).await;
    assert_eq!(told(&server), ["a/ succeeded", "b/annotate failed"]);
    let outcomes = server.outcomes();
    assert_eq!(outcomes[1].reason.as_deref(), Some("no such gene"));
    assert_eq!(outcomes[1].detail.as_ref().unwrap().text(), r#"{"gene":"XYZ"}"#);
}

#[tokio::test]
async fn the_outcomes_of_a_task_that_fails_go_with_its_failure() {
    let server = TestServer::start().await.unwrap();
    let id = server.add(TestTask::new("t", &()).unwrap().with_max_attempts(1));
    let worker = worker(&server).handler("t", |(): (), context: Context| async move {
        context.outcome("a", "succeeded");
        Err::<(), _>(TaskFailure::new("data_error", "the rest is broken"))
    });
    server.run(worker.build(), id, TaskState::Failed).await;
    assert_eq!(told(&server), ["a/ succeeded"]);
}

#[tokio::test]
async fn more_than_a_report_takes_are_sent_before_it_in_their_order() {
    let server = TestServer::start().await.unwrap();
    let id = server.add(TestTask::new("t", &()).unwrap());
    let worker = worker(&server).handler("t", |(): (), context: Context| async move {
        for number in 0..20_001 {
            context.outcome(number.to_string(), "succeeded");
        }
        Ok(())
    });
    server.run(worker.build(), id, TaskState::Succeeded).await;
    let outcomes = server.outcomes();
    assert!(outcomes.iter().enumerate().all(|(number, outcome)| outcome.subject == number.to_string()));
    assert_eq!(outcomes.len(), 20_001);
}
