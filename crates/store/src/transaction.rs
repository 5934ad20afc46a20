//! One transaction: its deadline, its retries, and what is announced once it has committed.
//!
//! A transaction that lost a deadlock or a serialisation conflict is run again. One that finds it needs a job below
//! one that it holds says [`Interrupt::Widen`]: it is rolled back and run again with [`Work::wide`] set, which takes
//! the control rows and all jobs of the pipelines in order first. Nothing outlives the deadline: a caller gets
//! [`Error::Unavailable`], and the transaction is rolled back when its connection is next used or closed.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, Postgres, Transaction};
use uuid::Uuid;

use crate::audit::Event;
use crate::error::is_conflict;
use crate::fronts::Fronts;
use crate::gathered;
use crate::queue_counts::QueueDelta;
use crate::queue_limits::Limited;
use crate::rollup::PipelineMark;
use crate::watch::Happened;
use crate::{Error, Store};

/// How long a call of the store takes at the most, all tries together; the contract promises an answer in 10 s.
pub(crate) const DEADLINE: Duration = Duration::from_secs(8);

/// Conflicts after which a transaction gives up; each is resolved by Postgres in favour of somebody else, so even
/// under load a few suffice.
const TRIES: u32 = 8;

/// Why a transaction's work stops.
pub(crate) enum Interrupt {
    /// With this answer.
    Failed(Error),
    /// To be run again with all rows locked in order.
    Widen,
}

impl From<Error> for Interrupt {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<sqlx::Error> for Interrupt {
    fn from(error: sqlx::Error) -> Self {
        Self::Failed(error.into())
    }
}

/// A transaction under way.
pub(crate) struct Work {
    transaction: Transaction<'static, Postgres>,
    /// Whether the control rows and all jobs of the pipelines concerned are to be locked first.
    pub(crate) wide: bool,
    /// The shard of the counters that this transaction adds to.
    pub(crate) shard: i16,
    /// The highest job locked so far: what lies below may only be locked by starting again.
    pub(crate) highest_job: Uuid,
    /// What this transaction does to pipelines beside their tallies.
    pub(crate) pipeline_marks: BTreeMap<Uuid, PipelineMark>,
    /// Task rows that a retry by hand brings back in its own transaction, at the most.
    pub(crate) back_at_once: i64,
    /// Changes of states, not written yet.
    pub(crate) events: Vec<Event>,
    /// Changes of per-type counters, not written yet.
    pub(crate) queue_deltas: BTreeMap<String, QueueDelta>,
    ready: BTreeMap<String, usize>,
    /// What whoever watches is told after the commit.
    pub(crate) happened: Happened,
    /// Types known to have a limit.
    pub(crate) limited: Arc<Limited>,
    /// Where dequeues begin to walk.
    pub(crate) fronts: Arc<Fronts>,
}

impl Work {
    /// The connection, for one statement.
    pub(crate) fn sql(&mut self) -> &mut PgConnection {
        &mut self.transaction
    }

    /// Remembers that tasks of a type became ready to lease, to be announced after the commit.
    pub(crate) fn announce(&mut self, type_name: &str, tasks: i64) {
        if let Ok(tasks @ 1..) = usize::try_from(tasks) {
            *self.ready.entry(type_name.to_owned()).or_default() += tasks;
        }
    }

    /// A lease of this type has ended: where the type is limited, that makes room for a waiting one.
    pub(crate) fn announce_room(&mut self, type_name: &str) {
        let limited = self.limited.lock().unwrap_or_else(PoisonError::into_inner).contains(type_name);
        if limited {
            self.announce(type_name, 1);
        }
    }

    /// The database's now.
    pub(crate) async fn now(&mut self) -> Result<DateTime<Utc>, sqlx::Error> {
        sqlx::query_scalar!(r#"SELECT windlass_now() AS "now!""#).fetch_one(self.sql()).await
    }
}

/// The tries of one transaction.
#[derive(Default)]
pub(crate) struct Tries {
    conflicts: u32,
    wide: bool,
}

impl Tries {
    pub(crate) async fn begin(&self, store: &Store) -> Result<Work, Error> {
        Ok(Work {
            transaction: store.pool.begin().await?,
            wide: self.wide,
            shard: store.shard(),
            highest_job: Uuid::nil(),
            pipeline_marks: BTreeMap::new(),
            back_at_once: store.back_at_once,
            events: Vec::new(),
            queue_deltas: BTreeMap::new(),
            ready: BTreeMap::new(),
            happened: Happened::default(),
            limited: Arc::clone(&store.limited),
            fronts: Arc::clone(&store.fronts),
        })
    }

    /// Commits or rolls back, and says whether to try again.
    pub(crate) async fn finish<T>(
        &mut self,
        store: &Store,
        mut work: Work,
        outcome: Result<T, Interrupt>,
    ) -> ControlFlow<Result<T, Error>> {
        let outcome = match outcome {
            Ok(value) => gathered::write(&mut work).await.map(|()| value).map_err(Interrupt::from),
            stopped => stopped,
        };
        let error = match outcome {
            Ok(value) => match work.transaction.commit().await {
                Ok(()) => {
                    for (type_name, tasks) in work.ready {
                        (store.ready)(&type_name, tasks);
                    }
                    if !work.happened.is_empty() {
                        (store.watch)(work.happened);
                    }
                    return ControlFlow::Break(Ok(value));
                }
                Err(error) => error.into(),
            },
            Err(interrupt) => {
                // A rollback that fails leaves a broken connection, which the pool then drops.
                let _ = work.transaction.rollback().await;
                match interrupt {
                    Interrupt::Failed(error) => error,
                    Interrupt::Widen => {
                        self.wide = true;
                        return ControlFlow::Continue(());
                    }
                }
            }
        };
        if is_conflict(&error) && self.conflicts < TRIES {
            self.conflicts += 1;
            tracing::debug!(error = %error, tries = self.conflicts, "transaction conflict, trying again");
            return ControlFlow::Continue(());
        }
        ControlFlow::Break(Err(error))
    }
}

/// Runs `$body`, an expression giving `Result<T, Interrupt>`, in a transaction named `$work`; again after a conflict.
/// A macro, because a closure returning a future that borrows its argument cannot be shown to be `Send`.
macro_rules! transact {
    ($store:expr, $work:ident => $body:expr) => {
        $crate::transaction::deadline(async {
            let mut tries = $crate::transaction::Tries::default();
            loop {
                let mut $work = tries.begin($store).await?;
                let outcome = $body;
                if let std::ops::ControlFlow::Break(answer) = tries.finish($store, $work, outcome).await {
                    break answer;
                }
            }
        })
    };
}
pub(crate) use transact;

/// Cuts a call off at the [`DEADLINE`].
pub(crate) async fn deadline<T>(call: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    within(DEADLINE, call).await
}

/// Cuts a call off after `length`.
pub(crate) async fn within<T>(
    length: Duration,
    call: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    tokio::time::timeout(length, call).await.unwrap_or(Err(Error::Unavailable(sqlx::Error::PoolTimedOut)))
}
