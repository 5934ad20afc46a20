//! What belongs to events that webhooks are told: the events whole, and their pipelines, jobs, tasks and errors as they are now.

use std::collections::HashMap;

use uuid::Uuid;

use super::brought::read_events;
use crate::db::deadline;
use crate::jobs::read_jobs_these;
use crate::pipelines::read_pipelines_these;
use crate::tasks::read_tasks_bare;
use crate::view::{Event, Failure, Job, Pipeline, Task};
use crate::{Error, Store};

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub struct SubjectsAsked {
    /// Numbers of events.
    pub events: Vec<i64>,
    /// Pipelines.
    pub pipelines: Vec<Uuid>,
    /// Jobs.
    pub jobs: Vec<Uuid>,
    /// Tasks.
    pub tasks: Vec<Uuid>,
    /// Pipelines, jobs and tasks that failed: the error of the newest failed task of each.
    pub failed: Vec<Uuid>,
    /// Names of schedules: the template of each.
    pub schedules: Vec<String>,
}

/// What was found. What has gone is missing.
#[derive(Debug, Clone, Default)]
pub struct Subjects {
    /// Events by number.
    pub events: HashMap<i64, Event>,
    /// Pipelines by id, without their jobs.
    pub pipelines: HashMap<Uuid, Pipeline>,
    /// Jobs by id, without payload and metadata.
    pub jobs: HashMap<Uuid, Job>,
    /// Tasks by id, without payload and result.
    pub tasks: HashMap<Uuid, Task>,
    /// The newest failed task by what failed.
    pub failed: HashMap<Uuid, FailedTask>,
    /// Templates by the name of the schedule.
    pub templates: HashMap<String, String>,
}

/// A task that failed, for those who ask why.
#[derive(Debug, Clone)]
pub struct FailedTask {
    /// The key of its job.
    pub job_key: String,
    /// What it reported.
    pub error: Failure,
}

impl Store {
    /// What belongs to events.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn subjects_of_events(&self, asked: &SubjectsAsked) -> Result<Subjects, Error> {
        deadline(async {
            // Before a connection is held: whoever holds one waits for no other.
            let epochs = if asked.events.is_empty() { None } else { Some(self.end_of_events().await?) };
            let mut connection = self.db.pool.acquire().await?;
            let mut subjects = Subjects::default();
            // Their jobs after them, so that none is there without its pipeline.
            if let Some(epochs) = epochs {
                subjects.events =
                    read_events(&mut connection, &asked.events, &|number| epochs.cursor(number)).await?;
            }
            if !asked.tasks.is_empty() {
                let tasks = read_tasks_bare(&mut connection, &asked.tasks).await?;
                subjects.tasks = tasks.into_iter().map(|task| (task.id, task)).collect();
            }
            if !asked.jobs.is_empty() {
                let jobs = read_jobs_these(&mut connection, &asked.jobs).await?;
                subjects.jobs = jobs.into_iter().map(|job| (job.id, job)).collect();
            }
            let mut left = asked.pipelines.clone();
            while !left.is_empty() {
                // A page ends early where texts are long.
                let page = read_pipelines_these(&mut connection, &left).await?;
                if page.is_empty() {
                    break;
                }
                subjects.pipelines.extend(page.into_iter().map(|pipeline| (pipeline.id, pipeline)));
                left.retain(|id| !subjects.pipelines.contains_key(id));
            }
            if !asked.failed.is_empty() {
                subjects.failed = read_failed(&mut connection, &asked.failed).await?;
            }
            if !asked.schedules.is_empty() {
                subjects.templates = read_templates(&mut connection, &asked.schedules).await?;
            }
            Ok(subjects)
        })
        .await
    }
}

async fn read_failed(
    connection: &mut crate::db::Session,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, FailedTask>, sqlx::Error> {
    let rows = sqlx::query_file!("src/webhooks/failed.sql", ids).fetch_all(connection).await?;
    let failed = rows.into_iter().map(|row| {
        let error = Failure { category: row.category, message: row.message, detail: row.detail };
        (row.id, FailedTask { job_key: row.job_key, error })
    });
    Ok(failed.collect())
}

async fn read_templates(
    connection: &mut crate::db::Session,
    names: &[String],
) -> Result<HashMap<String, String>, sqlx::Error> {
    let rows = sqlx::query!("SELECT name, template FROM schedules WHERE name = ANY($1)", names);
    Ok(rows.fetch_all(connection).await?.into_iter().map(|row| (row.name, row.template)).collect())
}
