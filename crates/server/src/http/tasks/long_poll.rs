//! Waiting for tasks: look, park, look again when woken.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};
use windlass_store::{Dequeue, Given, LeasedTask};

use super::report::only;
use crate::app::App;
use crate::http::Problem;
use crate::parked::Types;
use crate::telemetry;

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
pub(super) async fn wait_for_tasks(app: &App, wish: &Wish) -> Result<Vec<LeasedTask>, Problem> {
    let Given { mut tasks, repeated } = wait(app, wish).await?;
    telemetry::count_dequeue(&tasks, repeated);
    if let Some(traces) = app.traces() {
        traces.hand_over(&mut tasks, repeated);
    }
    Ok(tasks)
}

async fn wait(app: &App, wish: &Wish) -> Result<Given, Problem> {
    let deadline = Instant::now() + wish.wait;
    let waits = !wish.wait.is_zero();
    let mut waiter = waits.then(|| app.parked().register(&wish.types, wish.dequeue.max_tasks));
    loop {
        let given = look(app, wish).await?;
        let Some(waiter) = &mut waiter else { return Ok(given) };
        let tasks = &given.tasks;
        waiter.took(tasks.len(), |name| tasks.iter().filter(|task| task.type_name == name.as_str()).count());
        if !tasks.is_empty() || given.repeated {
            return Ok(given);
        }
        tokio::select! {
            () = app.stopping() => return Ok(Given::default()),
            () = app.health().database_is_away() => return Err(Problem::database_unavailable()),
            () = sleep_until(deadline) => return Ok(Given::default()),
            () = waiter.woken() => {}
        }
    }
}

/// One dequeue, folded with those of others. It runs to its end even if its client goes: leases that then nobody hears of
/// are given back.
async fn look(app: &App, wish: &Wish) -> Result<Given, Problem> {
    let lane = app.lanes().dequeue(&wish.types);
    Ok(only(lane.submit(vec![wish.dequeue.clone()]).await?)?.keep())
}
