//! `POST /v1/schedules/{name}/pause` and `/resume`.

use windlass_domain::{Reason, ScheduleName};

use super::read::{hold_schedule, read_schedule};
use super::schedule::{NextTime, Schedule, ScheduledTime};
use crate::events::{Actor, Event};
use crate::resource::Resource;
use crate::work::{Interrupt, Work, transact};
use crate::{Error, Store};

impl Store {
    /// Pauses a schedule: nothing of it comes due, and a run that waits is held. Changes nothing if it is paused already.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Unavailable`].
    pub async fn pause_schedule(
        &self,
        name: &ScheduleName,
        reason: Option<Reason>,
    ) -> Result<Schedule, Error> {
        let reason = reason.as_ref().map(Reason::as_str);
        transact!(self, work => set_paused(&mut work, name.as_str(), true, reason, &|_, _| None).await).await
    }

    /// Resumes a schedule: its times count from now on. Changes nothing if it is not paused.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Unavailable`].
    pub async fn resume_schedule(
        &self,
        name: &ScheduleName,
        reason: Option<Reason>,
        next: NextTime<'_>,
    ) -> Result<Schedule, Error> {
        let reason = reason.as_ref().map(Reason::as_str);
        transact!(self, work => set_paused(&mut work, name.as_str(), false, reason, next).await).await
    }
}

async fn set_paused(
    work: &mut Work,
    name: &str,
    paused: bool,
    reason: Option<&str>,
    next: NextTime<'_>,
) -> Result<Schedule, Interrupt> {
    let held = hold_schedule(work.sql(), name).await?;
    let schedule = held.ok_or(Error::NotFound(Resource::Schedule))?;
    if schedule.paused == paused {
        return Ok(schedule);
    }
    let time = next(&schedule, work.now().await?);
    write(work, name, paused, reason, time).await?;
    let event = Event::schedule_paused(name, paused, Actor::Caller(work.caller));
    work.effects.events.push(event.because(reason.map(str::to_owned)));
    Ok(read_schedule(work.sql(), name).await?)
}

/// Writes the flag. The reason is shown while it is paused.
async fn write(
    work: &mut Work,
    name: &str,
    paused: bool,
    reason: Option<&str>,
    time: Option<ScheduledTime>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE schedules SET
             paused = $2, reason = CASE WHEN $2 THEN $3 END, updated_at = windlass_now(), revision = revision + 1,
             next_run_at = $4, look_at = $5,
             paused_at = CASE WHEN $2 THEN windlass_now() END, paused_caller = CASE WHEN $2 THEN windlass_caller($6, $7) END
         WHERE name = $1 AND paused <> $2",
        name,
        paused,
        reason,
        time.map(|time| time.at),
        time.map(|time| time.starts_at),
        work.caller.key,
        work.caller.name,
    )
    .execute(work.sql())
    .await?;
    Ok(())
}
