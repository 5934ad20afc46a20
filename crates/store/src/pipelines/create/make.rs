//! Writes new pipelines with all that is in them, and answers each as it then is.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use uuid::Uuid;
use windlass_domain::Json;

use super::request::{Create, Made};
use super::shown;
use crate::db::next_id;
use crate::events::{Actor, Event};
use crate::input::NewPipeline;
use crate::jobs::{Growth, Home, LockedJob, insert_jobs, read_job, read_jobs_of};
use crate::keys::check_types_of_jobs;
use crate::pipelines::deadline::check_ahead;
use crate::pipelines::read::read_pipeline;
use crate::rollup::{end_marked_pipeline, roll_up};
use crate::templates::write_made_from;
use crate::work::{Interrupt, Work};

/// Makes one in this transaction, for whom the transaction is.
pub(crate) async fn create(work: &mut Work, new: &NewPipeline) -> Result<Uuid, Interrupt> {
    check_ahead(work, new.deadline_at).await?;
    check_types_of_jobs(work.types.as_deref(), &new.jobs)?;
    let now = work.now().await?;
    Ok(create_many(work, &[new], now).await?.pop().expect("one was asked for"))
}

/// Makes these in this transaction, for whom the transaction is, at this time of the database; nobody looks at them. Their deadlines and types are
/// checked.
pub(crate) async fn create_many(
    work: &mut Work,
    new: &[&NewPipeline],
    now: DateTime<Utc>,
) -> Result<Vec<Uuid>, Interrupt> {
    let caller = work.caller;
    let create = |new: &&NewPipeline| Create {
        caller,
        types: None,
        new: NewPipeline::clone(new),
        standalone: false,
        once: None,
    };
    let creates: Vec<Create<'_>> = new.iter().map(create).collect();
    let written = write(work, &creates.iter().collect::<Vec<_>>(), now).await?;
    Ok(written.homes.into_iter().map(|home| home.id).collect())
}

/// What was written.
struct Written {
    homes: Vec<Home>,
    /// Of all jobs, in order.
    rows: Vec<LockedJob>,
    /// Pipelines that are not as they were written.
    changed: HashSet<Uuid>,
}

/// Makes these, at this time of the database.
pub(super) async fn make(
    work: &mut Work,
    creates: &[&Create<'_>],
    now: DateTime<Utc>,
) -> Result<Vec<Made>, Interrupt> {
    let Written { homes, rows, changed } = write(work, creates, now).await?;
    let (mut rows, mut made) = (rows.as_slice(), Vec::with_capacity(creates.len()));
    for (home, create) in homes.iter().zip(creates) {
        let (own, rest) = rows.split_at(create.new.jobs.len());
        rows = rest;
        made.push(if changed.contains(&home.id) {
            read_back(work, home, create, own).await?
        } else {
            shown::made(home, create, own)
        });
    }
    Ok(made)
}

async fn write(work: &mut Work, creates: &[&Create<'_>], now: DateTime<Utc>) -> Result<Written, Interrupt> {
    // Nobody else sees these rows before the commit, so no order of locks can hurt.
    work.wide = true;
    let homes: Vec<Home> = creates.iter().map(|create| home(create, now)).collect();
    insert_pipelines(work, &homes, creates, now).await?;
    work.effects.events.extend(homes.iter().zip(creates).map(|(home, create)| begun(home, create)));
    let existing = HashMap::new();
    let growths: Vec<Growth<'_>> = homes
        .iter()
        .zip(creates)
        .map(|(home, create)| Growth { home, jobs: &create.new.jobs, existing: &existing })
        .collect();
    let inserted = insert_jobs(work, &growths).await?;
    let mut changed: HashSet<Uuid> = inserted.endings.iter().map(|ending| ending.job.pipeline_id).collect();
    for (home, _) in
        homes.iter().zip(creates).filter(|(_, create)| create.new.sealed && create.new.jobs.is_empty())
    {
        end_marked_pipeline(work, home.id).await?;
        changed.insert(home.id);
    }
    let origins = homes.iter().zip(creates);
    let origins: Vec<_> =
        origins.filter_map(|(home, create)| Some((home.id, create.new.made_from.as_ref()?))).collect();
    write_made_from(work, &origins).await?;
    changed.extend(origins.iter().map(|(id, _)| *id));
    roll_up(work, inserted.endings).await?;
    Ok(Written { homes, rows: inserted.rows, changed })
}

fn home(create: &Create<'_>, now: DateTime<Utc>) -> Home {
    Home {
        id: next_id(),
        priority: create.new.priority,
        paused: create.new.paused,
        jobs: 0,
        highest: None,
        actor: actor(create),
        now,
    }
}

/// Who makes it: a schedule's time is nobody's call.
fn actor(create: &Create<'_>) -> Actor {
    match &create.new.schedule {
        Some(by) if !by.triggered => Actor::Server,
        _ => Actor::Caller(create.caller),
    }
}

fn begun(home: &Home, create: &Create<'_>) -> Event {
    let event = Event::pipeline(home.id, None, "pending", home.actor);
    Event { correlation_id: Some(create.new.correlation_id.to_string()), ..event }
}

/// What is not as it was written: it had jobs that ended at once, or was made from a template.
async fn read_back(
    work: &mut Work,
    home: &Home,
    create: &Create<'_>,
    rows: &[LockedJob],
) -> Result<Made, Interrupt> {
    let pipeline = read_pipeline(work.sql(), home.id).await?;
    if !create.standalone {
        return Ok((pipeline, read_jobs_of(work.sql(), home.id).await?));
    }
    let mut jobs = Vec::with_capacity(rows.len());
    for row in rows {
        jobs.push(read_job(work.sql(), row.id).await?);
    }
    Ok((pipeline, jobs))
}

async fn insert_pipelines(
    work: &mut Work,
    homes: &[Home],
    creates: &[&Create<'_>],
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let flag = |value: fn(&NewPipeline) -> bool| -> Vec<bool> {
        creates.iter().map(|create| value(&create.new)).collect()
    };
    let trace = |value: fn(&NewPipeline) -> Option<&str>| -> Vec<Option<&str>> {
        creates.iter().map(|create| value(&create.new)).collect()
    };
    let jobs = |create: &&Create<'_>| {
        i32::try_from(create.new.jobs.len()).expect("jobs a pipeline are bounded far below 2^31")
    };
    let written = sqlx::query!(
        "WITH made AS MATERIALIZED (
             SELECT * FROM unnest(
                 $2::uuid[], $3::text[], $4::text[], $5::smallint[], $6::boolean[], $7::boolean[], $8::boolean[], $9::text[], $10::text[],
                 $11::text[], $12::int[], $13::timestamptz[], $14::text[]
             ) AS m (
                 id, metadata, name, priority, paused, sealed, fail_fast, correlation_id, traceparent, tracestate, jobs, deadline_at, schedule
             )
         ),
         control AS (INSERT INTO pipeline_controls (pipeline_id) SELECT id FROM made),
         metadata AS (
             INSERT INTO pipeline_metadata (pipeline_id, metadata) SELECT id, metadata FROM made WHERE metadata IS NOT NULL
         )
         INSERT INTO pipelines (
             id, name, state, priority, paused, sealed, fail_fast, correlation_id, traceparent, tracestate, created_at,
             jobs_open, deadline_at, schedule
         )
         SELECT id, name, 'pending', priority, paused, sealed, fail_fast, correlation_id, traceparent, tracestate, $1, jobs, deadline_at,
                schedule
         FROM made",
        now,
        &homes.iter().map(|home| home.id).collect::<Vec<_>>(),
        &creates.iter().map(|create| create.new.metadata.as_ref().map(Json::as_str)).collect::<Vec<_>>() as &[Option<&str>],
        &creates.iter().map(|create| create.new.name.as_str()).collect::<Vec<_>>() as &[&str],
        &creates.iter().map(|create| create.new.priority.rank()).collect::<Vec<_>>(),
        &flag(|new| new.paused),
        &flag(|new| new.sealed),
        &flag(|new| new.fail_fast),
        &creates.iter().map(|create| create.new.correlation_id.as_str()).collect::<Vec<_>>() as &[&str],
        &trace(|new| new.trace.traceparent.as_deref()) as &[Option<&str>],
        &trace(|new| new.trace.tracestate.as_deref()) as &[Option<&str>],
        &creates.iter().map(jobs).collect::<Vec<_>>(),
        &creates.iter().map(|create| create.new.deadline_at).collect::<Vec<_>>() as &[Option<DateTime<Utc>>],
        &creates.iter().map(|create| create.new.schedule.as_ref().map(|by| by.name.as_str())).collect::<Vec<_>>() as &[Option<&str>],
    )
    .execute(work.sql())
    .await?;
    assert_eq!(written.rows_affected(), creates.len() as u64, "each pipeline is new");
    Ok(())
}
