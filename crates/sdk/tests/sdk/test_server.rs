//! Handlers with the test server of the feature `testing`, and typed jobs.

use std::time::Duration;

use futures_util::TryStreamExt;
use serde::{Deserialize, Serialize};
use serde_json::json;
use windlass_sdk::testing::{TestServer, TestTask};
use windlass_sdk::wire::{Json, TaskState};
use windlass_sdk::{Cancellation, Context, Job, TaskFailure, Worker};

struct Scan;
struct Sum;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Chunk {
    numbers: Vec<u64>,
}

impl Job for Scan {
    const TYPE: &'static str = "scan";
    type Payload = u64;
    type Result = Chunk;
}

impl Job for Sum {
    const TYPE: &'static str = "sum";
    type Payload = ();
    type Result = u64;
}

async fn sum((): (), context: Context) -> Result<u64, TaskFailure> {
    let chunks: Vec<_> = context.results_of(Scan, "scan").try_collect().await?;
    Ok(chunks.iter().flat_map(|chunk| &chunk.numbers).sum())
}

fn worker(server: &TestServer) -> windlass_sdk::WorkerBuilder {
    Worker::builder(server.client()).worker_id("me")
}

#[tokio::test]
async fn a_typed_handler_reads_the_results_of_an_earlier_job() {
    let server = TestServer::start().await.unwrap();
    for numbers in [vec![1, 2], vec![], vec![39]] {
        server.add_result("scan", &Chunk { numbers }).unwrap();
    }
    let id = server.add(TestTask::of(Sum, &()).unwrap());
    let task = server.run(worker(&server).job(Sum, sum).build(), id, TaskState::Succeeded).await;
    assert_eq!((task.result.unwrap().text(), task.worker_id.as_deref()), ("42", Some("me")));
}

#[tokio::test]
async fn a_result_of_another_shape_is_an_error_that_names_the_job() {
    let server = TestServer::start().await.unwrap();
    server.add_result("scan", "no chunk").unwrap();
    let id = server.add(TestTask::of(Sum, &()).unwrap().with_max_attempts(1));
    let task = server.run(worker(&server).job(Sum, sum).build(), id, TaskState::Failed).await;
    let message = task.error.unwrap().message;
    assert!(message.contains("results of scan"), "{message}");
}

#[tokio::test]
async fn what_a_typed_completion_adds_is_noted() {
    let server = TestServer::start().await.unwrap();
    let id = server.add(TestTask::of(Scan, &3).unwrap());
    let worker = worker(&server).job(Scan, |most, context: Context| async move {
        let payloads: Vec<u64> = (0..most).collect();
        context.add(Scan, "next", &payloads)?;
        context.seal("next");
        Ok(Chunk { numbers: Vec::new() })
    });
    server.run(worker.build(), id, TaskState::Succeeded).await;
    let [added] = server.added().try_into().unwrap();
    let payloads: Vec<_> = added.tasks.iter().map(|task| task.payload.as_ref().unwrap().text()).collect();
    assert_eq!((added.job.as_str(), payloads.as_slice(), added.seal), ("next", &["0", "1", "2"][..], true));
}

#[test]
fn a_producer_writes_jobs_with_the_name_that_the_worker_asks_for() {
    let job = Scan::job("a", &7).unwrap();
    assert_eq!((job.r#type.as_str(), job.payload.unwrap().text()), ("scan", "7"));
    let job = Scan::job_of("a", &[1, 2]).unwrap();
    let payloads: Vec<_> = job.tasks.unwrap().into_iter().map(|task| task.payload.unwrap()).collect();
    assert_eq!(payloads.iter().map(Json::text).collect::<Vec<_>>(), ["1", "2"]);
    assert_eq!(Scan::unsealed("a").sealed, Some(windlass_sdk::wire::Sealing::Later));
    assert_eq!(Scan::standalone(&7).unwrap().r#type, "scan");
}

#[tokio::test]
async fn a_failed_attempt_is_tried_again_when_its_delay_has_passed() {
    let server = TestServer::start().await.unwrap();
    let (delay, rest) = (Duration::from_mins(61), Duration::from_mins(1));
    let id = server.add(TestTask::new("work", &1).unwrap().with_retry_delay(delay).with_max_attempts(2));
    let worker = worker(&server).handler("work", |_: u64, context: Context| async move {
        if context.is_last_attempt() { Ok(()) } else { Err(TaskFailure::new("network_error", "once")) }
    });
    let ended = async {
        let waiting = server.until(id, |task| task.state == TaskState::Scheduled).await;
        assert_eq!(waiting.error.unwrap().category, "network_error");
        server.advance(Duration::from_hours(1));
        assert_eq!(server.task(id).state, TaskState::Scheduled);
        server.advance(rest);
    };
    let (task, ()) = tokio::join!(server.run(worker.build(), id, TaskState::Succeeded), ended);
    assert_eq!(task.attempt, 2);
}

/// A handler that reports why it was cancelled as the progress of its task, and one that runs it.
async fn cancelled_by(act: impl FnOnce(&TestServer, uuid::Uuid)) -> Option<Cancellation> {
    let server = TestServer::start().await.unwrap();
    let lease = Duration::from_secs(1);
    let id = server.add(TestTask::new("work", &json!(null)).unwrap().with_lease(lease).with_max_attempts(1));
    let (sender, mut cause) = tokio::sync::mpsc::unbounded_channel();
    let worker = worker(&server).handler("work", move |(): (), context: Context| {
        let sender = sender.clone();
        async move {
            context.progress(1.0, None, "begun");
            context.cancellation().cancelled().await;
            sender.send(context.cancelled_by())?;
            Ok(())
        }
    });
    let mut reported = None;
    let stop = async {
        server.until(id, |task| task.progress.is_some()).await;
        act(&server, id);
        reported = cause.recv().await;
    };
    worker.build().run_until(stop).await.unwrap();
    reported.unwrap()
}

#[tokio::test]
async fn a_handler_learns_why_it_should_stop() {
    assert_eq!(cancelled_by(TestServer::cancel).await, Some(Cancellation::Cancelled));
    let advance = |server: &TestServer, _| server.advance(Duration::from_secs(1));
    assert_eq!(cancelled_by(advance).await, Some(Cancellation::LeaseLost));
}

#[tokio::test]
async fn an_attempt_that_runs_past_its_timeout_is_ended() {
    let server = TestServer::start().await.unwrap();
    let timeout = Duration::from_mins(10);
    let id = server.add(TestTask::new("work", &1).unwrap().with_timeout(timeout).with_max_attempts(1));
    let worker = worker(&server).lease(Duration::from_hours(1)).handler(
        "work",
        |_: u64, context: Context| async move {
            let left = context.deadline().expect("the job has a timeout") - tokio::time::Instant::now();
            context.progress(left.as_secs_f64().ceil(), None, "");
            std::future::pending::<Result<(), TaskFailure>>().await
        },
    );
    let worker = worker.cancel_grace(Duration::ZERO).stop_wait(Duration::ZERO).build();
    let passing = async {
        let task = server.until(id, |task| task.progress.is_some()).await;
        assert!((task.progress.unwrap().current - 600.0).abs() < f64::EPSILON);
        server.advance(timeout);
    };
    let (task, ()) = tokio::join!(server.run(worker, id, TaskState::Failed), passing);
    assert_eq!(task.error.unwrap().category, "timeout");
}
