//! `GET /v1/queues`, `GET /v1/queues/{type}`, and the queues that `/metrics` shows.

use windlass_domain::TypeName;

use super::round::Round;
use crate::db::deadline;
use crate::resource::Resource;
use crate::view::Queue;
use crate::{Error, Store};

/// Counters that are read in one piece to find types with tasks.
const COUNTERS: i64 = 4_000;

impl Store {
    /// Up to `limit` queues by type, after that of the name `after`.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn queues(&self, after: Option<&str>, limit: i64) -> Result<Vec<Queue>, Error> {
        let queues = sqlx::query_file_as!(Queue, "src/queues/read.sql", after.unwrap_or_default(), limit);
        Ok(deadline(queues.fetch_all(&self.db.pool)).await?)
    }

    /// One queue.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Unavailable`].
    pub async fn queue(&self, type_name: &TypeName) -> Result<Queue, Error> {
        self.read_queues(&[type_name.to_string()]).await?.pop().ok_or(Error::NotFound(Resource::Queue))
    }

    /// The queues of the types `known` that exist, and up to `most` others with tasks that wait or run; by type. Those that only have tasks which
    /// cannot be leased now are found among some 250 types a call, the next ones each time.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn busy_queues(&self, known: &[String], most: i64) -> Result<Vec<Queue>, Error> {
        let busy = self.busy_types(most + i64::try_from(known.len()).unwrap_or(0)).await?;
        let others = busy.into_iter().filter(|name| !known.contains(name));
        let others = others.take(usize::try_from(most).unwrap_or(0));
        let types: Vec<String> = known.iter().cloned().chain(others).collect();
        self.read_queues(&types).await
    }

    /// Some types that have tasks to lease, and those of the next counters that count something.
    async fn busy_types(&self, most: i64) -> Result<Vec<String>, Error> {
        let mut types = self.waiting_types(most).await?;
        types.extend(self.counted_types(&self.memory.counters_read_to).await?);
        types.sort_unstable();
        types.dedup();
        Ok(types)
    }

    /// Some types that have tasks to lease, by one step along the index for each.
    pub(super) async fn waiting_types(&self, most: i64) -> Result<Vec<String>, Error> {
        let types = sqlx::query_scalar!(
            r#"WITH RECURSIVE waiting AS (
                 (SELECT type FROM jobs WHERE dispatchable ORDER BY type DESC LIMIT 1)
                 UNION ALL
                 SELECT next.type
                 FROM waiting
                 CROSS JOIN LATERAL (
                     SELECT type FROM jobs WHERE dispatchable AND type < waiting.type ORDER BY type DESC LIMIT 1
                 ) next
               )
               SELECT type AS "type!" FROM waiting LIMIT $1"#,
            most,
        );
        Ok(deadline(types.fetch_all(&self.db.pool)).await?)
    }

    /// Of the next counters the types that have tasks. An index that finds them all would cost each change of a counter.
    pub(super) async fn counted_types(&self, round: &Round) -> Result<Vec<String>, Error> {
        let counted = sqlx::query!(
            r#"SELECT type, sum(tasks) > 0 AS "busy!", (sum(count(*)) OVER ())::bigint AS "counters!"
               FROM (
                   SELECT type, queued + scheduled + running AS tasks FROM queue_counts
                   WHERE type >= $1 ORDER BY type, shard LIMIT $2
               ) next
               GROUP BY type ORDER BY type"#,
            round.get(),
            COUNTERS,
        );
        let mut counted = deadline(counted.fetch_all(&self.db.pool)).await?;
        // The last one may have more counters: the next piece begins with it.
        let next = counted.pop_if(|last| last.counters == COUNTERS).map(|last| last.r#type);
        round.set(next.unwrap_or_default());
        Ok(counted.into_iter().filter(|queue| queue.busy).map(|queue| queue.r#type).collect())
    }

    /// Those of these queues that exist, by type.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn queues_of(&self, types: &[String]) -> Result<Vec<Queue>, Error> {
        if types.is_empty() { Ok(Vec::new()) } else { self.read_queues(types).await }
    }

    async fn read_queues(&self, types: &[String]) -> Result<Vec<Queue>, Error> {
        let queues = sqlx::query_file_as!(Queue, "src/queues/read_these.sql", types);
        Ok(deadline(queues.fetch_all(&self.db.pool)).await?)
    }
}
