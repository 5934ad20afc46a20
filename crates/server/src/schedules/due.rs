//! One time that has come.

use std::time::Instant;

use windlass_domain::{Missed, Overlap, RunOutcome};
use windlass_store::{DueSchedule, Error, RunDetail, RunStart, ScheduledTime, Store, Unmade};
use windlass_templates::{Look, MadeUp, look};

use super::detail;
use super::make::{Occasion, make_run};
use super::times::{jitter, jitter_seconds, next, times};
use crate::app::App;
use crate::{engine, telemetry};

/// Does what is due of one schedule, which was claimed at that moment: makes its pipeline, or records why there is none. Where the database fails,
/// or somebody changes the schedule meanwhile, nothing is done; the claim runs out, and the time is looked at again.
///
/// # Errors
/// Those of the store.
pub(crate) async fn run_due(app: &App, due: DueSchedule, claimed: Instant) -> Result<(), Error> {
    let store = app.own_store();
    let DueSchedule { claim, schedule, now, has_open, has_waiting } = &due;
    let of = (schedule.name.as_str(), jitter_seconds(schedule));
    let found = look(&times(schedule), of, made_up(schedule.missed), claim.due, *now);
    if let Look::Missed { count, from, to, next: following } = found {
        let following = following.map(|at| ScheduledTime { at, starts_at: at + jitter(schedule, at) });
        let unmade = Unmade::Missed { newest: to, detail: detail::missed(count, from, to) };
        return record(store, &due, &unmade, following).await;
    }
    let following = next(schedule, claim.due);
    match (schedule.overlap, has_open, has_waiting) {
        (Overlap::Skip, true, _) | (Overlap::Wait, true, true) => {
            record(store, &due, &Unmade::Skipped, following).await
        }
        (Overlap::Wait, true, false) => record(store, &due, &Unmade::Waiting, following).await,
        // The one that waits is made first; then this one has an earlier pipeline.
        (Overlap::Wait, false, true) => store.give_back_schedule(claim).await,
        _ => start(app, &due, claimed).await,
    }
}

fn made_up(missed: Missed) -> MadeUp {
    match missed {
        Missed::Skip => MadeUp::None,
        Missed::One => MadeUp::Newest,
        Missed::All => MadeUp::All,
    }
}

/// Renders, outside of any transaction, and makes the pipeline, after those that it takes the place of are cancelled.
async fn start(app: &App, due: &DueSchedule, claimed: Instant) -> Result<(), Error> {
    let store = app.own_store();
    let DueSchedule { claim, schedule, now, has_open, .. } = due;
    let following = next(schedule, claim.due);
    let occasion = Occasion::of(schedule, claim.due, *now);
    let new = match make_run(store, app.schedule_renderer(), app.limits(), &occasion).await {
        Ok(Ok(new)) => new,
        Ok(Err(failure)) => return fail(store, due, detail::of_failure(failure), following).await,
        Err(error) => return fail_by(store, due, error, following).await,
    };
    // Only now, and not where the store will refuse: nothing is cancelled for a run that is not made.
    let is_refused = new.deadline_at.is_some_and(|at| at <= *now);
    if schedule.overlap == Overlap::Cancel && *has_open && !is_refused {
        store.cancel_earlier_runs(claim).await?;
    }
    let start = RunStart { claim: claim.clone(), new, next: following };
    match app.engine().starts.start_run(start).await {
        Ok(made) => {
            if made.is_some() {
                telemetry::count_run(RunOutcome::Created);
                telemetry::record_lateness(late(due, claimed));
            }
            Ok(())
        }
        Err(engine::Error::Store(error)) => fail_by(store, due, error, following).await,
        Err(error) => {
            tracing::debug!(schedule = schedule.name, ?error, "a run is put off");
            Ok(())
        }
    }
}

/// How long after its time, and its jitter, a run was made, in seconds.
fn late(due: &DueSchedule, claimed: Instant) -> f64 {
    let start = due.claim.due + jitter(&due.schedule, due.claim.due);
    (due.now - start).as_seconds_f64() + claimed.elapsed().as_secs_f64()
}

async fn fail_by(
    store: &Store,
    due: &DueSchedule,
    error: Error,
    following: Option<ScheduledTime>,
) -> Result<(), Error> {
    match detail::of_error(&error) {
        Some(detail) => fail(store, due, Some(detail), following).await,
        None => Err(error),
    }
}

/// Records a failure; without a detail there is none, and the time is looked at again soon: there was no place for it.
async fn fail(
    store: &Store,
    due: &DueSchedule,
    detail: Option<RunDetail>,
    following: Option<ScheduledTime>,
) -> Result<(), Error> {
    let Some(detail) = detail else { return store.give_back_schedule(&due.claim).await };
    record(store, due, &Unmade::Failed(detail), following).await
}

async fn record(
    store: &Store,
    due: &DueSchedule,
    unmade: &Unmade,
    following: Option<ScheduledTime>,
) -> Result<(), Error> {
    if store.record_unmade_run(&due.claim, unmade, following).await? {
        telemetry::count_run(match unmade {
            Unmade::Waiting => RunOutcome::Waiting,
            Unmade::Skipped => RunOutcome::Skipped,
            Unmade::Missed { .. } => RunOutcome::Missed,
            Unmade::Failed(_) => RunOutcome::Failed,
        });
    }
    Ok(())
}
