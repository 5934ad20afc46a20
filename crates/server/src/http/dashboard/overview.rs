//! `/ui/`.

use futures_util::future::join_all;
use windlass_dashboard::html::encoded;
use windlass_dashboard::overview::{self, Overview};
use windlass_wire::{Page, Pipeline, Queue, QueueMinute, Task};

use super::needs::{due_in, needs};
use super::visit::{Answer, Visit};
use crate::engine::within;

/// Types that are shown, and looked at.
const TYPES: usize = 50;
const LOOKED_AT: usize = 2_000;

/// `GET /ui/`.
pub(super) async fn show(visit: Visit) -> Answer {
    if !visit.may("GET /v1/queues") {
        return visit.ok(overview::page(&visit.frame().await, &Overview::default()));
    }
    let queues = queues(&visit).await;
    let failures: Page<Task> = visit.get("/v1/tasks?state=failed&limit=20").await?;
    let running: Page<Pipeline> = visit.get("/v1/pipelines?state=running&limit=20").await?;
    let needs = needs(&visit, &queues).await;
    let due_in = due_in(&queues);
    let failing =
        |queue: &Queue| failures.items.iter().filter(|task| task.r#type == queue.r#type).count() as u64;
    let mut most = queues;
    most.sort_by_cached_key(|queue| {
        std::cmp::Reverse((queue.queued + failing(queue), queue.running, queue.scheduled))
    });
    most.truncate(TYPES);
    let histories = join_all(most.iter().map(|queue| {
        let path = format!("/v1/queues/{}/history?minutes=60", encoded(&queue.r#type));
        let visit = &visit;
        async move {
            visit.get_or_none::<Page<QueueMinute>>(&path).await.map(|page| page.items).unwrap_or_default()
        }
    }))
    .await;
    let store = visit.board.app.store();
    let ended = join_all(["succeeded", "partial", "failed", "cancelled"].map(|state| async move {
        let count = within(store.count_ended(state)).await.unwrap_or(0);
        (state, u64::try_from(count).unwrap_or(0), count >= 10_000)
    }))
    .await;
    let shown = Overview {
        needs,
        due_in,
        types: most.into_iter().zip(histories).collect(),
        running: running.items,
        ended,
        failures: failures.items,
    };
    visit.ok(overview::page(&visit.frame().await, &shown))
}

/// All types, 2,000 at the most.
async fn queues(visit: &Visit) -> Vec<Queue> {
    visit.api.list("/v1/queues?limit=500", LOOKED_AT).await
}
