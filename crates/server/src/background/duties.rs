//! All duties, each with its time.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use windlass_store::{Error, Retention, Store};

use super::driver::{Duty, drive};
use super::tick::Ticked;
use super::{
    deadlines, deliveries, history, jobnik_counts, keys, nudge, partitions, ping, promote, prune, schedules,
    servers, settle, statistics, sweep, texts, upkeep, vitals, webhooks, workers,
};
use crate::app::App;
use crate::health::DATABASE;
use crate::telemetry;

/// Starts every duty; what ended longer ago than `retention` is deleted. They stop between two ticks when `stop` is cancelled.
pub(crate) fn start(app: &App, retention: Retention, stop: &CancellationToken) -> JoinSet<()> {
    let mut loops = JoinSet::new();
    let begin =
        |name: &'static str, every: Duration| Duty::new(name, every, app.health().clone(), stop.clone());
    on_store(&mut loops, begin("sweep", sweep::EVERY), app, sweep::tick);
    on_store(&mut loops, begin("promote", promote::EVERY), app, promote::tick);
    on_store(&mut loops, begin("deadlines", deadlines::EVERY), app, deadlines::tick);
    on_store(&mut loops, begin("settle", settle::EVERY), app, settle::tick);
    on_store(&mut loops, begin("statistics", statistics::EVERY), app, statistics::tick);
    on_store(&mut loops, begin("texts", texts::EVERY), app, texts::tick);
    on_store(&mut loops, begin("partitions", partitions::EVERY), app, partitions::tick);
    on_store(&mut loops, begin(DATABASE, ping::EVERY), app, ping::tick);
    let shared = app.clone();
    loops.spawn(drive(begin("servers", servers::EVERY), move || servers::tick(shared.clone())));
    on_store(&mut loops, begin("jobnik_counts", jobnik_counts::EVERY), app, jobnik_counts::tick);
    on_store(&mut loops, begin("workers", workers::EVERY), app, workers::tick);
    let store = app.own_store().clone();
    loops.spawn(drive(begin("prune", prune::EVERY), move || prune::tick(store.clone(), retention)));
    let (store, last) = (app.own_store().clone(), app.vitals().clone());
    loops.spawn(drive(begin("vitals", vitals::EVERY), move || vitals::tick(store.clone(), last.clone())));
    let (store, waiters) = (app.own_store().clone(), app.engine().waiters().clone());
    let ticks = Arc::<nudge::Ticks>::default();
    loops.spawn(drive(begin("nudge", nudge::EVERY), move || {
        nudge::tick(store.clone(), waiters.clone(), ticks.clone())
    }));
    telemetry::begin_schedules();
    telemetry::begin_renderings();
    let (shared, places) = (app.clone(), schedules::Places::default());
    let due = begin("schedules", schedules::EVERY);
    loops.spawn(drive(due, move || schedules::tick(shared.clone(), places.clone())));
    telemetry::begin_webhooks();
    let (shared, seldom) = (app.clone(), webhooks::Seldom::default());
    let read = begin("webhooks", webhooks::EVERY);
    loops.spawn(drive(read, move || webhooks::tick(shared.clone(), seldom.clone())));
    let (shared, places) = (app.clone(), deliveries::Places::default());
    let send = begin("deliveries", deliveries::EVERY);
    loops.spawn(drive(send, move || deliveries::tick(shared.clone(), places.clone())));
    let (store, minutes) = (app.own_store().clone(), app.minutes().clone());
    let adding = begin("history", history::EVERY);
    loops.spawn(drive(adding, move || history::tick(store.clone(), minutes.clone())));
    let known = app.keys().clone();
    loops.spawn(drive(begin("keys", keys::EVERY), move || keys::tick(known.clone())));
    let metrics = app.metrics().clone();
    loops.spawn(drive(begin("upkeep", upkeep::EVERY), move || {
        let metrics = metrics.clone();
        async move { Ok(upkeep::tick(&metrics)) }
    }));
    loops
}

/// Starts a duty that works on the store alone.
fn on_store<F>(loops: &mut JoinSet<()>, duty: Duty, app: &App, tick: fn(Store) -> F)
where
    F: Future<Output = Result<Ticked, Error>> + Send + 'static,
{
    let store = app.own_store().clone();
    loops.spawn(drive(duty, move || tick(store.clone())));
}
