//! Reports: most of a batch by one statement.
//!
//! Most reports end, release or try again their task, and at most end its job with it, and the job's pipeline. Those are written by `at_once.sql`,
//! whatever their verbs, which takes the same locks in the same order as every report: while a job's row is held, each further round trip is
//! time in which no other worker of the job is served. What failures and releases depend on is read before, as it stays the same while their
//! leases are current.
//!
//! Ends of jobs are in a variant, `at_once_ending.sql`, which costs Postgres an eighth more for each report of a job that goes on: it is used while
//! batches end jobs, as with jobs of one task, where it saves most of what their ends cost.
//!
//! What it passes over (a job that ends with children, or before the last of its tasks, or in a pipeline that is not sealed or fails fast by it;
//! tasks to add, outcomes, a token that is not current, a second report of one task) goes the way of all reports. Both ways are held to the domain's table by the
//! same tests.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::atomic::Ordering;

use chrono::{DateTime, Utc};
use uuid::Uuid;
use windlass_domain::TaskState;

use super::cause::Cause;
use super::end::{Columns, End, Standing, read_standings};
use super::more::More;
use super::report::Report;
use super::written::{EndedLease, ShownJob, Written};
use crate::db::{Session, Transaction, deadline};
use crate::events::{Actor, EndedJob, EndedPipeline, Happened};
use crate::failures::{NewFailure, record_failures};
use crate::jobs::job_state;
use crate::logs::Logged;
use crate::pipelines::pipeline_state;
use crate::resource::Resource;
use crate::view::Task;
use crate::{Error, Store};

/// Where most of a batch was passed over, most of the next ones is likely to be, too: for so many of them it is not tried.
const NOT_TRIED: u32 = 15;
/// Where a batch ended a job, or left one to be ended, the variant that ends jobs is used for so many of the next ones.
const ENDING: u32 = 15;

/// Reports, and what they make of their tasks.
type Ends<'a> = Vec<(&'a Report, End<'a>)>;

impl Store {
    /// Completes, fails and releases tasks; answers each with its task in the order asked. A repeat answers as the first did.
    ///
    /// # Errors
    /// [`Error::Unavailable`] for the whole batch; for an item [`Error::NotFound`], [`Error::LeaseLost`], and of a completion
    /// [`Error::Refused`] for an unknown job in `add_tasks`, [`Error::JobSealed`].
    pub async fn report(&self, batch: &[Report]) -> Result<Vec<Result<Task, Error>>, Error> {
        let mut done = self.report_at_once(batch).await?;
        let mut answers: Vec<Option<Result<Task, Error>>> =
            batch.iter().map(|report| done.remove(&report.task())).map(|task| task.map(Ok)).collect();
        let rest: Vec<usize> = (0..batch.len()).filter(|at| answers[*at].is_none()).collect();
        if !rest.is_empty() {
            let causes: Vec<Cause<'_>> = rest.iter().map(|at| Cause::Reported(&batch[*at])).collect();
            for (at, answer) in rest.into_iter().zip(self.end_attempts(&causes).await?) {
                // A repeat whose task went while it was read.
                let gone = Error::NotFound(Resource::Task);
                answers[at] = Some(answer.and_then(|task| task.ok_or(gone)));
            }
        }
        Ok(answers.into_iter().flatten().collect())
    }

    /// Applies the reports that the one statement knows; returns their tasks by id.
    async fn report_at_once(&self, batch: &[Report]) -> Result<HashMap<Uuid, Task>, Error> {
        let mut seen = HashSet::new();
        let simple: Vec<&Report> = batch
            .iter()
            .filter(|report| {
                seen.insert(report.task()) && !report.adds_tasks() && report.outcomes().is_empty()
            })
            .collect();
        let not_tried =
            self.memory
                .reports_not_tried
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        if simple.is_empty() || not_tried.is_ok() {
            return Ok(HashMap::new());
        }
        let ending = self.memory.reports_ending.load(Ordering::Relaxed) > 0;
        let (ends, rows, logged) =
            match deadline(self.write_at_once(&simple, ending)).await.map_err(Error::from) {
                // Nothing is written; in a transaction it is tried until it succeeds.
                Err(error) if error.is_conflict() => (Ends::new(), Vec::new(), Logged::default()),
                written => written?,
            };
        self.choose_next(ending, simple.len(), &rows);
        assert!(
            rows.iter().all(|row| row.whole),
            "every written task's lease and every ended job's pipeline is locked"
        );
        Ok(self.announce(&ends, rows, logged))
    }

    /// Has the next batches written as this one of so many reports would best have been.
    fn choose_next(&self, ending: bool, reports: usize, rows: &[Row]) {
        let memory = &self.memory;
        let ended = rows.iter().any(|row| row.job_end.is_some());
        if ended || !ending && rows.len() < reports {
            memory.reports_ending.fetch_max(ENDING, Ordering::Relaxed);
        } else if ending {
            // Another batch may have been the last one meanwhile.
            let less = |left: u32| left.checked_sub(1);
            let _last_or_not = memory.reports_ending.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
        }
        if ending && rows.len() * 2 < reports {
            memory.reports_not_tried.store(NOT_TRIED, Ordering::Relaxed);
        }
    }

    async fn write_at_once<'a>(
        &self,
        reports: &[&'a Report],
        ending: bool,
    ) -> Result<(Ends<'a>, Vec<Row>, Logged), sqlx::Error> {
        if reports.iter().any(|report| report.carries_more()) {
            // Boxed, so that reports without more are no larger for it.
            return Box::pin(self.write_with_more(reports, None, ending)).await;
        }
        let mut connection = self.db.hot.take().await?;
        let ends = decide(connection.sql(), reports).await?;
        if ends.iter().any(|(_, end)| end.fails_for_good()) {
            self.db.hot.put_back(connection);
            return Box::pin(self.write_with_more(reports, Some(ends), ending)).await;
        }
        let rows = self.write_on(connection.sql(), &ends, ending).await?;
        self.db.hot.put_back(connection);
        Ok((ends, rows, Logged::default()))
    }

    /// Writes as well what some of them carry beside, and which of them failed for good: in one transaction. What they make of their tasks may be
    /// known already.
    async fn write_with_more<'a>(
        &self,
        reports: &[&'a Report],
        ends: Option<Ends<'a>>,
        ending: bool,
    ) -> Result<(Ends<'a>, Vec<Row>, Logged), sqlx::Error> {
        let mut transaction = Transaction::begin(&self.db).await?;
        let more = More::begin(transaction.sql(), reports.iter().copied(), self.log_bytes).await?;
        let ends = match ends {
            Some(ends) => ends,
            None => decide(transaction.sql(), reports).await?,
        };
        let rows = self.write_on(transaction.sql(), &ends, ending).await?;
        record_failures(transaction.sql(), &failures(&ends, &rows)).await?;
        let accepted: HashSet<Uuid> = rows.iter().map(|row| row.id).collect();
        let logged = more.finish(transaction.sql(), &accepted).await?;
        transaction.commit().await?;
        Ok((ends, rows, logged))
    }

    async fn write_on(
        &self,
        connection: &mut Session,
        ends: &[(&Report, End<'_>)],
        ending: bool,
    ) -> Result<Vec<Row>, sqlx::Error> {
        let held_back = self.memory.low_water.is_vacuum_held_back();
        write(connection, ends, self.memory.shards.of_reports(), (ending, held_back)).await
    }

    /// Announces what has ended to those who watch, and what can be leased to those who wait; returns the tasks.
    fn announce(&self, ends: &[(&Report, End<'_>)], rows: Vec<Row>, logged: Logged) -> HashMap<Uuid, Task> {
        let mut ready: BTreeMap<String, usize> = BTreeMap::new();
        let mut happened = Happened { log: logged, ..Happened::default() };
        let mut tasks = HashMap::new();
        let ends: HashMap<Uuid, &(&Report, End<'_>)> = ends.iter().map(|end| (end.0.task(), end)).collect();
        let mut ended_jobs = BTreeMap::new();
        for mut row in rows {
            let (report, end) = ends[&row.id];
            if let Some(state) = &row.job_end {
                ended_jobs.entry(row.job_id).or_insert_with(|| row.ended_job(state));
            }
            happened.pipelines.extend(row.ended_pipelines());
            // Where a type has a limit, each lease that ended frees capacity for a waiting task.
            let freed = usize::from(self.memory.limited_types.contains(&row.r#type));
            let takeable = freed + usize::from(end.state == TaskState::Queued && row.due && !row.frozen);
            if takeable > 0 {
                *ready.entry(row.r#type.clone()).or_default() += takeable;
            }
            let (written, lease, job) = row.split(report.token());
            happened.attempts.push(written.ended(end, lease, &job));
            tasks.insert(written.id, written.task(end, job));
        }
        happened.jobs = ended_jobs.into_values().collect();
        self.observers.announce(ready, happened);
        tasks
    }
}

/// What these reports make of their tasks; those whose lease is not current are left out. It stays the same while the leases are current.
async fn decide<'a>(connection: &mut Session, reports: &[&'a Report]) -> Result<Ends<'a>, sqlx::Error> {
    let leases: Vec<(Uuid, Uuid)> = reports
        .iter()
        .filter(|report| !matches!(report, Report::Complete(_)))
        .map(|report| (report.task(), report.token()))
        .collect();
    let standings = read_standings(connection, &leases).await?;
    Ok(reports.iter().filter_map(|report| Some((*report, end(report, &standings)?))).collect())
}

/// Of what was written, that which failed for good, in the order of the reports.
fn failures<'a>(ends: &'a [(&Report, End<'_>)], rows: &'a [Row]) -> Vec<NewFailure<'a>> {
    let rows: HashMap<Uuid, &Row> = rows.iter().map(|row| (row.id, row)).collect();
    let failed = ends.iter().filter(|(_, end)| end.fails_for_good());
    let written = failed.filter_map(|(report, end)| {
        let row = rows.get(&report.task())?;
        end.failure(row.id, row.number, (row.job_id, &row.r#type), row.ended_at)
    });
    written.collect()
}

/// What a report makes of its task; `None` if its lease is not current.
fn end<'a>(report: &'a Report, standings: &HashMap<Uuid, Standing>) -> Option<End<'a>> {
    Some(match report {
        Report::Complete(report) => End::completed(report),
        Report::Release(report) => End::released(report, standings.get(&report.id)?),
        Report::Fail(report) => End::failed(report, standings.get(&report.id)?),
    })
}

/// By the variant that ends jobs or not, and that is for while vacuum is held back or not.
async fn write(
    connection: &mut Session,
    ends: &[(&Report, End<'_>)],
    shard: i16,
    variant: (bool, bool),
) -> Result<Vec<Row>, sqlx::Error> {
    let ids: Vec<Uuid> = ends.iter().map(|(report, _)| report.task()).collect();
    let tokens: Vec<Uuid> = ends.iter().map(|(report, _)| report.token()).collect();
    let actors: Vec<&str> = ends.iter().map(|(report, _)| Actor::Worker(report.caller()).as_str()).collect();
    let callers: Vec<Option<i32>> = ends.iter().map(|(report, _)| report.caller().key).collect();
    let callers = callers.iter().any(Option::is_some).then_some(callers);
    let columns = Columns::of(&ends.iter().map(|(_, end)| end));
    // All variants take these, in this order; the file's name has to be a literal.
    macro_rules! statement {
        ($file:literal) => {
            sqlx::query_file_as!(
                Row,
                $file,
                &ids,
                &tokens,
                &columns.states as &[&str],
                columns.delays.as_deref() as Option<&[Option<f64>]>,
                columns.results.as_deref() as Option<&[Option<&str>]>,
                columns.metrics.as_deref() as Option<&[Option<&str>]>,
                columns.categories.as_deref() as Option<&[Option<&str>]>,
                columns.messages.as_deref() as Option<&[Option<&str>]>,
                columns.details.as_deref() as Option<&[Option<&str>]>,
                shard,
                &actors as &[&str],
                callers.as_deref() as Option<&[Option<i32>]>,
            )
            .fetch_all(connection)
            .await
        };
    }
    match variant {
        (false, false) => statement!("src/attempts/at_once.sql"),
        (false, true) => statement!("src/attempts/at_once_held.sql"),
        (true, false) => statement!("src/attempts/at_once_ending.sql"),
        (true, true) => statement!("src/attempts/at_once_ending_held.sql"),
    }
}

/// A row of `at_once.sql`.
struct Row {
    id: Uuid,
    job_id: Uuid,
    pipeline_id: Uuid,
    r#type: String,
    job_run: i32,
    job_run_at: Option<DateTime<Utc>>,
    due: bool,
    /// Its job has ended, and only its counts move.
    frozen: bool,
    number: i32,
    worker_id: String,
    leased_at: DateTime<Utc>,
    payload: Option<String>,
    metadata: Option<String>,
    attempt: i32,
    max_attempts: i32,
    run_at: Option<DateTime<Utc>>,
    current: Option<f64>,
    total: Option<f64>,
    progress_message: Option<String>,
    created_at: DateTime<Utc>,
    started_at: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
    whole: bool,
    /// How its job has ended with it.
    job_end: Option<String>,
    /// In one of the rows: the pipelines that have ended, and how.
    pipelines: Option<Vec<Uuid>>,
    pipeline_ends: Option<Vec<String>>,
}

impl Row {
    fn ended_job(&self, state: &str) -> EndedJob {
        EndedJob { id: self.job_id, type_name: self.r#type.clone(), state: job_state(state) }
    }

    fn ended_pipelines(&mut self) -> impl Iterator<Item = EndedPipeline> + use<> {
        let ends =
            self.pipelines.take().into_iter().flatten().zip(self.pipeline_ends.take().into_iter().flatten());
        ends.map(|(id, state)| EndedPipeline { id, state: pipeline_state(&state) })
    }

    fn split(self, token: Uuid) -> (Written, EndedLease, ShownJob) {
        let written = Written {
            id: self.id,
            payload: self.payload,
            metadata: self.metadata,
            attempt: self.attempt,
            max_attempts: self.max_attempts,
            run_at: self.run_at,
            current: self.current,
            total: self.total,
            progress_message: self.progress_message,
            created_at: self.created_at,
            started_at: self.started_at,
            ended_at: self.ended_at,
            now: self.now,
            whole: self.whole,
        };
        let lease =
            EndedLease { number: self.number, token, worker_id: self.worker_id, started_at: self.leased_at };
        let job = ShownJob {
            id: self.job_id,
            pipeline_id: self.pipeline_id,
            type_name: self.r#type,
            run: self.job_run,
            due: self.due,
            run_at: self.job_run_at,
        };
        (written, lease, job)
    }
}
