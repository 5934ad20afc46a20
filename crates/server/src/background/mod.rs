//! Work that nobody asks for: each duty is a tick, one file each, and one driver owns their time.
//!
//! | duty | what | every |
//! |---|---|---|
//! | [`sweep`] | ends expired leases and timed-out attempts | 0.75 s |
//! | [`promote`] | makes due tasks and jobs wait | 0.5 s |
//! | [`settle`] | brings back what a retry left over, writes the effective state of what an ended job did | 1 s |
//! | [`statistics`] | has tables that outgrew their statistics looked at anew | 3 s |
//! | [`partitions`] | makes the partitions of the days to come | 1 h |
//! | [`prune`] | deletes old history | 60 s |
//! | [`ping`] | asks whether the database answers | 1 s |
//! | [`nudge`] | finds what another server made ready for waiting polls | 0.75 s, if any waits |
//! | [`workers`] | writes down which workers asked | 1 s |
//! | [`vitals`] | asks how the database is doing, for `/metrics` | 10 s |
//! | [`upkeep`] | keeps the metrics' histograms small | 5 s |
//!
//! Every tick is bounded and safe to run on several servers at once. One that fails changes nothing and is tried
//! again with back-off; `/readyz` says so ([`Health`](crate::health::Health)).

mod driver;
mod nudge;
mod partitions;
mod ping;
mod promote;
mod prune;
mod settle;
mod statistics;
mod sweep;
mod upkeep;
mod vitals;
mod workers;

pub(crate) use vitals::LastVitals;

use std::time::Duration;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use windlass_store::{Error, Retention, Store};

use crate::app::App;
use crate::health::DATABASE;
use driver::{Duty, drive};

/// What one tick did.
#[derive(Debug, Clone, Copy, Default)]
struct Ticked {
    /// How much it did, in whatever it works on.
    rows: usize,
    /// Whether more is due, so that the next tick should follow at once.
    full: bool,
}

/// Starts every duty; what ended longer ago than `retention` is deleted. They stop between two ticks when `stop` is cancelled.
pub(crate) fn start(app: &App, retention: Retention, stop: &CancellationToken) -> JoinSet<()> {
    let mut loops = JoinSet::new();
    let begin =
        |name: &'static str, every: Duration| Duty::new(name, every, app.health().clone(), stop.clone());
    on_store(&mut loops, begin("sweep", sweep::EVERY), app, sweep::tick);
    on_store(&mut loops, begin("promote", promote::EVERY), app, promote::tick);
    on_store(&mut loops, begin("settle", settle::EVERY), app, settle::tick);
    on_store(&mut loops, begin("statistics", statistics::EVERY), app, statistics::tick);
    on_store(&mut loops, begin("partitions", partitions::EVERY), app, partitions::tick);
    on_store(&mut loops, begin(DATABASE, ping::EVERY), app, ping::tick);
    on_store(&mut loops, begin("workers", workers::EVERY), app, workers::tick);
    let store = app.store().clone();
    loops.spawn(drive(begin("prune", prune::EVERY), move || prune::tick(store.clone(), retention)));
    let (store, last) = (app.store().clone(), app.vitals().clone());
    loops.spawn(drive(begin("vitals", vitals::EVERY), move || vitals::tick(store.clone(), last.clone())));
    let (store, waiters, metrics) = (app.store().clone(), app.waiters().clone(), app.metrics().clone());
    loops.spawn(drive(begin("nudge", nudge::EVERY), move || nudge::tick(store.clone(), waiters.clone())));
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
    let store = app.store().clone();
    loops.spawn(drive(duty, move || tick(store.clone())));
}
