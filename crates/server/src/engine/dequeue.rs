//! A dequeue: look, wait, look again when woken.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};
use windlass_store::{Dequeue, Given, LeasedTask};

use super::error::Error;
use super::only;
use super::waiters::Types;
use crate::app::App;
use crate::telemetry;

/// What a worker asks for.
#[derive(Debug)]
pub(crate) struct DequeueRequest {
    /// The types, sorted, each once.
    pub(crate) types: Types,
    /// Who asks, for how many, and for how long.
    pub(crate) dequeue: Dequeue,
    /// How long it waits while there is nothing.
    pub(crate) wait: Duration,
}

/// Leases as soon as there is something; answers nothing at the deadline or when the server stops.
pub(crate) async fn dequeue(app: &App, request: &DequeueRequest) -> Result<Vec<LeasedTask>, Error> {
    let Given { mut tasks, repeated } = wait(app, request).await?;
    telemetry::count_dequeue(&tasks, repeated);
    if let Some(traces) = app.traces() {
        traces.hand_over(&mut tasks, repeated);
    }
    Ok(tasks)
}

async fn wait(app: &App, request: &DequeueRequest) -> Result<Given, Error> {
    let deadline = Instant::now() + request.wait;
    let waits = !request.wait.is_zero();
    let mut waiter = waits.then(|| app.waiters().register(&request.types, request.dequeue.max_tasks));
    loop {
        let given = look(app, request).await?;
        let Some(waiter) = &mut waiter else { return Ok(given) };
        let tasks = &given.tasks;
        waiter.took(tasks.len(), |name| tasks.iter().filter(|task| task.type_name == name.as_str()).count());
        if !tasks.is_empty() || given.repeated {
            return Ok(given);
        }
        tokio::select! {
            () = app.stopping() => return Ok(Given::default()),
            () = app.health().database_is_away() => return Err(Error::Unavailable),
            () = sleep_until(deadline) => return Ok(Given::default()),
            () = waiter.woken() => {}
        }
    }
}

/// One dequeue, in a batch with those of others. It runs to its end even if its client goes: leases that nobody then hears of are
/// released.
async fn look(app: &App, request: &DequeueRequest) -> Result<Given, Error> {
    let batcher = app.batchers().dequeue(&request.types);
    Ok(only(batcher.submit(vec![request.dequeue.clone()]).await?)?.deliver())
}
