//! `PUT /v1/schedules/{name}`.

use chrono::{DateTime, Utc};
use uuid::Uuid;
use windlass_domain::{Json, Priority, ScheduleName};

use super::read::{hold_schedule, read_schedule};
use super::schedule::{NextTime, Schedule, ScheduleDefinition, ScheduledTime};
use crate::events::{Actor, Event};
use crate::resource::Resource;
use crate::work::{Interrupt, Work, transact};
use crate::{Error, Store};

impl Store {
    /// Makes a schedule, or changes the one of this name; says whether it is new. Times that are changed count from now on.
    ///
    /// # Errors
    /// [`Error::NotFound`] of a template or version that is not there, [`Error::EndNotAhead`], [`Error::Unavailable`].
    pub async fn put_schedule(
        &self,
        name: &ScheduleName,
        definition: &ScheduleDefinition,
        next: NextTime<'_>,
    ) -> Result<(Schedule, bool), Error> {
        transact!(self, work => put(&mut work, name.as_str(), definition, next).await).await
    }
}

async fn put(
    work: &mut Work,
    name: &str,
    definition: &ScheduleDefinition,
    next: NextTime<'_>,
) -> Result<(Schedule, bool), Interrupt> {
    hold_name(work, name).await?;
    hold_template(work, &definition.template, definition.template_version).await?;
    let before = hold_schedule(work.sql(), name).await?;
    let now = work.now().await?;
    if definition.ends_at.is_some_and(|end| end <= now) {
        return Err(Error::EndNotAhead.into());
    }
    let schedule = changed(name, definition, before.as_ref(), now);
    let time = next_time(&schedule, before.as_ref(), now, next);
    write(work, &schedule, time).await?;
    record(work, &schedule, before.as_ref());
    Ok((read_schedule(work.sql(), name).await?, before.is_none()))
}

/// Two that make one schedule go one after the other.
async fn hold_name(work: &mut Work, name: &str) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "SELECT pg_advisory_xact_lock(hashtextextended(CASE current_schema() WHEN 'public' THEN '' ELSE current_schema() || ' ' END || 'schedule ' || $1::text, 7070))",
        name
    )
    .execute(work.sql())
    .await?;
    Ok(())
}

/// Keeps the template from being deleted until the end of this transaction.
async fn hold_template(work: &mut Work, name: &str, version: Option<i32>) -> Result<(), Interrupt> {
    let held = sqlx::query_scalar!(
        "SELECT 1 FROM templates t
         WHERE t.name = $1 AND t.deleted_at IS NULL AND ($2::integer IS NULL OR EXISTS (
             SELECT FROM template_versions v WHERE v.name = t.name AND v.version = $2
         ))
         FOR SHARE OF t",
        name,
        version,
    )
    .fetch_optional(work.sql())
    .await?;
    held.map(drop).ok_or(Error::NotFound(Resource::Template).into())
}

/// The schedule as it is to be.
fn changed(
    name: &str,
    definition: &ScheduleDefinition,
    before: Option<&Schedule>,
    now: DateTime<Utc>,
) -> Schedule {
    let definition = definition.clone();
    let paused = definition.paused.or(before.map(|before| before.paused)).unwrap_or(false);
    let same_times = before.filter(|before| {
        before.cron == definition.cron
            && before.every_seconds == definition.every_seconds
            && before.timezone == definition.timezone
            && before.starts_at == definition.starts_at
    });
    Schedule {
        name: name.to_owned(),
        id: before.map_or_else(Uuid::new_v4, |before| before.id),
        description: definition.description,
        cron: definition.cron,
        every_seconds: definition.every_seconds,
        timezone: definition.timezone,
        template: definition.template,
        template_version: definition.template_version,
        parameters: definition.parameters.as_str().to_owned(),
        priority: definition.priority,
        metadata: definition.metadata.as_ref().map(Json::as_str).map(str::to_owned),
        overlap: definition.overlap,
        missed: definition.missed,
        jitter_seconds: definition.jitter_seconds,
        starts_at: definition.starts_at,
        ends_at: definition.ends_at,
        paused,
        reason: before.filter(|_| paused).and_then(|before| before.reason.clone()),
        created_at: before.map_or(now, |before| before.created_at),
        updated_at: now,
        counted_from: same_times.map_or(now, |before| before.counted_from),
        next_run_at: None,
        last_run: None,
    }
}

/// Its next time. One that is due already stays where its times are the same: what is changed of it counts from now on.
fn next_time(
    schedule: &Schedule,
    before: Option<&Schedule>,
    now: DateTime<Utc>,
    next: NextTime<'_>,
) -> Option<ScheduledTime> {
    if schedule.paused {
        return None;
    }
    let same = before.filter(|before| before.counted_from == schedule.counted_from);
    let kept = same.and_then(|before| before.next_run_at).filter(|due| *due <= now);
    let from = kept.and_then(|due| due.checked_sub_signed(chrono::TimeDelta::microseconds(1)));
    next(schedule, from.unwrap_or(now))
}

async fn write(work: &mut Work, schedule: &Schedule, time: Option<ScheduledTime>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO schedules AS s (
             name, id, description, cron, every_seconds, timezone, template, template_version, parameters, priority, metadata,
             overlap, missed, jitter_seconds, starts_at, ends_at, paused, reason, created_at, updated_at, counted_from,
             next_run_at, look_at, paused_at, paused_caller
         )
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23,
                 CASE WHEN $17 THEN windlass_now() END, CASE WHEN $17 THEN windlass_caller($24, $25) END)
         ON CONFLICT (name) DO UPDATE SET
             description = excluded.description, cron = excluded.cron, every_seconds = excluded.every_seconds,
             timezone = excluded.timezone, template = excluded.template, template_version = excluded.template_version,
             parameters = excluded.parameters, priority = excluded.priority, metadata = excluded.metadata,
             overlap = excluded.overlap, missed = excluded.missed, jitter_seconds = excluded.jitter_seconds,
             starts_at = excluded.starts_at, ends_at = excluded.ends_at, paused = excluded.paused, reason = excluded.reason,
             updated_at = excluded.updated_at, counted_from = excluded.counted_from, revision = s.revision + 1,
             next_run_at = excluded.next_run_at, look_at = excluded.look_at,
             paused_at = CASE WHEN excluded.paused AND s.paused THEN s.paused_at ELSE excluded.paused_at END,
             paused_caller = CASE WHEN excluded.paused AND s.paused THEN s.paused_caller ELSE excluded.paused_caller END
         WHERE s.id = excluded.id",
        schedule.name,
        schedule.id,
        schedule.description,
        schedule.cron,
        schedule.every_seconds,
        schedule.timezone,
        schedule.template,
        schedule.template_version,
        schedule.parameters,
        schedule.priority.map(Priority::rank),
        schedule.metadata,
        schedule.overlap.as_str(),
        schedule.missed.as_str(),
        schedule.jitter_seconds,
        schedule.starts_at,
        schedule.ends_at,
        schedule.paused,
        schedule.reason,
        schedule.created_at,
        schedule.updated_at,
        schedule.counted_from,
        time.map(|time| time.at),
        time.map(|time| time.starts_at),
        work.caller.key,
        work.caller.name,
    )
    .execute(work.sql())
    .await
    .and_then(|done| one_row(done.rows_affected()))
}

/// The name is held, so there is one row.
fn one_row(rows: u64) -> Result<(), sqlx::Error> {
    if rows == 1 { Ok(()) } else { Err(sqlx::Error::RowNotFound) }
}

fn record(work: &mut Work, schedule: &Schedule, before: Option<&Schedule>) {
    let actor = Actor::Caller(work.caller);
    if before.is_none() {
        work.effects.events.push(Event::schedule(&schedule.name, None, "created", actor));
    }
    if before.map_or(schedule.paused, |before| before.paused != schedule.paused) {
        work.effects.events.push(Event::schedule_paused(&schedule.name, schedule.paused, actor));
    }
}
