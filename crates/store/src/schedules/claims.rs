//! Claims of the duty: what is due, and what has waited long enough. Each is one statement of its own, and none of them waits.

use std::collections::HashMap;

use super::claim::{Claim, Claimable, DueSchedule, WaitingRun};
use super::row::Row;
use super::schedule::Schedule;
use crate::db::deadline;
use crate::{Error, Store};

impl Store {
    /// Claims up to `most` schedules whose next time has come, those that have waited longest first.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn claim_due_schedules(&self, most: i64) -> Result<Vec<DueSchedule>, Error> {
        let claim = sqlx::query_file!("src/schedules/claim_due.sql", most);
        let claimed = deadline(claim.fetch_all(&self.db.pool)).await?;
        let names: Vec<String> = claimed.iter().map(|row| row.name.clone()).collect();
        let mut schedules = self.schedules_named(&names).await?;
        let due = claimed.into_iter().filter_map(|row| {
            let schedule = schedules.remove(&row.name)?;
            let claim = Claim { id: schedule.id, name: row.name, revision: row.revision, due: row.due };
            Some(DueSchedule {
                claim,
                schedule,
                now: row.now,
                has_open: row.has_open,
                has_waiting: row.has_waiting,
            })
        });
        Ok(due.collect())
    }

    /// Whether there may be something to claim: one query, which is all that an idle tick costs.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn claimable(&self) -> Result<Claimable, Error> {
        let look = sqlx::query_as!(
            Claimable,
            r#"SELECT EXISTS (SELECT FROM schedules WHERE look_at IS NOT NULL AND look_at <= windlass_now()) AS "due!",
                      EXISTS (SELECT FROM schedule_runs WHERE outcome = 'waiting' AND look_at <= windlass_now()) AS "waiting!",
                      EXISTS (SELECT FROM webhooks) AS "webhooks!""#
        );
        Ok(deadline(look.fetch_one(&self.db.pool)).await?)
    }

    /// Claims up to `most` runs that waited for an earlier pipeline, which has ended.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn claim_waiting_runs(&self, most: i64) -> Result<Vec<WaitingRun>, Error> {
        let claim = sqlx::query_file!("src/schedules/claim_waiting.sql", most);
        let claimed = deadline(claim.fetch_all(&self.db.pool)).await?;
        let names: Vec<String> = claimed.iter().map(|row| row.name.clone()).collect();
        let mut schedules = self.schedules_named(&names).await?;
        let waiting = claimed.into_iter().filter_map(|row| {
            let schedule = schedules.remove(&row.name)?;
            Some(WaitingRun { number: row.number, scheduled_at: row.scheduled_at, schedule })
        });
        Ok(waiting.collect())
    }

    /// The schedules of these names; no query for none.
    async fn schedules_named(&self, names: &[String]) -> Result<HashMap<String, Schedule>, Error> {
        if names.is_empty() {
            return Ok(HashMap::new());
        }
        let read = sqlx::query_file_as!(Row, "src/schedules/read_named.sql", names);
        let rows = deadline(read.fetch_all(&self.db.pool)).await?;
        Ok(rows.into_iter().map(Schedule::from).map(|schedule| (schedule.name.clone(), schedule)).collect())
    }
}
