//! `/ui/`.

use futures_util::future::join_all;
use windlass_dashboard::html::encoded;
use windlass_dashboard::overview::{self, Need, Overview};
use windlass_dashboard::words;
use windlass_wire::{Page, Pipeline, Queue, QueueMinute, RunOutcome, Schedule, Task, Webhook};

use super::visit::{Answer, Visit};
use crate::engine::within;

/// Types that are shown, and looked at.
const TYPES: usize = 50;
const LOOKED_AT: usize = 2_000;
/// How long work may wait without a worker, in seconds.
const WAITS: f64 = 60.0;
/// Of each kind of need so many are shown.
const EACH: usize = 20;
/// How old the failure of a schedule may be.
const DAY: i64 = 24;

/// `GET /ui/`.
pub(super) async fn show(visit: Visit) -> Answer {
    if !visit.may("GET /v1/queues") {
        return visit.ok(overview::page(&visit.frame().await, &Overview::default()));
    }
    let queues = queues(&visit).await;
    let failures: Page<Task> = visit.get("/v1/tasks?state=failed&limit=20").await?;
    let running: Page<Pipeline> = visit.get("/v1/pipelines?state=running&limit=20").await?;
    let needs = needs(&visit, &queues).await;
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
        types: most.into_iter().zip(histories).collect(),
        running: running.items,
        ended,
        failures: failures.items,
    };
    visit.ok(overview::page(&visit.frame().await, &shown))
}

/// All types, 2,000 at the most.
async fn queues(visit: &Visit) -> Vec<Queue> {
    list(visit, "/v1/queues?limit=500", LOOKED_AT).await
}

async fn list<T: serde::de::DeserializeOwned>(visit: &Visit, path: &str, most: usize) -> Vec<T> {
    let (mut all, mut cursor) = (Vec::new(), String::new());
    while let Some(page) = visit.get_or_none::<Page<T>>(&format!("{path}{cursor}")).await {
        all.extend(page.items);
        match page.next_cursor.filter(|_| all.len() < most) {
            Some(next) => cursor = format!("&cursor={}", encoded(&next)),
            None => break,
        }
    }
    all
}

async fn needs(visit: &Visit, queues: &[Queue]) -> Vec<Need> {
    let mut needs: Vec<Need> = paused_types(queues).collect();
    let store = visit.board.app.store();
    for pipeline in within(store.paused_pipelines()).await.unwrap_or_default() {
        needs.push(Need {
            since: pipeline.paused_at,
            reason: pipeline.reason,
            ..need(
                "Pipeline",
                Some(format!("/pipelines/{}", pipeline.id)),
                pipeline.name,
                paused_by(pipeline.paused_by.as_deref()),
            )
        });
    }
    for job in within(store.idle_jobs()).await.unwrap_or_default() {
        needs.push(need(
            "Job",
            Some(format!("/jobs/{}", job.id)),
            job.key,
            "it takes more tasks and has had none for an hour; seal it if no more will come".to_owned(),
        ));
    }
    for task in within(store.lost_tasks()).await.unwrap_or_default() {
        let why = format!("its workers lost {} leases; they may crash on it", task.lost);
        needs.push(need(
            "Task",
            Some(format!("/tasks/{}", task.id)),
            format!("{} {}", task.type_name, &task.id.to_string()[..8]),
            why,
        ));
    }
    let schedules: Vec<Schedule> = list(visit, "/v1/schedules?limit=500", LOOKED_AT).await;
    needs.extend(of_schedules(&schedules));
    let webhooks: Vec<Webhook> = list(visit, "/v1/webhooks?limit=500", LOOKED_AT).await;
    needs.extend(of_webhooks(&webhooks));
    if let Some(vitals) = visit.board.app.vitals().get().filter(|vitals| vitals.xmin_age > 1_000_000) {
        let why = format!(
            "a snapshot {} transactions old holds vacuum back",
            words::number(vitals.xmin_age.unsigned_abs())
        );
        needs.push(need("Database", Some("/system".to_owned()), "snapshot".to_owned(), why));
    }
    needs.extend(types_alone(queues));
    needs
}

fn need(what: &str, page: Option<String>, name: String, why: String) -> Need {
    Need { what: what.to_owned(), page, name, why, ..Need::default() }
}

fn paused_by(by: Option<&str>) -> String {
    by.map_or_else(|| "paused".to_owned(), |by| format!("paused by {by}"))
}

fn type_page(queue: &Queue) -> String {
    format!("/queues/{}", encoded(&queue.r#type))
}

fn paused_types(queues: &[Queue]) -> impl Iterator<Item = Need> {
    queues.iter().filter(|queue| queue.paused).take(EACH).map(|queue| Need {
        since: queue.paused_at,
        reason: queue.reason.clone(),
        ..need("Type", Some(type_page(queue)), queue.r#type.clone(), paused_by(queue.paused_by.as_deref()))
    })
}

/// Types whose work waits while no worker asks; they come last, since they are many where no worker runs at all.
fn types_alone(queues: &[Queue]) -> impl Iterator<Item = Need> {
    let alone = queues.iter().filter(|queue| {
        !queue.paused && queue.workers == 0 && queue.oldest_queued_seconds.is_some_and(|waits| waits >= WAITS)
    });
    alone.take(EACH).map(|queue| {
        let waits = words::length_or_none(queue.oldest_queued_seconds);
        let why = format!("work waits for {waits} and no worker asks for it");
        need("Type", Some(type_page(queue)), queue.r#type.clone(), why)
    })
}

fn of_schedules(schedules: &[Schedule]) -> Vec<Need> {
    let page = |schedule: &Schedule| Some(format!("/schedules/{}", encoded(&schedule.name)));
    let lately = super::visit::now() - chrono::TimeDelta::hours(DAY);
    let failed = schedules.iter().filter(|schedule| {
        schedule
            .last_run
            .as_ref()
            .is_some_and(|run| run.outcome == RunOutcome::Failed && run.scheduled_at > lately)
    });
    let failed = failed.take(EACH).map(|schedule| Need {
        since: schedule.last_run.as_ref().map(|run| run.scheduled_at),
        ..need("Schedule", page(schedule), schedule.name.clone(), "its last run failed".to_owned())
    });
    let paused = schedules.iter().filter(|schedule| schedule.paused).take(EACH).map(|schedule| Need {
        since: Some(schedule.updated_at),
        reason: schedule.reason.clone(),
        ..need("Schedule", page(schedule), schedule.name.clone(), paused_by(None))
    });
    failed.chain(paused).collect()
}

fn of_webhooks(webhooks: &[Webhook]) -> Vec<Need> {
    let page = |webhook: &Webhook| Some(format!("/webhooks/{}", webhook.id));
    let failing = webhooks.iter().filter(|webhook| webhook.failing_since.is_some()).map(|webhook| Need {
        since: webhook.failing_since,
        ..need("Webhook", page(webhook), webhook.url.clone(), "its deliveries fail".to_owned())
    });
    let paused = webhooks.iter().filter(|webhook| webhook.paused).take(EACH).map(|webhook| Need {
        since: Some(webhook.updated_at),
        reason: webhook.reason.clone(),
        ..need("Webhook", page(webhook), webhook.url.clone(), paused_by(None))
    });
    failing.take(EACH).chain(paused).collect()
}
