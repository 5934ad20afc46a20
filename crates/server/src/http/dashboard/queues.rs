//! `/ui/queues`, `/ui/workers`, and one of each.

use axum::extract::Path;
use axum::http::Method;
use serde_json::{Value, json};
use windlass_dashboard::html::encoded;
use windlass_dashboard::{queues, workers};
use windlass_wire::{Code, Page, Problem as WireProblem, Queue, QueueMinute, Task, Worker};

use super::changes::carry_out;
use super::needs::only;
use super::sent::Sent;
use super::visit::{Answer, Fault, Visit};
use crate::engine::within;

/// Tasks that a worker runs and failures of its that are shown.
const RUNNING: usize = 100;
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
    let running: Page<Task> = visit.get(&tasks_of(&id, "running", RUNNING)).await?;
    let failures: Page<Task> = visit.get(&tasks_of(&id, "failed", FAILURES)).await?;
    visit.ok(workers::one(&visit.frame().await, &id, worker.as_ref(), &running, &failures))
}

/// The tasks of a worker in a state.
fn tasks_of(id: &str, state: &str, most: usize) -> String {
    format!("/v1/tasks?state={state}&worker_id={}&limit={most}", encoded(id))
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
