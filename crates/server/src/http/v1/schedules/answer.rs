//! A schedule as an answer, and refusals that yield to its absence.

use windlass_domain::ScheduleName;
use windlass_store::Schedule;
use windlass_wire as wire;

use crate::app::App;
use crate::engine::within;
use crate::http::Problem;
use crate::{schedules, view};

/// The schedule, with its next times.
pub(super) fn shown(schedule: Schedule) -> wire::Schedule {
    let upcoming = schedules::upcoming(&schedule);
    view::schedule(schedule, upcoming)
}

/// What was read of a call below a schedule. A refused reading is answered only if the schedule exists.
///
/// # Errors
/// 404, or the refusal.
pub(super) async fn below<T>(app: &App, name: &ScheduleName, read: Result<T, Problem>) -> Result<T, Problem> {
    if read.as_ref().err().is_some_and(Problem::yields_to_absence) {
        within(app.store().schedule(name)).await?;
    }
    read
}
