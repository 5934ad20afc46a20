//! `GET /v1/queues/{type}/history`: a row a minute and type, to which each server adds what it saw.
//!
//! At most 1,000 types have rows of their own in a minute, so that types which clients make up cost a bounded number of rows; what the others did is added up
//! in a row without a type. One lock makes the bound hold; only this duty takes it.

use chrono::{DateTime, Utc};
use windlass_domain::{Histogram, TypeName};

use crate::db::{Session, Transaction, deadline};
use crate::resource::Resource;
use crate::{Error, Store};

/// Types looked at for how much of them waits and runs.
const TYPES: i64 = 1_000;

/// What one server saw of a type within a minute.
#[derive(Debug, Clone)]
pub struct MinuteSeen {
    /// The type.
    pub type_name: String,
    /// A time within the minute.
    pub at: DateTime<Utc>,
    /// Attempts that succeeded.
    pub succeeded: i64,
    /// Attempts that failed.
    pub failed: i64,
    /// How long tasks waited that were leased.
    pub waits: Histogram,
    /// How long attempts ran that ended.
    pub runs: Histogram,
}

/// What a type did within a minute, over all servers.
#[derive(Debug, Clone)]
pub struct HistoryMinute {
    /// The beginning of the minute.
    pub at: DateTime<Utc>,
    /// Tasks that waited when it was last looked.
    pub queued: i64,
    /// Tasks that ran then.
    pub running: i64,
    /// Attempts that succeeded.
    pub succeeded: i64,
    /// Attempts that failed.
    pub failed: i64,
    /// How long tasks waited that were leased.
    pub waits: Histogram,
    /// How long attempts ran that ended.
    pub runs: Histogram,
}

impl Store {
    /// What a type did in the last so many minutes, this one among them, the newest first; minutes without anything to tell are left out.
    ///
    /// # Errors
    /// [`Error::NotFound`] where there is neither such a queue nor anything to tell, [`Error::Unavailable`].
    pub async fn queue_history(
        &self,
        type_name: &TypeName,
        minutes: i32,
    ) -> Result<Vec<HistoryMinute>, Error> {
        let rows = sqlx::query_as!(
            Row,
            "SELECT at, queued, running, succeeded, failed, waits, runs FROM queue_history
             WHERE type = $1 AND at > date_trunc('minute', windlass_now()) - make_interval(mins => $2)
             ORDER BY at DESC",
            type_name.as_str(),
            minutes,
        );
        let rows = deadline(rows.fetch_all(&self.db.pool)).await?;
        if rows.is_empty() && self.queues_of(&[type_name.to_string()]).await?.is_empty() {
            return Err(Error::NotFound(Resource::Queue));
        }
        let minute = |row: Row| {
            let Row { at, queued, running, succeeded, failed, waits, runs } = row;
            let histogram = |counts: Option<Vec<i32>>| Histogram::of_counts(counts.unwrap_or_default());
            let (waits, runs) = (histogram(waits), histogram(runs));
            HistoryMinute { at, queued, running, succeeded, failed, waits, runs }
        };
        Ok(rows.into_iter().map(minute).collect())
    }

    /// Adds what this server saw, and notes how much of the types with tasks waits and runs now; returns how many rows were written.
    ///
    /// # Errors
    /// [`Error::Unavailable`]: nothing was added.
    pub async fn add_history(&self, seen: &[MinuteSeen]) -> Result<usize, Error> {
        let mut types = self.waiting_types(TYPES).await?;
        types.extend(self.counted_types(&self.memory.history_read_to).await?);
        types.extend(seen.iter().map(|minute| minute.type_name.clone()));
        types.sort_unstable();
        types.dedup();
        if types.is_empty() {
            return Ok(0);
        }
        let (transaction, rows) = deadline(async {
            let mut transaction = Transaction::begin(&self.db).await?;
            lock(transaction.sql()).await?;
            let added = add(transaction.sql(), seen).await?;
            let noted = note_depths(transaction.sql(), &types).await?;
            Ok::<_, sqlx::Error>((transaction, usize::try_from(added + noted).unwrap_or(usize::MAX)))
        })
        .await?;
        if let Err(error) = deadline(transaction.commit()).await {
            // It may have been carried out: added again it would count twice, and left out it is less than a minute.
            tracing::warn!(%error, "what was seen of queues in the last seconds may be missing in their history");
        }
        Ok(rows)
    }
}

struct Row {
    at: DateTime<Utc>,
    queued: i64,
    running: i64,
    succeeded: i64,
    failed: i64,
    waits: Option<Vec<i32>>,
    runs: Option<Vec<i32>>,
}

/// A statement before the others: these see what was committed under the lock.
async fn lock(connection: &mut Session) -> Result<(), sqlx::Error> {
    sqlx::query!("SELECT pg_advisory_xact_lock(hashtext('windlass_queue_history ' || current_schema()))")
        .execute(connection)
        .await
        .map(drop)
}

async fn add(connection: &mut Session, seen: &[MinuteSeen]) -> Result<u64, sqlx::Error> {
    let numbers = |of: fn(&MinuteSeen) -> i64| seen.iter().map(of).collect::<Vec<i64>>();
    let histograms = |of: fn(&MinuteSeen) -> &Histogram| {
        seen.iter().map(|minute| as_array(of(minute))).collect::<Vec<Option<String>>>()
    };
    let added = sqlx::query_file!(
        "src/queues/history/add.sql",
        &seen.iter().map(|minute| minute.type_name.as_str()).collect::<Vec<_>>() as &[&str],
        &seen.iter().map(|minute| minute.at).collect::<Vec<_>>(),
        &numbers(|minute| minute.succeeded),
        &numbers(|minute| minute.failed),
        &histograms(|minute| &minute.waits) as &[Option<String>],
        &histograms(|minute| &minute.runs) as &[Option<String>],
    );
    Ok(added.execute(connection).await?.rows_affected())
}

async fn note_depths(connection: &mut Session, types: &[String]) -> Result<u64, sqlx::Error> {
    let noted = sqlx::query_file!("src/queues/history/note_depths.sql", types);
    Ok(noted.execute(connection).await?.rows_affected())
}

/// The text of an array of Postgres: arrays of different lengths are none of arrays.
fn as_array(histogram: &Histogram) -> Option<String> {
    let counts: Vec<String> = histogram.counts().iter().map(ToString::to_string).collect();
    (!counts.is_empty()).then(|| format!("{{{}}}", counts.join(",")))
}
