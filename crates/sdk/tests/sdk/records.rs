//! What a handler leaves behind beside its result: checkpoints and lines of log.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::prelude::*;
use windlass_sdk::testing::{TestServer, TestTask};
use windlass_sdk::wire::{Code, LogLevel, Task, TaskState};
use windlass_sdk::{Context, LogLayer, TaskFailure, Worker, WorkerBuilder};

use crate::fake::{Fake, Seen, ok, problem};

fn worker(server: &TestServer) -> WorkerBuilder {
    Worker::builder(server.client()).progress_interval(Duration::from_millis(10))
}

fn task(most: u32) -> TestTask {
    let task = TestTask::new("work", &json!(null)).unwrap();
    task.with_max_attempts(most).with_retry_delay(Duration::ZERO)
}

fn messages(server: &TestServer, task: &Task) -> Vec<(LogLevel, String)> {
    server.log(task.id).into_iter().map(|line| (line.level, line.message)).collect()
}

#[tokio::test]
async fn what_a_handler_logs_is_in_the_tasks_log_and_its_last_words_go_with_the_report() {
    let server = TestServer::start().await.unwrap();
    let id = server.add(task(1));
    let handler = async |_: Value, context: Context| {
        context.log(LogLevel::Info, "begin");
        context.log_with(LogLevel::Warn, "odd", &json!({"n": 7}));
        // A call takes some lines while the handler goes on; the rest comes with the report.
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        context.log(LogLevel::Error, "last words");
        Err::<(), _>(TaskFailure::new("data_error", "it broke"))
    };
    let task = server.run(worker(&server).handler("work", handler).build(), id, TaskState::Failed).await;
    let expected = [(LogLevel::Info, "begin"), (LogLevel::Warn, "odd"), (LogLevel::Error, "last words")];
    assert_eq!(messages(&server, &task), expected.map(|(level, message)| (level, message.to_owned())));
    let lines = server.log(task.id);
    assert_eq!(lines[1].fields.as_ref().unwrap().text(), r#"{"n":7}"#);
    assert!(lines.iter().all(|line| line.at.is_some()));
}

#[tokio::test]
async fn what_a_handler_says_by_tracing_is_in_the_tasks_log() {
    let server = TestServer::start().await.unwrap();
    let id = server.add(task(1));
    let layer = LogLayer::new().with_filter(LevelFilter::INFO);
    let _here = tracing_subscriber::registry().with(layer).set_default();
    let handler = async |_: Value, _: Context| {
        tracing::info!(files = 3, name = "a", ok = true, "read");
        tracing::debug!("not this");
        tracing::info_span!("deeper").in_scope(|| tracing::error!("below"));
        Ok::<_, TaskFailure>(())
    };
    tracing::info!("nobody's");
    let task = server.run(worker(&server).handler("work", handler).build(), id, TaskState::Succeeded).await;
    assert_eq!(
        messages(&server, &task),
        [(LogLevel::Info, "read".to_owned()), (LogLevel::Error, "below".to_owned())]
    );
    let fields = server.log(task.id).remove(0).fields.unwrap();
    assert_eq!(fields.parse::<Value>().unwrap(), json!({"files": 3, "name": "a", "ok": true}));
}

#[tokio::test]
async fn more_lines_than_a_report_takes_are_all_there_in_order() {
    let server = TestServer::start().await.unwrap();
    let id = server.add(task(1));
    let handler = async |_: Value, context: Context| {
        for number in 0..2_500 {
            context.log(LogLevel::Info, number.to_string());
        }
        Ok::<_, TaskFailure>(())
    };
    let task = server.run(worker(&server).handler("work", handler).build(), id, TaskState::Succeeded).await;
    let numbers: Vec<String> = messages(&server, &task).into_iter().map(|(_, message)| message).collect();
    assert_eq!(numbers, (0..2_500).map(|number| number.to_string()).collect::<Vec<_>>());
}

#[tokio::test]
async fn lines_before_a_report_are_repeated_as_the_report_is() {
    let calls = AtomicUsize::new(0);
    let script = move |seen: &Seen| match seen.verb.as_str() {
        "log" if calls.fetch_add(1, Ordering::SeqCst) < 3 => Some(problem(Code::DatabaseUnavailable)),
        "log" => {
            Some(ok(json!({"results": [{"id": seen.body["tasks"][0]["id"], "accepted": 500, "dropped": 0}]})))
        }
        _ => None,
    };
    let mut fake = Fake::with_task(json!(null), script).await;
    let handler = async |_: Value, context: Context| {
        for number in 0..1_500 {
            context.log(LogLevel::Info, number.to_string());
        }
        Ok::<_, TaskFailure>(())
    };
    let worker = Worker::builder(fake.client()).handler("work", handler).build();
    let stop = async {
        let mut calls = Vec::new();
        for _ in 0..4 {
            calls.push(fake.next_of("log").await);
        }
        assert!(
            calls[0].key.is_some() && calls.iter().all(|call| call.key == calls[0].key),
            "it counts once"
        );
        assert!(calls.iter().all(|call| call.body == calls[0].body));
        let messages = |lines: &Value| -> Vec<String> {
            lines
                .as_array()
                .unwrap()
                .iter()
                .map(|line| line["message"].as_str().unwrap().to_owned())
                .collect()
        };
        let mut all = messages(&calls[0].body["tasks"][0]["lines"]);
        all.extend(messages(&fake.next_of("complete").await.body["lines"]));
        assert_eq!(all, (0..1_500).map(|number| number.to_string()).collect::<Vec<_>>());
    };
    worker.run_until(stop).await.unwrap();
}

#[tokio::test]
async fn the_next_attempt_gets_the_checkpoint_of_the_one_before() {
    let server = TestServer::start().await.unwrap();
    let id = server.add(task(3));
    let handler = async |_: Value, context: Context| {
        let done: u64 = context.resumed_from()?.unwrap_or(0);
        if done == 2 {
            return Ok(done);
        }
        context.checkpoint(&(done + 1))?;
        Err(TaskFailure::new("network_error", "again"))
    };
    let task = server.run(worker(&server).handler("work", handler).build(), id, TaskState::Succeeded).await;
    assert_eq!((task.result.unwrap().text(), task.attempt), ("2", 3));
    assert!(task.checkpoint.is_none(), "a success drops it");
}

#[tokio::test]
async fn a_checkpoint_is_sent_beside_the_handler() {
    let server = TestServer::start().await.unwrap();
    let id = server.add(task(1));
    let handler = async |_: Value, context: Context| {
        context.checkpoint(&json!({"row": 1}))?;
        context.progress(1.0, None, "");
        context.cancellation().cancelled().await;
        Err::<(), _>(TaskFailure::release(None))
    };
    let worker = worker(&server).stop_wait(Duration::ZERO).handler("work", handler).build();
    let has = |task: &Task| task.checkpoint.as_ref().is_some_and(|json| json.text() == r#"{"row":1}"#);
    let stop = async { drop(server.until(id, |task| has(task) && task.progress.is_some()).await) };
    worker.run_until(stop).await.unwrap();
    assert!(has(&server.task(id)));
}

#[tokio::test]
async fn a_checkpoint_that_is_too_large_is_refused_at_once() {
    let server = TestServer::start().await.unwrap();
    let id = server.add(task(1));
    let handler = async |_: Value, context: Context| {
        context.checkpoint(&"x".repeat(65_534)).unwrap();
        let error = context.checkpoint(&"x".repeat(65_535)).unwrap_err();
        Ok::<_, TaskFailure>(error.to_string())
    };
    let task = server.run(worker(&server).handler("work", handler).build(), id, TaskState::Succeeded).await;
    assert!(task.result.unwrap().text().contains("65536"));
}
