//! How a handler's end is reported.

use std::time::Duration;

use serde_json::{Value, json};
use windlass_sdk::wire::{Code, NewTask};
use windlass_sdk::{Context, TaskFailure, Worker};

use crate::fake::{Fake, Seen, problem};

/// Runs one task with `handler` and returns the report of `verb`.
async fn report_of<R, F, Fut>(mut fake: Fake, verb: &str, handler: F) -> Value
where
    R: serde::Serialize + 'static,
    F: Fn(u64, Context) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<R, TaskFailure>> + Send + 'static,
{
    let worker = Worker::builder(fake.client()).handler("work", handler).build();
    let mut body = Value::Null;
    worker.run_until(async { body = fake.next_of(verb).await.body }).await.unwrap();
    body.as_object_mut().unwrap().remove("lease_token").expect("a report carries its token");
    body
}

async fn fake(payload: Value) -> Fake {
    Fake::with_task(payload, |_| None).await
}

#[tokio::test]
async fn a_value_completes_the_task_with_what_it_led_to() {
    let report = report_of(fake(json!(20)).await, "complete", |payload, context| async move {
        context.add_tasks("next", [NewTask::of(&1)?]);
        context.add_tasks("other", [NewTask::of(&2)?]);
        context.add_tasks("next", [NewTask::of(&3)?]);
        context.seal("next");
        context.metric("cpu_seconds", 1.5);
        Ok(payload + 1)
    })
    .await;
    let expected = json!({
        "result": 21,
        "metrics": {"cpu_seconds": 1.5},
        "add_tasks": [
            {"job": "next", "tasks": [{"payload": 1}, {"payload": 3}], "seal": true},
            {"job": "other", "tasks": [{"payload": 2}], "seal": false},
        ],
    });
    assert_eq!(report, expected);
}

#[tokio::test]
async fn a_panic_fails_the_attempt_as_system_error() {
    async fn handler(_: u64, _: Context) -> Result<(), TaskFailure> {
        panic!("out of {}", "cheese")
    }
    let report = report_of(fake(json!(1)).await, "fail", handler).await;
    let error = json!({"category": "system_error", "message": "the handler panicked: out of cheese"});
    assert_eq!(report, json!({"error": error, "retry": "auto"}));
}

#[tokio::test]
async fn a_payload_of_another_shape_is_a_data_error() {
    let report = report_of(fake(json!("one")).await, "fail", |payload, _| async move { Ok(payload) }).await;
    assert_eq!(report["error"]["category"], "data_error");
}

#[tokio::test]
async fn an_error_of_any_kind_is_a_system_error() {
    let report = report_of(fake(json!(1)).await, "fail", |_, _| async move { Ok("x".parse::<u64>()?) }).await;
    assert_eq!(report["error"]["category"], "system_error");
    assert_eq!(report["error"]["message"], "invalid digit found in string");
}

#[tokio::test]
async fn a_failure_may_direct_its_retry() {
    let report = report_of(fake(json!(1)).await, "fail", |_, context| async move {
        // What a failed attempt would have led to is not added, what it measured is stored.
        context.add_tasks("next", [NewTask::default()]);
        context.metric("bytes", 3.0);
        let failure = TaskFailure::new("api_rate_limited", "slow down").with_detail(&json!({"limit": 5}));
        Err::<(), _>(failure.retry_after(Duration::from_secs(90)))
    })
    .await;
    let error = json!({"category": "api_rate_limited", "message": "slow down", "detail": {"limit": 5}});
    assert_eq!(report, json!({"error": error, "retry": {"after_seconds": 90}, "metrics": {"bytes": 3.0}}));
}

#[tokio::test]
async fn a_failure_may_be_the_last() {
    let report = report_of(fake(json!(1)).await, "fail", |_, _| async move {
        Err::<(), _>(TaskFailure::new("data_error", "hopeless").never_retry())
    })
    .await;
    assert_eq!(report["retry"], "never");
}

#[tokio::test]
async fn a_task_may_be_released() {
    let report = report_of(fake(json!(1)).await, "release", |_, _| async move {
        Err::<(), _>(TaskFailure::release(Some(Duration::from_millis(1500))))
    })
    .await;
    assert_eq!(report, json!({"delay_seconds": 1.5}));
}

#[tokio::test]
async fn a_refused_completion_never_becomes_a_failure() {
    let refuse = |seen: &Seen| (seen.verb == "complete").then(|| problem(Code::JobSealed));
    let mut fake = Fake::with_task(json!(1), refuse).await;
    let worker = Worker::builder(fake.client()).handler("work", |_: u64, _| async move { Ok(()) }).build();
    // The slot is free again once all was done about the report.
    let stop = async {
        assert_eq!(fake.next().await.verb, "dequeue");
        assert_eq!(fake.next().await.verb, "complete");
        assert_eq!(fake.next().await.verb, "dequeue");
    };
    worker.run_until(stop).await.unwrap();
    assert_eq!(fake.rest(), Vec::<String>::new());
}

#[tokio::test]
async fn a_refused_failure_is_reported_as_a_failure_that_says_why() {
    let refuse =
        |seen: &Seen| (seen.body["error"]["category"] == "No!").then(|| problem(Code::ValidationFailed));
    let mut fake = Fake::with_task(json!(1), refuse).await;
    let handler = |_: u64, _| async move { Err::<(), _>(TaskFailure::new("No!", "hopeless").never_retry()) };
    let worker = Worker::builder(fake.client()).handler("work", handler).build();
    let mut reports = Vec::new();
    let stop = async {
        reports = vec![fake.next_of("fail").await.body, fake.next_of("fail").await.body];
    };
    worker.run_until(stop).await.unwrap();
    assert_eq!(reports[1]["error"]["category"], "validation_error");
    assert_eq!(reports[1]["retry"], "never");
    let message = reports[1]["error"]["message"].as_str().unwrap();
    assert!(message.contains("validation_failed"), "{message}");
}

#[tokio::test]
async fn a_blocking_handler_completes_and_its_panic_fails_the_attempt() {
    let mut fake = fake(json!(20)).await;
    let worker =
        Worker::builder(fake.client()).blocking_handler("work", |payload: u64, context: &Context| {
            assert_eq!((context.attempt(), context.is_last_attempt(), context.deadline()), (1, false, None));
            // Only a thread where a handler may block lets it wait for a future.
            tokio::runtime::Handle::current().block_on(tokio::task::yield_now());
            Ok(payload + 1)
        });
    let stop = async { assert_eq!(fake.next_of("complete").await.body["result"], 21) };
    worker.build().run_until(stop).await.unwrap();

    let mut fake = Fake::with_task(json!(20), |_| None).await;
    let worker = Worker::builder(fake.client())
        .blocking_handler("work", |payload: u64, _: &Context| -> Result<(), TaskFailure> {
            panic!("no {payload}")
        });
    let stop = async {
        let report = fake.next_of("fail").await.body;
        assert_eq!(report["error"]["message"], "the handler panicked: no 20");
    };
    worker.build().run_until(stop).await.unwrap();
}

#[tokio::test]
async fn a_report_is_repeated_until_the_server_is_back() {
    let down = std::sync::atomic::AtomicUsize::new(0);
    let script = move |seen: &Seen| {
        let first = seen.verb == "complete" && down.fetch_add(1, std::sync::atomic::Ordering::SeqCst) < 2;
        first.then(|| problem(Code::DatabaseUnavailable))
    };
    let mut fake = Fake::with_task(json!(7), script).await;
    let worker = Worker::builder(fake.client()).lease(Duration::from_millis(600));
    let worker = worker.handler("work", |payload: u64, _| async move { Ok(payload) }).build();
    let stop = async {
        for _ in 0..3 {
            assert_eq!(fake.next_of("complete").await.body["result"], 7);
        }
    };
    worker.run_until(stop).await.unwrap();
}
