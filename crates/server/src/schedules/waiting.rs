//! One run that waited for the end of an earlier pipeline, which has come.

use windlass_domain::{Limits, RunOutcome};
use windlass_store::{Error, RunDetail, Store, WaitingRun};

use super::detail;
use super::make::{Occasion, make_run};
use crate::telemetry;
use crate::templates::Renderer;

/// Makes its pipeline, or records why there is none; as [`run_due`](super::run_due).
///
/// # Errors
/// Those of the store.
pub(crate) async fn run_waiting(
    store: &Store,
    renderer: &Renderer,
    limits: &Limits,
    run: WaitingRun,
) -> Result<(), Error> {
    let occasion = Occasion::of(&run.schedule, run.scheduled_at, store.now().await?);
    let new = match make_run(store, renderer, limits, &occasion).await {
        Ok(Ok(new)) => new,
        Ok(Err(failure)) => return fail(store, &run, detail::of_failure(failure)).await,
        Err(error) => return fail_by(store, &run, error).await,
    };
    match store.start_waiting_run(&run, &new).await {
        Ok(made) => {
            if made.is_some() {
                telemetry::count_run(RunOutcome::Created);
            }
            Ok(())
        }
        Err(error) => fail_by(store, &run, error).await,
    }
}

async fn fail_by(store: &Store, run: &WaitingRun, error: Error) -> Result<(), Error> {
    match detail::of_error(&error) {
        Some(detail) => fail(store, run, Some(detail)).await,
        None => Err(error),
    }
}

async fn fail(store: &Store, run: &WaitingRun, detail: Option<RunDetail>) -> Result<(), Error> {
    let Some(detail) = detail else { return Ok(()) };
    if store.record_failed_waiting_run(run, &detail).await? {
        telemetry::count_run(RunOutcome::Failed);
    }
    Ok(())
}
