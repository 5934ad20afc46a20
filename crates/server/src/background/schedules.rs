//! Makes the pipelines of schedules whose time has come, and of runs that waited for an earlier pipeline.
//!
//! A tick claims as many as there are places, hands each to a task of its own, and claims again until nothing is due: a schedule that is behind has
//! one time made after the other, in turn with all others. It waits only where that has others wait less: for a few places while most are taken,
//! and half a second for what it has just handed out. A schedule that fails holds up no other. A template that renders slowly gives its place back where
//! others like it are under way ([`Renderer`](crate::templates::Renderer)). Places bound how much memory it takes; renderings have places of their own, and
//! what was rendered is written in batches. Several servers share what is due: each claims what no other has.
//!
//! What it deliberately does not do: try anything again. A claim that was not carried out runs out after 3 s, here or wherever its server
//! has gone, and the time is due again. How it fails: a tick only if a claim does; a run is logged, and tried again.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use windlass_store::Error;

use super::tick::Ticked;
use crate::app::App;
use crate::schedules::{run_due, run_waiting};

/// A run starts within 2 s of its time; an earlier pipeline's end is seen within 2 s.
pub(super) const EVERY: Duration = Duration::from_secs(1);
/// Runs that are worked on at once, on this server.
pub(crate) const PLACES: usize = 48;
/// Places that are waited for before more is claimed.
const FEW: u32 = 12;
/// How long a tick waits for a place before it leaves the rest to the next one.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a tick waits for the runs that it has just begun.
const SETTLING: Duration = Duration::from_millis(500);
/// How long a tick goes on before the next one looks anew, for runs that wait as well.
const LONGEST: Duration = Duration::from_secs(1);

/// Where runs are worked on.
#[derive(Debug, Clone)]
pub(super) struct Places(Arc<Semaphore>);

impl Default for Places {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(PLACES)))
    }
}

/// Claims what waits and what is due until nothing is, or no place has become free for a while, or it has taken long.
pub(super) async fn tick(app: App, places: Places) -> Result<Ticked, Error> {
    let there = app.own_store().claimable().await?;
    app.webhooks().saw(there.webhooks);
    if !there.due && !there.waiting {
        return Ok(Ticked::default());
    }
    let (begun, mut waiting, mut rows) = (Instant::now(), there.waiting, 0);
    loop {
        let Some(mut free) = places.take().await else { return Ok(Ticked { rows, full: true }) };
        let (wanted, mut claimed) = (free.len(), 0);
        if waiting {
            claimed = claim_waiting(&app, &mut free).await?;
            // More may wait only where these took all places.
            waiting = free.is_empty();
        }
        if !free.is_empty() {
            claimed += claim_due(&app, free).await?;
        }
        rows += claimed;
        if claimed == 0 {
            return Ok(Ticked { rows, full: false });
        }
        if begun.elapsed() > LONGEST {
            return Ok(Ticked { rows, full: true });
        }
        if claimed < wanted {
            // All others are under way. A schedule that is behind is due again once its run is made.
            places.settle(wanted).await;
        }
    }
}

/// Claims due schedules for these places, and has them worked on.
async fn claim_due(app: &App, free: Vec<OwnedSemaphorePermit>) -> Result<usize, Error> {
    let due = app.own_store().claim_due_schedules(count(&free)).await?;
    let (claimed, at) = (due.len(), Instant::now());
    for (due, place) in due.into_iter().zip(free) {
        let (app, name) = (app.clone(), due.schedule.name.clone());
        spawn(&app.clone(), place, name, async move { Box::pin(run_due(&app, due, at)).await });
    }
    Ok(claimed)
}

/// The same for runs that waited; takes a place for each, and leaves the others.
async fn claim_waiting(app: &App, free: &mut Vec<OwnedSemaphorePermit>) -> Result<usize, Error> {
    let waiting = app.own_store().claim_waiting_runs(count(free)).await?;
    let claimed = waiting.len().min(free.len());
    for (run, place) in waiting.into_iter().zip(free.drain(..claimed)) {
        let (app, name) = (app.clone(), run.schedule.name.clone());
        spawn(&app.clone(), place, name, async move {
            Box::pin(run_waiting(app.own_store(), app.schedule_renderer(), app.limits(), run)).await
        });
    }
    Ok(claimed)
}

/// Works on a run at its place. The drain waits for it.
fn spawn(
    app: &App,
    place: OwnedSemaphorePermit,
    name: String,
    work: impl Future<Output = Result<(), Error>> + Send + 'static,
) {
    let begun = app.begun().token();
    tokio::spawn(async move {
        let _held = (place, begun);
        if let Err(error) = work.await {
            // An outage is told by whoever watches the database.
            if error.outage().is_some() {
                tracing::debug!(schedule = name, %error, "a run of a schedule is put off");
            } else {
                tracing::error!(schedule = name, %error, "a run of a schedule fails; it is tried again");
            }
        }
    });
}

fn count(free: &[OwnedSemaphorePermit]) -> i64 {
    i64::try_from(free.len()).unwrap_or(0)
}

impl Places {
    /// All places that are free, once a few are, so that a claim is not made for each; `None` if they do not become free.
    async fn take(&self) -> Option<Vec<OwnedSemaphorePermit>> {
        let few = self.0.clone().acquire_many_owned(FEW);
        let mut few = tokio::time::timeout(PATIENCE, few).await.ok()?.ok()?;
        let mut taken: Vec<_> = std::iter::from_fn(|| few.split(1)).collect();
        taken.extend(std::iter::from_fn(|| self.0.clone().try_acquire_owned().ok()));
        Some(taken)
    }

    /// Waits until so many places are free again, for a while.
    async fn settle(&self, free: usize) {
        let Ok(free) = u32::try_from(free) else { return };
        // Whether they became free or not, it goes on; places that it got are free again at once.
        drop(tokio::time::timeout(SETTLING, self.0.acquire_many(free)).await);
    }
}
