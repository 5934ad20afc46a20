//! How the database itself is doing, as far as it decides how fast Windlass is: what holds back vacuum, what holds back readers of events,
//! dead tuples of the hot tables, and the use of the pool.
//!
//! It costs a look at the server's processes, at five counters and at 10,000 jobs at the most, whatever is stored. What it deliberately does not do: read a table as a whole, or
//! need a privilege. How it fails: a role without `pg_read_all_stats` does not see when other roles' transactions began; how long the
//! horizon has not moved is then known only from this process's first look at it.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::{Error, Store};

/// The next look comes soon; what takes longer is not worth holding a connection for.
const PATIENCE: Duration = Duration::from_secs(2);

/// How the database is doing.
#[derive(Debug, Clone)]
pub struct Vitals {
    /// Transactions since the oldest snapshot that somebody holds; rows that died since then cannot be vacuumed.
    pub xmin_age: i64,
    /// Seconds for which the oldest transaction that holds back readers of events has been under way; 0 while none does.
    pub horizon_age_seconds: f64,
    /// Jobs that are not sealed, opened at least an hour ago, and have no task that waits or runs; among the 10,000 that opened first.
    pub idle_jobs: i64,
    /// Dead tuples of each hot table, as Postgres estimates them.
    pub dead_tuples: Vec<(String, i64)>,
}

impl Vitals {
    /// Dead tuples of the table whose hot rows have most.
    pub fn dead_hot_rows(&self) -> i64 {
        let hot =
            self.dead_tuples.iter().filter(|(table, _)| ["jobs", "queue_counts"].contains(&table.as_str()));
        hot.map(|(_, dead)| *dead).max().unwrap_or(0)
    }
}

impl Store {
    /// Looks at the database, within 2 s.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn vitals(&self) -> Result<Vitals, Error> {
        let look = async {
            let transactions = self.look_at_transactions().await?;
            Ok::<_, Error>((transactions, self.count_dead().await?, self.count_idle().await?))
        };
        let late = |_| Error::Unavailable(sqlx::Error::PoolTimedOut);
        let (look, dead_tuples, idle_jobs) = tokio::time::timeout(PATIENCE, look).await.map_err(late)??;
        let stood = self.memory.snapshot_horizon.age(look.xmin, look.held, look.now);
        Ok(Vitals {
            xmin_age: look.xmin_age,
            horizon_age_seconds: stood.max(look.oldest_seconds),
            idle_jobs,
            dead_tuples,
        })
    }

    /// Rows of this database are held back by snapshots taken in it, by those of replicas, and by prepared transactions; readers of events by
    /// its writing transactions.
    async fn look_at_transactions(&self) -> Result<Look, Error> {
        let look = sqlx::query_as!(
            Look,
            r#"SELECT
                 greatest(
                     (SELECT max(age(backend_xmin)) FROM pg_stat_activity
                      WHERE (datname IS NULL OR datname = current_database()) AND backend_type <> 'autovacuum worker'),
                     (SELECT max(greatest(age(xmin), age(catalog_xmin))) FROM pg_replication_slots),
                     (SELECT max(age(transaction)) FROM pg_prepared_xacts),
                     0
                 )::bigint AS "xmin_age!",
                 coalesce((
                     SELECT max(extract(epoch FROM clock_timestamp() - began.since))
                     FROM (
                         SELECT xact_start AS since FROM pg_stat_activity
                         WHERE backend_xid IS NOT NULL AND datname = current_database()
                         UNION ALL SELECT prepared FROM pg_prepared_xacts WHERE database = current_database()
                     ) began
                 ), 0)::float8 AS "oldest_seconds!",
                 windlass_oldest_writer()::text::bigint AS "xmin!",
                 windlass_oldest_writer() < pg_snapshot_xmax(pg_current_snapshot()) AS "held!",
                 clock_timestamp() AS "now!""#,
        );
        Ok(look.fetch_one(&self.db.pool).await?)
    }

    async fn count_idle(&self) -> Result<i64, Error> {
        let idle = sqlx::query_scalar!(
            r#"SELECT count(*) AS "idle!" FROM (
                 SELECT * FROM jobs
                 WHERE NOT sealed AND ended_at IS NULL AND opened_at <= windlass_now() - interval '1 hour'
                 ORDER BY opened_at LIMIT 10000
               ) j
               WHERE j.queued + j.left_over + j.scheduled + j.running = 0"#,
        );
        Ok(idle.fetch_one(&self.db.pool).await?)
    }

    async fn count_dead(&self) -> Result<Vec<(String, i64)>, Error> {
        let tables = sqlx::query!(
            r#"SELECT relname::text AS "table!", pg_stat_get_dead_tuples(oid) AS "dead!" FROM pg_class
               WHERE oid = ANY(ARRAY['jobs', 'leases', 'pipelines', 'queue_counts', 'tasks']::regclass[])
               ORDER BY relname"#,
        );
        let tables = tables.fetch_all(&self.db.pool).await?;
        Ok(tables.into_iter().map(|row| (row.table, row.dead)).collect())
    }
}

struct Look {
    xmin_age: i64,
    oldest_seconds: f64,
    xmin: i64,
    /// Whether a transaction is under way that holds the horizon.
    held: bool,
    now: DateTime<Utc>,
}
