//! Work that nobody asks for: each duty is a tick, one file each, and one driver owns their time.
//!
//! | duty | what | every |
//! |---|---|---|
//! | [`sweep`] | ends expired leases and timed-out attempts | 0.5 s |
//! | [`promote`] | makes due tasks and jobs wait | 0.5 s |
//! | [`settle`] | writes the effective state of left-overs | 1 s |
//! | [`partitions`] | makes the partitions of the days to come | 1 h |
//! | [`ping`] | asks whether the database answers | 1 s |
//! | [`nudge`] | lets one parked poll of each kind look | 0.5 s, if any is parked |
//! | [`upkeep`] | keeps the metrics' histograms small | 5 s |
//!
//! Every tick is bounded and safe to run on several servers at once. One that fails changes nothing and is tried
//! again with back-off; `/readyz` says so ([`Health`]).

mod driver;
mod health;
mod nudge;
mod partitions;
mod ping;
mod promote;
mod settle;
mod sweep;
mod upkeep;

pub(crate) use health::{Health, Trouble};

use std::time::Duration;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use driver::{Duty, drive};

/// What one tick did.
#[derive(Debug, Clone, Copy, Default)]
struct Ticked {
    /// How much it did, in whatever it works on.
    rows: usize,
    /// Whether more is due, so that the next tick should follow at once.
    full: bool,
}

/// Starts every duty; they stop between two ticks when `stop` is cancelled.
pub(crate) fn start(app: &App, stop: &CancellationToken) -> JoinSet<()> {
    let mut loops = JoinSet::new();
    let health = app.health();
    let begin = |name: &'static str, every: Duration| Duty::new(name, every, health.clone(), stop.clone());
    let store = || app.store().clone();
    let (sweeping, promoting, settling, partitioning, pinging) =
        (store(), store(), store(), store(), store());
    let (parked, metrics) = (app.parked().clone(), app.metrics().clone());
    loops.spawn(drive(begin("sweep", sweep::EVERY), move || sweep::tick(sweeping.clone())));
    loops.spawn(drive(begin("promote", promote::EVERY), move || promote::tick(promoting.clone())));
    loops.spawn(drive(begin("settle", settle::EVERY), move || settle::tick(settling.clone())));
    loops
        .spawn(drive(begin("partitions", partitions::EVERY), move || partitions::tick(partitioning.clone())));
    loops.spawn(drive(begin(ping::NAME, ping::EVERY), move || ping::tick(pinging.clone())));
    loops.spawn(drive(begin("nudge", nudge::EVERY), move || {
        let parked = parked.clone();
        async move { Ok(nudge::tick(&parked)) }
    }));
    loops.spawn(drive(begin("upkeep", upkeep::EVERY), move || {
        let metrics = metrics.clone();
        async move { Ok(upkeep::tick(&metrics)) }
    }));
    loops
}
