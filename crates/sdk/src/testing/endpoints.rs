//! The calls that workers make, over HTTP.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;
use windlass_wire::{
    Batch, BatchResults, Code, Complete, Dequeue, Dequeued, Fail, Heartbeat, HeartbeatItem, HeartbeatResult,
    LeaseExtended, LogResult, Page, Problem, RecordOutcomes, RecordedOutcomes, Release, ReportProgress,
    ResultItem, Task, TaskProgress, WriteLogItem,
};

use super::shared::Shared;

type Server = State<Arc<Shared>>;

/// Every call that the test server answers.
pub(super) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/healthz", get(|| async { StatusCode::OK }))
        .route("/readyz", get(|| async { StatusCode::OK }))
        .route("/v1/tasks/dequeue", post(dequeue_tasks))
        .route("/v1/tasks/heartbeat", post(heartbeat_tasks))
        .route("/v1/tasks/log", post(log_tasks))
        .route("/v1/tasks/{id}", get(get_task))
        .route("/v1/tasks/{id}/heartbeat", post(heartbeat_task))
        .route("/v1/tasks/{id}/progress", post(report_progress))
        .route("/v1/tasks/{id}/outcomes", post(record_outcomes))
        .route("/v1/tasks/{id}/complete", post(complete_task))
        .route("/v1/tasks/{id}/fail", post(fail_task))
        .route("/v1/tasks/{id}/release", post(release_task))
        .route("/v1/pipelines/{id}/jobs/{key}/results", get(list_results))
        .fallback(|| async {
            refuse(&Problem::new(Code::RouteNotFound, "the test server does not know this call"))
        })
        .with_state(shared)
}

async fn dequeue_tasks(State(server): Server, headers: HeaderMap, body: Bytes) -> Response {
    let request: Dequeue = match read(&body) {
        Ok(request) => request,
        Err(problem) => return refuse(&problem),
    };
    let key = headers.get("idempotency-key").and_then(|key| key.to_str().ok());
    let wait = Duration::try_from_secs_f64(request.wait_seconds.unwrap_or_default()).unwrap_or_default();
    let look = || {
        let tasks = server.book().dequeue(&request, key);
        (!tasks.is_empty()).then_some(tasks)
    };
    let tasks = tokio::time::timeout(wait, server.until(look)).await.unwrap_or_default();
    if !tasks.is_empty() {
        server.changed();
    }
    answer(&server, Ok(Dequeued { tasks }))
}

async fn heartbeat_tasks(State(server): Server, body: Bytes) -> Response {
    let renew = |item: HeartbeatItem| {
        let heartbeat = Heartbeat {
            lease_token: item.lease_token,
            lease_seconds: item.lease_seconds,
            checkpoint: item.checkpoint,
        };
        let (lease_expires_at, problem) = match renew(&server, item.id, heartbeat) {
            Ok(extended) => (Some(extended.lease_expires_at), None),
            Err(problem) => (None, Some(*problem)),
        };
        HeartbeatResult { id: Some(item.id), lease_expires_at, problem }
    };
    let batch = read::<Batch<HeartbeatItem>>(&body);
    let results = batch.map(|batch| BatchResults { results: batch.tasks.into_iter().map(renew).collect() });
    answer(&server, results)
}

async fn log_tasks(State(server): Server, headers: HeaderMap, body: Bytes) -> Response {
    let key = headers.get("idempotency-key").and_then(|key| key.to_str().ok()).unwrap_or_default();
    let repeated = !key.is_empty() && !server.book().logged.insert(key.to_owned());
    let write = |item: WriteLogItem| {
        let accepted = u32::try_from(item.lines.len()).unwrap_or(u32::MAX);
        let lines = if repeated { Vec::new() } else { item.lines };
        let logged = server.book().entry(item.id).and_then(|entry| entry.log(item.lease_token, lines));
        let (accepted, dropped, problem) = match logged {
            Ok(()) => (Some(accepted), Some(0), None),
            Err(problem) => (None, None, Some(*problem)),
        };
        LogResult { id: Some(item.id), accepted, dropped, problem }
    };
    let batch = read::<Batch<WriteLogItem>>(&body);
    let results = batch.map(|batch| BatchResults { results: batch.tasks.into_iter().map(write).collect() });
    server.changed();
    answer(&server, results)
}

async fn get_task(State(server): Server, Path(id): Path<Uuid>) -> Response {
    let task = server.book().entry(id).map(|entry| entry.task.clone());
    answer(&server, task)
}

async fn heartbeat_task(State(server): Server, Path(id): Path<Uuid>, body: Bytes) -> Response {
    answer(&server, read(&body).and_then(|heartbeat| renew(&server, id, heartbeat)))
}

async fn report_progress(State(server): Server, Path(id): Path<Uuid>, body: Bytes) -> Response {
    let extended = read::<ReportProgress>(&body).and_then(|report| {
        let ReportProgress { lease_token, current, total, message, checkpoint } = report;
        let extended = renew(&server, id, Heartbeat { lease_token, lease_seconds: None, checkpoint })?;
        server.book().entry(id)?.progress(TaskProgress { current, total, message });
        Ok(extended)
    });
    server.changed();
    answer(&server, extended)
}

async fn record_outcomes(State(server): Server, Path(id): Path<Uuid>, body: Bytes) -> Response {
    let recorded = read::<RecordOutcomes>(&body).and_then(|record| {
        // The lease is looked at as by a heartbeat, but not renewed.
        let mut book = server.book();
        book.entry(id)?.check(record.lease_token)?;
        let accepted = record.outcomes.len() as u64;
        book.outcomes.extend(record.outcomes);
        Ok(RecordedOutcomes { accepted })
    });
    answer(&server, recorded)
}

async fn complete_task(State(server): Server, Path(id): Path<Uuid>, body: Bytes) -> Response {
    let task = read::<Complete>(&body).and_then(|report| {
        let mut book = server.book();
        let now = book.now();
        let entry = book.entry(id)?;
        let repeated = entry.accept(report.lease_token, "complete")?;
        if !repeated {
            entry.log.extend(report.lines);
            entry.complete(report.result, now);
        }
        let task = entry.task.clone();
        if !repeated {
            book.added.extend(report.add_tasks);
            book.outcomes.extend(report.outcomes);
        }
        Ok(task)
    });
    shown(&server, task)
}

async fn fail_task(State(server): Server, Path(id): Path<Uuid>, body: Bytes) -> Response {
    let task = read::<Fail>(&body).and_then(|report| {
        let mut book = server.book();
        let now = book.now();
        let entry = book.entry(id)?;
        let repeated = entry.accept(report.lease_token, "fail")?;
        if !repeated {
            entry.keep_checkpoint(report.checkpoint);
            entry.log.extend(report.lines);
            entry.fail(report.error, report.retry.unwrap_or_default(), now);
        }
        let task = entry.task.clone();
        if !repeated {
            book.outcomes.extend(report.outcomes);
        }
        Ok(task)
    });
    shown(&server, task)
}

async fn release_task(State(server): Server, Path(id): Path<Uuid>, body: Bytes) -> Response {
    let task = read::<Release>(&body).and_then(|report| {
        let mut book = server.book();
        let now = book.now();
        let entry = book.entry(id)?;
        if !entry.accept(report.lease_token, "release")? {
            entry.keep_checkpoint(report.checkpoint);
            entry.log.extend(report.lines);
            let delay = Duration::try_from_secs_f64(report.delay_seconds.unwrap_or_default());
            entry.release(delay.unwrap_or_default(), now);
        }
        Ok(entry.task.clone())
    });
    shown(&server, task)
}

async fn list_results(State(server): Server, Path((pipeline, key)): Path<(Uuid, String)>) -> Response {
    let book = server.book();
    let page: Result<Page<ResultItem>, _> = if pipeline == book.pipeline_id {
        let unknown = || Box::new(Problem::new(Code::JobNotFound, format!("there is no job {key}")));
        book.results(&key).ok_or_else(unknown).map(|items| Page { items: items.to_vec(), next_cursor: None })
    } else {
        Err(Box::new(Problem::new(Code::PipelineNotFound, format!("there is no pipeline {pipeline}"))))
    };
    drop(book);
    answer(&server, page)
}

fn renew(server: &Shared, id: Uuid, heartbeat: Heartbeat) -> Result<LeaseExtended, Box<Problem>> {
    let length = heartbeat.lease_seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let mut book = server.book();
    let now = book.now();
    let entry = book.entry(id)?;
    let lease_expires_at = entry.renew(heartbeat.lease_token, length, now)?;
    entry.keep_checkpoint(heartbeat.checkpoint);
    Ok(LeaseExtended { lease_expires_at })
}

fn read<T: DeserializeOwned>(body: &Bytes) -> Result<T, Box<Problem>> {
    serde_json::from_slice(body)
        .map_err(|error| Box::new(Problem::new(Code::ValidationFailed, error.to_string())))
}

fn shown(server: &Shared, task: Result<Task, Box<Problem>>) -> Response {
    server.changed();
    answer(server, task)
}

/// The answer, at the test's time.
fn answer<T: Serialize>(server: &Shared, outcome: Result<T, Box<Problem>>) -> Response {
    let date = server.book().now().format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    match outcome {
        Ok(body) => ([(header::DATE, date)], json(&body)).into_response(),
        Err(problem) => refuse(&problem),
    }
}

fn refuse(problem: &Problem) -> Response {
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, json(problem)).into_response()
}

fn json<T: Serialize>(body: &T) -> Response {
    let text = serde_json::to_vec(body).unwrap_or_default();
    ([(header::CONTENT_TYPE, "application/json")], text).into_response()
}
