//! Waiting for tasks: look, park, look again when woken.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};
use tracing::Instrument;
use windlass_store::{Dequeue, LeasedTask, Release, Store};

use crate::app::{App, within};
use crate::http::Problem;
use crate::parked::Types;

/// What a worker asks for.
#[derive(Debug)]
pub(super) struct Wish {
    /// The types, sorted, each once.
    pub(super) types: Types,
    /// Who asks, for how many, and for how long.
    pub(super) dequeue: Dequeue,
    /// How long it waits while there is nothing.
    pub(super) wait: Duration,
}

/// Leases as soon as there is something; answers nothing at the deadline or when the server stops.
pub(super) async fn wait_for_tasks(app: &App, wish: Wish) -> Result<Vec<LeasedTask>, Problem> {
    let deadline = Instant::now() + wish.wait;
    let waits = !wish.wait.is_zero();
    let mut waiter = waits.then(|| app.parked().register(&wish.types, wish.dequeue.max_tasks));
    loop {
        let tasks = look(app, &wish).await?;
        let Some(waiter) = &mut waiter else { return Ok(tasks) };
        waiter.took(tasks.len(), |name| tasks.iter().filter(|task| task.type_name == name.as_str()).count());
        if !tasks.is_empty() {
            return Ok(tasks);
        }
        tokio::select! {
            () = app.stopping() => return Ok(Vec::new()),
            () = app.health().database_is_away() => return Err(Problem::database_unavailable()),
            () = sleep_until(deadline) => return Ok(Vec::new()),
            () = waiter.woken() => {}
        }
    }
}

/// One dequeue. It runs to its end even if its client goes: leases that then nobody hears of are given back.
async fn look(app: &App, wish: &Wish) -> Result<Vec<LeasedTask>, Problem> {
    let (store, types, dequeue) = (app.store().clone(), wish.types.clone(), wish.dequeue.clone());
    let leasing = async move {
        let leased = store.dequeue(&types, &[dequeue]).await?;
        Ok(Leased { tasks: leased.into_iter().next().unwrap_or_default(), store })
    };
    let leasing = tokio::spawn(leasing.in_current_span());
    let leased =
        within(async { leasing.await.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic())) });
    Ok(leased.await?.keep())
}

/// Leases on their way to a client; dropped on the way, they are given back, the attempt not counted.
struct Leased {
    tasks: Vec<LeasedTask>,
    store: Store,
}

impl Leased {
    fn keep(mut self) -> Vec<LeasedTask> {
        std::mem::take(&mut self.tasks)
    }
}

impl Drop for Leased {
    fn drop(&mut self) {
        if self.tasks.is_empty() {
            return;
        }
        let back =
            |task: &LeasedTask| Release { id: task.id, token: task.lease_token, delay: Duration::ZERO };
        let releases: Vec<Release> = self.tasks.iter().map(back).collect();
        let store = self.store.clone();
        tokio::spawn(async move {
            if let Err(error) = store.release(&releases).await {
                // The leases then run out by themselves, as a failed attempt.
                tracing::warn!(%error, tasks = releases.len(), "cannot give back leases whose client has gone");
            }
        });
    }
}
