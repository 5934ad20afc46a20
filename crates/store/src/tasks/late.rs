//! Late reports: a complete, fail or release whose token was once real and is no longer current, stored as evidence.

use uuid::Uuid;
use windlass_domain::Verb;

use crate::db::deadline;
use crate::{Error, Store};

/// Late reports stored of one task: a worker that repeats its own for ever fills no disk.
const MOST: i64 = 100;

impl Store {
    /// Stores a refused report beside the task's attempts, with the number and worker of the attempt that its token was for. A token that
    /// never was real, and what comes after the hundredth, is not stored. `body` is the report as JSON.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn keep_late_report(
        &self,
        task: Uuid,
        token: Uuid,
        verb: Verb,
        body: &str,
    ) -> Result<(), Error> {
        let insert = sqlx::query!(
            "INSERT INTO attempts (task_id, token, number, verb, outcome, worker_id, started_at, ended_at, detail)
             SELECT a.task_id, a.token, a.number, $3, 'late', a.worker_id, a.started_at, windlass_now(), $4
             FROM attempts a
             WHERE a.task_id = $1 AND a.token = $2 AND a.outcome <> 'late'
               AND (SELECT count(*) FROM attempts WHERE task_id = $1 AND outcome = 'late') < $5",
            task,
            token,
            verb.as_str(),
            body,
            MOST,
        );
        Ok(deadline(insert.execute(&self.db.pool)).await.map(drop)?)
    }
}
