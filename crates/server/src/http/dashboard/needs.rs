//! What needs a person: what is paused, what fails, and what waits for nobody.

use std::collections::HashMap;

use windlass_dashboard::html::encoded;
use windlass_dashboard::overview::Need;
use windlass_dashboard::words;
use windlass_store::{FailedSchedule, Pause, Paused};
use windlass_wire::{Queue, Webhook};

use super::visit::Visit;
use crate::engine::{self, within};

/// How long work may wait without a worker, in seconds.
const WAITS: f64 = 60.0;
/// Of each kind of need so many are shown.
const EACH: usize = 20;
/// As many webhooks as there may be.
const WEBHOOKS: usize = 100;
/// How many transactions old a snapshot may be.
const OLD: i64 = 1_000_000;

/// The one pause that was asked for, as its page shows it.
pub(super) fn only(pauses: Result<Vec<Pause>, engine::Error>) -> windlass_dashboard::pause::Pause {
    let pause = pauses.ok().and_then(|pauses| pauses.into_iter().next());
    pause
        .map(|pause| windlass_dashboard::pause::Pause { by: pause.paused_by, at: pause.paused_at })
        .unwrap_or_default()
}

/// All that needs somebody; what cannot be looked at is left out.
pub(super) async fn needs(visit: &Visit, queues: &[Queue]) -> Vec<Need> {
    let store = visit.board.app.store();
    let mut needs = paused_types(visit, queues).await;
    let pipelines = within(store.paused_pipelines()).await.unwrap_or_default();
    needs.extend(pipelines.into_iter().map(|paused| paused_one("Pipeline", "pipelines", paused)));
    let jobs = within(store.paused_jobs()).await.unwrap_or_default();
    needs.extend(jobs.into_iter().map(|paused| paused_one("Job", "jobs", paused)));
    for job in within(store.idle_jobs()).await.unwrap_or_default() {
        let why = "it takes more tasks and has had none for an hour; seal it if no more will come";
        needs.push(need("Job", Some(format!("/jobs/{}", job.id)), job.key, why.to_owned()));
    }
    for task in within(store.lost_tasks()).await.unwrap_or_default() {
        let why = format!("its workers lost {} leases; they may crash on it", task.lost);
        let name = format!("{} {}", task.type_name, &task.id.to_string()[..8]);
        needs.push(need("Task", Some(format!("/tasks/{}", task.id)), name, why));
    }
    let schedules = within(store.failed_schedules()).await.unwrap_or_default();
    needs.extend(schedules.into_iter().map(failed_schedule));
    let schedules = within(store.paused_schedules()).await.unwrap_or_default();
    needs.extend(schedules.into_iter().map(paused_schedule));
    let webhooks: Vec<Webhook> = visit.api.list("/v1/webhooks?limit=100", WEBHOOKS).await;
    needs.extend(failing_webhooks(&webhooks));
    needs.extend(paused_webhooks(visit, &webhooks).await);
    needs.extend(visit.board.app.vitals().get().and_then(|vitals| old_snapshot(vitals.xmin_age)));
    needs.extend(types_alone(queues));
    needs
}

fn need(what: &str, page: Option<String>, name: String, why: String) -> Need {
    Need { what: what.to_owned(), page, name, why, ..Need::default() }
}

fn paused_by(by: Option<&str>) -> String {
    by.map_or_else(|| "paused".to_owned(), |by| format!("paused by {by}"))
}

fn paused_one(what: &str, pages: &str, paused: Paused) -> Need {
    Need {
        since: paused.paused_at,
        reason: paused.reason,
        ..need(
            what,
            Some(format!("/{pages}/{}", paused.id)),
            paused.name,
            paused_by(paused.paused_by.as_deref()),
        )
    }
}

/// What is paused, with who did it by its name or id.
fn paused(needs: Vec<(String, Need)>, pauses: Vec<Pause>) -> Vec<Need> {
    let mut pauses: HashMap<String, Pause> =
        pauses.into_iter().map(|pause| (pause.what.clone(), pause)).collect();
    let told = |(what, need): (String, Need)| {
        let pause = pauses.remove(&what);
        let by = pause.as_ref().and_then(|pause| pause.paused_by.as_deref());
        Need {
            why: paused_by(by),
            since: pause.as_ref().and_then(|pause| pause.paused_at).or(need.since),
            ..need
        }
    };
    needs.into_iter().map(told).collect()
}

fn type_page(queue: &Queue) -> String {
    format!("/queues/{}", encoded(&queue.r#type))
}

async fn paused_types(visit: &Visit, queues: &[Queue]) -> Vec<Need> {
    let needs: Vec<(String, Need)> = queues
        .iter()
        .filter(|queue| queue.paused)
        .take(EACH)
        .map(|queue| {
            let reason = queue.reason.clone();
            let need = need("Type", Some(type_page(queue)), queue.r#type.clone(), String::new());
            (queue.r#type.clone(), Need { since: queue.paused_at, reason, ..need })
        })
        .collect();
    if needs.is_empty() {
        return Vec::new();
    }
    let names: Vec<String> = needs.iter().map(|(name, _)| name.clone()).collect();
    paused(needs, within(visit.board.app.store().pauses_of_types(&names)).await.unwrap_or_default())
}

async fn paused_webhooks(visit: &Visit, webhooks: &[Webhook]) -> Vec<Need> {
    let of: Vec<&Webhook> = webhooks.iter().filter(|webhook| webhook.paused).take(EACH).collect();
    if of.is_empty() {
        return Vec::new();
    }
    let ids: Vec<uuid::Uuid> = of.iter().map(|webhook| webhook.id).collect();
    let needs = of.into_iter().map(|webhook| {
        let need = need("Webhook", Some(webhook_page(webhook)), webhook.url.clone(), String::new());
        (webhook.id.to_string(), Need { reason: webhook.reason.clone(), ..need })
    });
    let pauses = within(visit.board.app.store().pauses_of_webhooks(&ids)).await.unwrap_or_default();
    paused(needs.collect(), pauses)
}

/// Whether nobody is there for work of this type.
fn is_alone(queue: &Queue) -> bool {
    !queue.paused && queue.workers == 0
}

/// In how many seconds work will have waited for too long, though nothing happens: the nearest.
pub(super) fn due_in(queues: &[Queue]) -> Option<f64> {
    let alone = queues.iter().filter(|queue| is_alone(queue)).filter_map(|queue| queue.oldest_queued_seconds);
    alone.filter(|waits| *waits < WAITS).map(|waits| WAITS - waits).min_by(f64::total_cmp)
}

/// Types whose work waits while no worker asks; they come last, since they are many where no worker runs at all.
fn types_alone(queues: &[Queue]) -> impl Iterator<Item = Need> {
    let alone = queues
        .iter()
        .filter(|queue| is_alone(queue) && queue.oldest_queued_seconds.is_some_and(|waits| waits >= WAITS));
    alone.take(EACH).map(|queue| {
        let waits = words::length_or_none(queue.oldest_queued_seconds);
        let why = format!("work waits for {waits} and no worker asks for it");
        need("Type", Some(type_page(queue)), queue.r#type.clone(), why)
    })
}

fn schedule_page(name: &str) -> String {
    format!("/schedules/{}", encoded(name))
}

fn paused_schedule(paused: Paused) -> Need {
    let page = Some(schedule_page(&paused.name));
    Need { page, ..paused_one("Schedule", "schedules", paused) }
}

fn failed_schedule(schedule: FailedSchedule) -> Need {
    let page = Some(schedule_page(&schedule.name));
    let why = "its last run failed".to_owned();
    Need { since: Some(schedule.failed_at), ..need("Schedule", page, schedule.name, why) }
}

fn webhook_page(webhook: &Webhook) -> String {
    format!("/webhooks/{}", webhook.id)
}

fn failing_webhooks(webhooks: &[Webhook]) -> impl Iterator<Item = Need> {
    let failing = webhooks.iter().filter(|webhook| webhook.failing_since.is_some());
    failing.take(EACH).map(|webhook| Need {
        since: webhook.failing_since,
        ..need("Webhook", Some(webhook_page(webhook)), webhook.url.clone(), "its deliveries fail".to_owned())
    })
}

fn old_snapshot(transactions: i64) -> Option<Need> {
    let why = format!(
        "a snapshot {} transactions old holds vacuum back",
        words::number(transactions.unsigned_abs())
    );
    (transactions > OLD).then(|| need("Database", Some("/system".to_owned()), "snapshot".to_owned(), why))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_that_holds_vacuum_back_needs_somebody_when_it_is_a_million_transactions_old() {
        assert!(old_snapshot(OLD).is_none());
        let need = old_snapshot(OLD + 1).unwrap_or_default();
        assert_eq!(need.page.as_deref(), Some("/system"));
        assert!(need.why.contains("1\u{202f}000\u{202f}001 transactions"), "{}", need.why);
    }
}
