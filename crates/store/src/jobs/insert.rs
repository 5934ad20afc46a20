//! Inserts jobs with their edges and tasks, for new pipelines and for one that grows: one statement a table, however many pipelines it is for.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;
use windlass_domain::{
    EdgeOutcome, JobCounts, JobState, Join, Joined, Json, ParentEnd, Priority, Seal, Sealing, When,
    order_parents_first,
};

use super::locked::LockedJob;
use crate::db::ids_above;
use crate::events::{Actor, Event};
use crate::input::{NewJob, Trace};
use crate::queues::name_types;
use crate::rollup::{Ending, skip_reason};
use crate::tasks::{TaskRows, insert_tasks};
use crate::work::{Interrupt, Work};

/// The pipeline that jobs are inserted into.
pub(crate) struct Home {
    pub(crate) id: Uuid,
    pub(crate) priority: Priority,
    pub(crate) paused: bool,
    /// Jobs already in it.
    pub(crate) jobs: i32,
    /// The highest job id in it.
    pub(crate) highest: Option<Uuid>,
    /// Who adds them.
    pub(crate) actor: Actor,
    /// The transaction's now, the same for all that it inserts.
    pub(crate) now: DateTime<Utc>,
}

/// What a pipeline grows by.
pub(crate) struct Growth<'a> {
    pub(crate) home: &'a Home,
    /// Their keys and edges have been checked.
    pub(crate) jobs: &'a [NewJob],
    /// The jobs already in it that these depend on.
    pub(crate) existing: &'a HashMap<String, Parent>,
}

/// What has been inserted.
pub(crate) struct InsertedJobs {
    /// The jobs in the order given.
    pub(crate) rows: Vec<LockedJob>,
    /// Those that end at once: joins without parents, and jobs whose parents ended in a way that they can never follow.
    pub(crate) endings: Vec<Ending>,
}

/// A job already in the pipeline that new ones may depend on; locked.
pub(crate) struct Parent {
    pub(crate) id: Uuid,
    pub(crate) state: JobState,
    pub(crate) not_taken: bool,
}

/// A job about to be inserted.
struct Planned<'a> {
    home: &'a Home,
    /// Its place among the jobs of the pipeline.
    ordinal: i32,
    new: &'a NewJob,
    edges: Vec<(Uuid, When)>,
    /// What has become of each edge; `None`: its parent has not ended.
    outcomes: Vec<Option<EdgeOutcome>>,
    skip: Option<(String, bool)>,
    row: LockedJob,
}

/// Inserts the jobs that pipelines grow by.
pub(crate) async fn insert_jobs(work: &mut Work, growths: &[Growth<'_>]) -> Result<InsertedJobs, Interrupt> {
    let mut jobs: Vec<Planned<'_>> = growths.iter().flat_map(assign_ids).collect();
    let Some(now) = jobs.first().map(|job| job.home.now) else {
        return Ok(InsertedJobs { rows: Vec::new(), endings: Vec::new() });
    };
    name_types(work, jobs.iter().map(|job| job.new.type_name.as_str())).await?;
    let mut tasks = TaskRows::default();
    for job in &mut jobs {
        job.row.counts = add_tasks(&mut tasks, job);
    }
    insert_rows(work, now, &jobs).await?;
    insert_specs(work, &jobs).await?;
    write_stages(work, &jobs).await?;
    insert_edges(work, &jobs).await?;
    insert_tasks(work, &tasks, 1, 0).await?;
    let rows = jobs.iter().map(|job| job.row.clone()).collect();
    Ok(InsertedJobs { rows, endings: jobs.into_iter().filter_map(|job| record(work, job)).collect() })
}

/// Assigns every job its id, parents first, and the state that follows from its parents.
fn assign_ids<'a>(growth: &Growth<'a>) -> Vec<Planned<'a>> {
    let Growth { home, jobs, existing } = *growth;
    let index: HashMap<&str, usize> = jobs.iter().enumerate().map(|(i, job)| (job.key.as_str(), i)).collect();
    let parents: Vec<Vec<usize>> = jobs
        .iter()
        .map(|job| job.depends_on.iter().filter_map(|edge| index.get(edge.job.as_str()).copied()).collect())
        .collect();
    let order = order_parents_first(&parents).expect("the caller has refused cycles");
    let mut ids = vec![Uuid::nil(); jobs.len()];
    for (job, id) in order.into_iter().zip(ids_above(home.highest, jobs.len())) {
        ids[job] = id;
    }
    let assign = |((at, new), ordinal): ((usize, &'a NewJob), i32)| {
        let mut planned = Planned {
            home,
            ordinal,
            new,
            edges: Vec::new(),
            outcomes: Vec::new(),
            skip: None,
            row: row(home, new, ids[at]),
        };
        for edge in &new.depends_on {
            let key = edge.job.as_str();
            match index.get(key) {
                Some(parent) => planned.add_edge(ids[*parent], edge.when, None),
                None => planned.add_edge(existing[key].id, edge.when, Some(&existing[key])),
            }
        }
        planned.decide(existing);
        planned.hold();
        planned
    };
    jobs.iter().enumerate().zip(home.jobs..).map(assign).collect()
}

impl Planned<'_> {
    fn add_edge(&mut self, parent: Uuid, when: When, ended: Option<&Parent>) {
        self.edges.push((parent, when));
        let ended = ended.filter(|parent| parent.state.has_ended());
        self.outcomes.push(
            ended.map(|parent| when.resolve(ParentEnd { state: parent.state, not_taken: parent.not_taken })),
        );
    }

    fn decide(&mut self, existing: &HashMap<String, Parent>) {
        match self.row.join.decide(&self.outcomes) {
            Joined::Waits(unmet) => self.row.unmet = unmet,
            Joined::Opens => {
                self.row.state = JobState::Queued;
                self.row.seal = self.row.seal.opened();
            }
            // Below what a person skipped or cancelled such a job waits on.
            Joined::Skipped { .. } if self.row.freezes => self.row.unmet = 1,
            Joined::Skipped { edge, not_taken } => {
                let key = self.new.depends_on[edge].job.as_str();
                self.skip = Some((skip_reason(key, existing[key].state), not_taken));
            }
        }
    }
}

impl Planned<'_> {
    /// What waits to be let go has one unmet edge more.
    fn hold(&mut self) {
        if self.row.held {
            self.row.state = JobState::Pending;
            self.row.unmet += 1;
        }
    }
}

fn row(home: &Home, new: &NewJob, id: Uuid) -> LockedJob {
    LockedJob {
        id,
        pipeline_id: home.id,
        key: new.key.to_string(),
        type_name: new.type_name.to_string(),
        state: JobState::Pending,
        paused: new.paused,
        pipeline_paused: home.paused,
        due: new.run_at.is_none_or(|at| at <= home.now),
        run: 1,
        join: new.join,
        unmet: 0,
        not_taken: false,
        passed: false,
        by_hand: false,
        allow_failure: new.allow_failure,
        seal: Seal::created(new.sealed),
        fail_fast: new.fail_fast,
        max_failed_tasks: new.max_failed_tasks,
        run_at: new.run_at,
        counts: JobCounts::default(),
        stale: 0,
        held: new.stage.as_ref().is_some_and(|stage| stage.held),
        freezes: new.stage.is_some(),
        frozen: false,
    }
}

/// Adds the job's tasks to the rows to insert; a job sealed at once without any gets one with the job's own payload.
fn add_tasks(rows: &mut TaskRows, job: &Planned<'_>) -> JobCounts {
    let (home, attempts) = (job.home, job.new.retry.max_attempts);
    match &job.new.tasks {
        Some(tasks) => rows.extend(job.row.id, attempts, tasks, home.now),
        None if job.new.sealed == Sealing::AtOnce => rows.push_own(job.row.id, attempts, home.now),
        None => JobCounts::default(),
    }
}

async fn insert_rows(work: &mut Work, now: DateTime<Utc>, jobs: &[Planned<'_>]) -> Result<(), sqlx::Error> {
    let flag = |value: fn(&Planned<'_>) -> bool| -> Vec<bool> { jobs.iter().map(value).collect() };
    let number = |value: fn(&Planned<'_>) -> i64| -> Vec<i64> { jobs.iter().map(value).collect() };
    sqlx::query!(
        "INSERT INTO jobs (
             id, pipeline_id, key, ordinal, type, state, priority, pipeline_paused, paused, sealed, run_at, due, unmet,
             opened_position, opened_at, head, queued, scheduled, fail_fast, max_failed_tasks, allow_failure, created_at,
             sealed_by, seals_on_open, join_any
         )
         SELECT j.id, j.pipeline_id, j.key, j.ordinal, j.type, j.state, j.priority, j.pipeline_paused, j.paused, j.sealed, j.run_at,
                j.due, j.unmet,
                CASE WHEN j.state = 'queued' THEN nextval('job_positions') END,
                CASE WHEN j.state = 'queued' THEN $1::timestamptz END,
                0, j.queued, j.scheduled, j.fail_fast, j.max_failed_tasks, j.allow_failure, $1,
                j.sealed_by, j.on_open, j.join_any
         FROM unnest(
             $2::uuid[], $3::uuid[], $4::text[], $5::int[], $6::text[], $7::text[], $8::smallint[], $9::boolean[], $10::boolean[],
             $11::boolean[], $12::timestamptz[], $13::boolean[], $14::bigint[], $15::bigint[], $16::bigint[], $17::boolean[],
             $18::bigint[], $19::boolean[], $20::text[], $21::boolean[], $22::boolean[]
         ) AS j (
             id, pipeline_id, key, ordinal, type, state, priority, pipeline_paused, paused, sealed, run_at, due, unmet, queued,
             scheduled, fail_fast, max_failed_tasks, allow_failure, sealed_by, on_open, join_any
         )",
        now,
        &jobs.iter().map(|job| job.row.id).collect::<Vec<_>>(),
        &jobs.iter().map(|job| job.home.id).collect::<Vec<_>>(),
        &jobs.iter().map(|job| job.row.key.as_str()).collect::<Vec<_>>() as &[&str],
        &jobs.iter().map(|job| job.ordinal).collect::<Vec<_>>(),
        &jobs.iter().map(|job| job.row.type_name.as_str()).collect::<Vec<_>>() as &[&str],
        &jobs.iter().map(|job| job.row.state.as_str()).collect::<Vec<_>>() as &[&str],
        &jobs.iter().map(|job| job.home.priority.rank()).collect::<Vec<_>>(),
        &flag(|job| job.home.paused),
        &flag(|job| job.new.paused),
        &flag(|job| job.row.seal.is_on()),
        &jobs.iter().map(|job| job.new.run_at).collect::<Vec<_>>() as &[Option<DateTime<Utc>>],
        &flag(|job| job.row.due),
        &number(|job| job.row.unmet.into()),
        &number(|job| job.row.counts.queued),
        &number(|job| job.row.counts.scheduled),
        &flag(|job| job.new.fail_fast),
        &number(|job| job.new.max_failed_tasks.into()),
        &flag(|job| job.new.allow_failure),
        &jobs.iter().map(|job| job.row.seal.word()).collect::<Vec<_>>() as &[Option<&str>],
        &flag(|job| job.row.seal.on_open),
        &flag(|job| job.row.join == Join::Any),
    )
    .execute(work.sql())
    .await?;
    Ok(())
}

async fn insert_specs(work: &mut Work, jobs: &[Planned<'_>]) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = jobs.iter().map(|job| job.row.id).collect();
    let json = |value: fn(&NewJob) -> Option<&Json>| -> Vec<Option<&str>> {
        jobs.iter().map(|job| value(job.new).map(Json::as_str)).collect()
    };
    let number = |value: fn(&NewJob) -> f64| -> Vec<f64> { jobs.iter().map(|job| value(job.new)).collect() };
    let timeouts: Vec<Option<f64>> =
        jobs.iter().map(|job| job.new.timeout.map(windlass_domain::seconds)).collect();
    // A list in one text, since arrays of arrays must be rectangular; a category has no white space.
    let words: Vec<String> = jobs.iter().map(|job| job.new.retry.non_retryable.join(" ")).collect();
    sqlx::query!(
        "INSERT INTO job_specs (
             job_id, payload, metadata, lease_seconds, timeout_seconds, max_attempts, initial_delay_seconds, factor,
             max_delay_seconds, jitter, non_retryable
         )
         SELECT s.id, s.payload, s.metadata, s.lease, s.timeout, s.attempts, s.initial, s.factor, s.longest, s.jitter,
                string_to_array(s.words, ' ')
         FROM unnest(
             $1::uuid[], $2::text[], $3::text[], $4::float8[], $5::float8[], $6::int[], $7::float8[], $8::float8[],
             $9::float8[], $10::float8[], $11::text[]
         ) AS s (id, payload, metadata, lease, timeout, attempts, initial, factor, longest, jitter, words)",
        &ids,
        &json(|new| new.payload.as_ref()) as &[Option<&str>],
        &json(|new| new.metadata.as_ref()) as &[Option<&str>],
        &number(|new| windlass_domain::seconds(new.lease)),
        &timeouts as &[Option<f64>],
        &jobs.iter().map(|job| job.new.retry.max_attempts).collect::<Vec<_>>(),
        &number(|new| windlass_domain::seconds(new.retry.initial_delay)),
        &number(|new| new.retry.factor),
        &number(|new| windlass_domain::seconds(new.retry.max_delay)),
        &number(|new| new.retry.jitter),
        &words,
    )
    .execute(work.sql())
    .await?;
    Ok(())
}

/// What only jobs of Jobnik's surface have.
async fn write_stages(work: &mut Work, jobs: &[Planned<'_>]) -> Result<(), sqlx::Error> {
    let stages: Vec<_> = jobs.iter().filter_map(|job| Some((job.row.id, job.new.stage.as_ref()?))).collect();
    if stages.is_empty() {
        return Ok(());
    }
    let traces = |value: fn(&Trace) -> Option<&str>| -> Vec<Option<&str>> {
        stages.iter().map(|(_, stage)| value(&stage.trace)).collect()
    };
    let on_lease = |job: &&Planned<'_>| job.new.stage.is_some() && job.new.sealed == Sealing::OnLease;
    let written = sqlx::query!(
        "WITH stages AS MATERIALIZED (
             SELECT * FROM unnest($1::uuid[], $2::boolean[], $3::text[], $4::text[]) AS s (id, held, traceparent, tracestate)
         ),
         traced AS (
             UPDATE job_specs s SET traceparent = n.traceparent, tracestate = n.tracestate FROM stages n
             WHERE s.job_id = n.id AND n.traceparent IS NOT NULL
         )
         UPDATE jobs j SET surface = 'jobnik', seals_on_lease = nullif(n.id = ANY($5::uuid[]), false), held = nullif(n.held, false),
             freezes = true, retried = 0
         FROM stages n WHERE j.id = n.id",
        &stages.iter().map(|(id, _)| *id).collect::<Vec<_>>(),
        &stages.iter().map(|(_, stage)| stage.held).collect::<Vec<_>>(),
        &traces(|trace| trace.traceparent.as_deref()) as &[Option<&str>],
        &traces(|trace| trace.tracestate.as_deref()) as &[Option<&str>],
        &jobs.iter().filter(on_lease).map(|job| job.row.id).collect::<Vec<_>>(),
    )
    .execute(work.sql())
    .await?;
    assert_eq!(written.rows_affected(), stages.len() as u64, "each stage was just inserted");
    Ok(())
}

async fn insert_edges(work: &mut Work, jobs: &[Planned<'_>]) -> Result<(), sqlx::Error> {
    let (mut children, mut ordinals, mut parents, mut conditions) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for job in jobs {
        for (ordinal, (parent, when)) in (0_i32..).zip(&job.edges) {
            children.push(job.row.id);
            ordinals.push(ordinal);
            parents.push(*parent);
            conditions.push(when.as_str().to_owned());
        }
    }
    if children.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "INSERT INTO edges (child_id, ordinal, parent_id, condition)
         SELECT * FROM unnest($1::uuid[], $2::int[], $3::uuid[], $4::text[])",
        &children,
        &ordinals,
        &parents,
        &conditions,
    )
    .execute(work.sql())
    .await?;
    Ok(())
}

/// Records a job's beginning, and its end if it ends at once.
fn record(work: &mut Work, job: Planned<'_>) -> Option<Ending> {
    let unborn = LockedJob { state: JobState::Pending, ..job.row.clone() };
    work.effects.count_job(&unborn, &job.row);
    let (state, actor) = (job.row.state.as_str(), job.home.actor);
    let event = Event::job(job.row.pipeline_id, job.row.id, None, state, actor);
    work.effects.events.push(event.of_type(&job.row.type_name));
    if job.row.held {
        let held = Event::job(job.row.pipeline_id, job.row.id, Some(state), state, actor);
        work.effects.events.push(held.flagged("held"));
    }
    if let Some((reason, not_taken)) = job.skip {
        return Some(Ending::skipped(job.row, reason, not_taken));
    }
    job.row.end().map(|end| Ending::decided(job.row, end).at_opening())
}
