//! `/ui/queues`, `/ui/workers`, and one of each.

use axum::extract::Path;
use axum::http::Method;
use futures_util::future::join_all;
use serde_json::{Value, json};
use windlass_dashboard::html::encoded;
use windlass_dashboard::{queues, workers};
use windlass_wire::{Code, Page, Problem as WireProblem, Queue, QueueMinute, Task, Worker};

use super::changes::carry_out;
use super::events::newest;
use super::needs::only;
use super::sent::Sent;
use super::visit::{Answer, Fault, Visit};
use crate::engine::within;

/// Events that are looked at for a worker's failures, and failures that are shown.
const LOOKED_AT: usize = 500;
const FAILURES: usize = 20;

/// `GET /ui/queues`.
pub(super) async fn list(visit: Visit) -> Answer {
    let page: Page<Queue> = visit.get(&format!("/v1/queues?{}", visit.list_query(&[], 100))).await?;
    visit.ok(queues::page(&visit.frame().await, &visit.query, &page))
}

/// `GET /ui/queues/{type}`.
pub(super) async fn show(Path(name): Path<String>, visit: Visit) -> Answer {
    let name = encoded(&name);
    let queue: Queue = visit.get(&format!("/v1/queues/{name}")).await?;
    let minutes: Page<QueueMinute> = visit.get(&format!("/v1/queues/{name}/history?minutes=1440")).await?;
    let failures: Page<Task> = visit.get(&format!("/v1/tasks?state=failed&type={name}&limit=20")).await?;
    let running: Page<Task> = visit.get(&format!("/v1/tasks?state=running&type={name}&limit=20")).await?;
    let pause = if queue.paused {
        let store = visit.board.app.store();
        Some(only(within(store.pauses_of_types(std::slice::from_ref(&queue.r#type))).await))
    } else {
        None
    };
    let shown = queues::Shown {
        queue: &queue,
        pause: pause.as_ref(),
        minutes: &minutes.items,
        failures: &failures.items,
        running: &running.items,
    };
    visit.ok(queues::one(&visit.frame().await, &shown))
}

/// `POST /ui/queues/{type}`.
pub(super) async fn act(Path(name): Path<String>, sent: Sent) -> Answer {
    let mut body = match sent.verb() {
        "pause" => json!({ "paused": true }),
        "resume" => json!({ "paused": false }),
        "max_running" => match sent.given("max_running").map(|most| most.trim().parse::<u32>()) {
            None => json!({ "max_running": null }),
            Some(Ok(most)) => json!({ "max_running": most }),
            Some(Err(_)) => {
                let problem = WireProblem::new(Code::ValidationFailed, "max_running: is no whole number");
                return Err(sent.refused(&problem).await);
            }
        },
        _ => return sent.unknown().await,
    };
    if let (Some(reason), Value::Object(members)) = (sent.given("reason"), &mut body) {
        members.insert("reason".to_owned(), Value::from(reason));
    }
    let resource = format!("/queues/{}", encoded(&name));
    carry_out(
        &sent,
        (Method::PATCH, &format!("/v1{resource}")),
        Some(body.to_string()),
        &format!("/ui{resource}"),
    )
    .await
}

/// `GET /ui/workers`.
pub(super) async fn workers(visit: Visit) -> Answer {
    let page: Page<Worker> = visit.get(&format!("/v1/workers?{}", visit.list_query(&[], 100))).await?;
    visit.ok(workers::page(&visit.frame().await, &visit.query, &page))
}

/// `GET /ui/workers/{id}`.
pub(super) async fn worker(Path(id): Path<String>, visit: Visit) -> Answer {
    let worker = find(&visit, &id).await?;
    let own = |page: Page<Task>| -> Vec<Task> {
        page.items.into_iter().filter(|task| task.worker_id.as_deref() == Some(id.as_str())).collect()
    };
    let running = own(visit.get("/v1/tasks?state=running&limit=500").await?);
    let failures = failures_of(&visit, &id).await?;
    visit.ok(workers::one(&visit.frame().await, &id, worker.as_ref(), &running, &failures))
}

/// What failed for good in a worker's hands, which its events say: a task that has ended is nobody's any more.
async fn failures_of(visit: &Visit, id: &str) -> Result<Vec<Task>, Fault> {
    let filter =
        [("entity", "task"), ("to", "failed")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    let events = newest(visit, &filter, LOOKED_AT).await?;
    let own = events.items.iter().rev().filter(|event| event.worker_id.as_deref() == Some(id));
    let tasks = own
        .filter_map(|event| event.task_id)
        .take(FAILURES)
        .map(|task| async move { visit.get_or_none::<Task>(&format!("/v1/tasks/{task}")).await });
    Ok(join_all(tasks).await.into_iter().flatten().collect())
}

/// A worker among the first 10,000.
pub(super) async fn find(visit: &Visit, id: &str) -> Result<Option<Worker>, Fault> {
    let mut cursor = String::new();
    for _ in 0..20 {
        let page: Page<Worker> = visit.get(&format!("/v1/workers?limit=500{cursor}")).await?;
        if let Some(worker) = page.items.into_iter().find(|worker| worker.id == id) {
            return Ok(Some(worker));
        }
        let Some(next) = page.next_cursor else { break };
        cursor = format!("&cursor={}", encoded(&next));
    }
    Ok(None)
}
