//! What somebody has paused: who, why, and since when. Pipelines, jobs and schedules are looked for; of types and webhooks others know which are paused.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::db::deadline;
use crate::{Error, Store};

/// A pipeline, a job or a schedule that somebody paused.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the fields are the contract's, documented in the wire crate")]
pub struct Paused {
    pub id: Uuid,
    /// The name of a pipeline or a schedule, the key of a job.
    pub name: String,
    pub reason: Option<String>,
    pub paused_at: Option<DateTime<Utc>>,
    /// By whom, as people know them; `None`: no key was needed.
    pub paused_by: Option<String>,
}

/// By whom something is paused, and since when.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the fields are the contract's, documented in the wire crate")]
pub struct Pause {
    /// A type, the name of a schedule, or the id of a webhook.
    pub what: String,
    pub paused_at: Option<DateTime<Utc>>,
    /// As people know them; `None`: no key was needed.
    pub paused_by: Option<String>,
}

impl Store {
    /// Paused pipelines among the 10,000 oldest that have not ended, 20 at the most.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn paused_pipelines(&self) -> Result<Vec<Paused>, Error> {
        let paused = sqlx::query_as!(
            Paused,
            r#"SELECT p.id AS "id!", p.name AS "name!", p.reason, e.at AS "paused_at?",
                      windlass_caller(e.caller, e.caller_name) AS paused_by
               FROM (
                   SELECT * FROM (
                       (SELECT * FROM pipelines WHERE state = 'pending' ORDER BY id LIMIT 5000)
                       UNION ALL (SELECT * FROM pipelines WHERE state = 'running' ORDER BY id LIMIT 5000)
                   ) open
                   WHERE paused AND deleted_at IS NULL ORDER BY id LIMIT 20
               ) p
               LEFT JOIN LATERAL (
                   SELECT at, caller, caller_name FROM events
                   WHERE pipeline_id = p.id AND entity = 'pipeline' AND flag = 'paused' ORDER BY number DESC LIMIT 1
               ) e ON true
               ORDER BY p.id"#,
        );
        Ok(deadline(paused.fetch_all(&self.db.pool)).await?)
    }

    /// The 20 oldest paused jobs that have not ended.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn paused_jobs(&self) -> Result<Vec<Paused>, Error> {
        let paused = sqlx::query_as!(
            Paused,
            r#"SELECT j.id AS "id!", j.key AS "name!", j.reason, e.at AS "paused_at?", windlass_caller(e.caller, e.caller_name) AS paused_by
               FROM (SELECT id, key, reason FROM jobs WHERE paused AND ended_at IS NULL ORDER BY id LIMIT 20) j
               LEFT JOIN LATERAL (
                   SELECT at, caller, caller_name FROM events
                   WHERE job_id = j.id AND entity = 'job' AND flag = 'paused' ORDER BY number DESC LIMIT 1
               ) e ON true
               ORDER BY j.id"#,
        );
        Ok(deadline(paused.fetch_all(&self.db.pool)).await?)
    }

    /// The first 20 paused schedules by name.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn paused_schedules(&self) -> Result<Vec<Paused>, Error> {
        let paused = sqlx::query_as!(
            Paused,
            "SELECT id, name, reason, paused_at, paused_caller AS paused_by FROM schedules WHERE paused ORDER BY name LIMIT 20",
        );
        Ok(deadline(paused.fetch_all(&self.db.pool)).await?)
    }

    /// Who has paused these types.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn pauses_of_types(&self, types: &[String]) -> Result<Vec<Pause>, Error> {
        let pauses = sqlx::query_as!(
            Pause,
            "SELECT type AS what, paused_at, paused_caller AS paused_by FROM queues WHERE type = ANY($1) AND paused",
            types,
        );
        Ok(deadline(pauses.fetch_all(&self.db.pool)).await?)
    }

    /// Who has paused these schedules.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn pauses_of_schedules(&self, names: &[String]) -> Result<Vec<Pause>, Error> {
        let pauses = sqlx::query_as!(
            Pause,
            "SELECT name AS what, paused_at, paused_caller AS paused_by FROM schedules WHERE name = ANY($1) AND paused",
            names,
        );
        Ok(deadline(pauses.fetch_all(&self.db.pool)).await?)
    }

    /// Who has paused these webhooks: perhaps the server itself.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn pauses_of_webhooks(&self, ids: &[Uuid]) -> Result<Vec<Pause>, Error> {
        let pauses = sqlx::query_as!(
            Pause,
            r#"SELECT id::text AS "what!", paused_at, CASE WHEN paused_itself THEN 'the server' ELSE paused_caller END AS paused_by
               FROM webhooks WHERE id = ANY($1) AND paused"#,
            ids,
        );
        Ok(deadline(pauses.fetch_all(&self.db.pool)).await?)
    }
}
