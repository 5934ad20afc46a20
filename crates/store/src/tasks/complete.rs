//! `POST /v1/tasks/{id}/complete` and `POST /v1/tasks/complete`.
//!
//! Most completions end nothing but their task. Those are written by one statement, `complete.sql`, which takes the same locks in the same
//! order as every report: while a job's row is held, each further way to the database is time in which no other worker of the job is served.
//! What it passes over (a job that ends with it, tasks to add, a token that is not current, a second report of one task) goes the way of all
//! reports. Both ways are held to the domain's table by the same tests.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU32, Ordering};

use chrono::{DateTime, Utc};
use sqlx::AssertSqlSafe;
use uuid::Uuid;
use windlass_domain::{Json, Outcome, TaskState};

use super::variations::COMPLETE_HELD;
use crate::attempts::Report;
use crate::error::is_conflict;
use crate::input::Complete;
use crate::transaction::deadline;
use crate::view::{Task, TaskProgress};
use crate::watch::{EndedAttempt, Happened};
use crate::{Error, Store};

/// Where a batch ends its jobs, as with jobs of one task, the next ones are likely to, too: for so many of them it is not tried.
const NOT_TRIED: u32 = 15;

/// How many batches will not be tried at once.
pub(crate) type NotTried = AtomicU32;

impl Store {
    /// Completes tasks and adds what they led to; answers each in the order asked. A repeat answers as the first did.
    ///
    /// # Errors
    /// [`Error::Unavailable`] for the whole batch; for an item [`Error::NotFound`], [`Error::LeaseLost`], [`Error::Refused`] for an unknown
    /// job in `add_tasks`, [`Error::JobSealed`].
    pub async fn complete(&self, batch: &[Complete]) -> Result<Vec<Result<Task, Error>>, Error> {
        let mut done = self.complete_at_once(batch).await?;
        let mut answers: Vec<Option<Result<Task, Error>>> =
            batch.iter().map(|report| done.remove(&report.id)).map(|task| task.map(Ok)).collect();
        let rest: Vec<usize> = (0..batch.len()).filter(|at| answers[*at].is_none()).collect();
        if !rest.is_empty() {
            let reports: Vec<Report<'_>> = rest.iter().map(|at| Report::Complete(&batch[*at])).collect();
            for (at, answer) in rest.into_iter().zip(self.report(&reports).await?) {
                answers[at] = Some(answer);
            }
        }
        Ok(answers.into_iter().flatten().collect())
    }

    /// Completes what ends no job; returns those tasks.
    async fn complete_at_once(&self, batch: &[Complete]) -> Result<HashMap<Uuid, Task>, Error> {
        let mut seen = HashSet::new();
        let simple: BTreeMap<Uuid, &Complete> = batch
            .iter()
            .filter(|report| seen.insert(report.id) && report.add_tasks.is_empty())
            .map(|report| (report.id, report))
            .collect();
        let not_tried =
            self.completing.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        if simple.is_empty() || not_tried.is_ok() {
            return Ok(HashMap::new());
        }
        let rows = match deadline(async { Ok(self.write_completions(&simple).await?) }).await {
            // Nothing is written; in a transaction it is tried until it succeeds.
            Err(error) if is_conflict(&error) => Vec::new(),
            rows => rows?,
        };
        if rows.len() * 2 < simple.len() {
            self.completing.store(NOT_TRIED, Ordering::Relaxed);
        }
        let ended = i64::try_from(rows.len()).expect("a batch is bounded far below 2^63");
        assert!(rows.iter().all(|row| row.ended == ended), "every completed task's lease is locked");
        self.tell(&rows);
        let result = |id: &Uuid| simple[id].result.as_ref().map(|json| json.as_str().to_owned());
        Ok(rows.into_iter().map(|row| (row.id, row.task(&result))).collect())
    }

    async fn write_completions(&self, reports: &BTreeMap<Uuid, &Complete>) -> Result<Vec<Row>, sqlx::Error> {
        let results: Vec<Option<&str>> =
            reports.values().map(|report| report.result.as_ref().map(Json::as_str)).collect();
        let metrics: Vec<Option<&str>> =
            reports.values().map(|report| report.metrics.as_ref().map(Json::as_str)).collect();
        let ids: Vec<Uuid> = reports.keys().copied().collect();
        let tokens: Vec<Uuid> = reports.values().map(|report| report.token).collect();
        let mut connection = self.hot_connection().await?;
        let rows = if self.fronts.is_vacuum_held_back() {
            sqlx::query_as(AssertSqlSafe(COMPLETE_HELD.as_str()))
                .bind(&ids)
                .bind(&tokens)
                .bind(&results)
                .bind(&metrics)
                .bind(self.shard())
                .fetch_all(connection.sql())
                .await?
        } else {
            sqlx::query_file_as!(
                Row,
                "src/tasks/complete.sql",
                &ids,
                &tokens,
                &results as &[Option<&str>],
                &metrics as &[Option<&str>],
                self.shard(),
            )
            .fetch_all(connection.sql())
            .await?
        };
        self.keep(connection);
        Ok(rows)
    }

    /// Tells what has ended; where a type is limited, each lease that did makes room for a waiting task.
    fn tell(&self, rows: &[Row]) {
        let happened = Happened { attempts: rows.iter().map(Row::attempt).collect(), ..Happened::default() };
        if !happened.is_empty() {
            (self.watch)(happened);
        }
        let mut rooms: BTreeMap<&str, usize> = BTreeMap::new();
        for row in rows {
            *rooms.entry(&row.r#type).or_default() += 1;
        }
        let limited = self.limited.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for (type_name, room) in rooms.into_iter().filter(|(name, _)| limited.contains(*name)) {
            (self.ready)(type_name, room);
        }
    }
}

/// A row of `complete.sql`: a task that has succeeded.
#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    job_id: Uuid,
    pipeline_id: Uuid,
    r#type: String,
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
    ended_at: DateTime<Utc>,
    job_run: i32,
    token: Uuid,
    worker_id: String,
    leased_at: DateTime<Utc>,
    ended: i64,
}

impl Row {
    fn attempt(&self) -> EndedAttempt {
        EndedAttempt {
            task_id: self.id,
            job_id: self.job_id,
            job_run: self.job_run,
            pipeline_id: self.pipeline_id,
            type_name: self.r#type.clone(),
            number: self.attempt,
            token: self.token,
            worker_id: self.worker_id.clone(),
            outcome: Outcome::Succeeded,
            category: None,
            swept: false,
            started_at: self.leased_at,
            ended_at: self.ended_at,
            again_at: None,
        }
    }

    fn task(self, result: &impl Fn(&Uuid) -> Option<String>) -> Task {
        let (total, message) = (self.total, self.progress_message);
        Task {
            result: result(&self.id),
            id: self.id,
            job_id: self.job_id,
            pipeline_id: self.pipeline_id,
            type_name: self.r#type,
            state: TaskState::Succeeded,
            payload: self.payload,
            metadata: self.metadata,
            attempt: self.attempt,
            max_attempts: self.max_attempts,
            run_at: self.run_at,
            progress: self.current.map(|current| TaskProgress { current, total, message }),
            error: None,
            worker_id: None,
            lease_expires_at: None,
            created_at: self.created_at,
            started_at: self.started_at,
            ended_at: Some(self.ended_at),
        }
    }
}
