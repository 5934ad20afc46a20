//! The work of one use case in one transaction: run again after a conflict, its effects announced once it has committed.
//!
//! A transaction that lost a deadlock or a serialisation conflict is run again. One that finds it needs a job below one that it holds says
//! [`Interrupt::Widen`]: it is rolled back and run again with [`Work::wide`] set, which takes the control rows and all jobs of the
//! pipelines in order first. Nothing outlives the deadline: a caller gets [`Error::Unavailable`], and the transaction is rolled back
//! when its connection is next used or closed.

use std::ops::ControlFlow;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use uuid::Uuid;
use windlass_domain::AllowedTypes;

use crate::caller::Caller;
use crate::db::{Conflicts, Session, Transaction};
use crate::effects::Effects;
use crate::memory::Memory;
use crate::{Error, Store};

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

/// A transaction under way, and what it leads to.
pub(crate) struct Work {
    tx: Transaction,
    pub(crate) effects: Effects,
    /// On whose behalf it works.
    pub(crate) caller: Caller,
    /// The types that it may create; `None`: any.
    pub(crate) types: Option<Arc<AllowedTypes>>,
    /// Whether the control rows and all jobs of the pipelines concerned are to be locked first.
    pub(crate) wide: bool,
    /// The highest job locked so far: what lies below may only be locked by starting again.
    pub(crate) highest_job: Uuid,
    /// Bytes of log that one attempt keeps.
    pub(crate) log_bytes: i64,
    /// What this process remembers between calls.
    pub(crate) memory: Arc<Memory>,
}

impl Work {
    /// The connection, for one statement.
    pub(crate) fn sql(&mut self) -> &mut Session {
        self.tx.sql()
    }

    /// The database's now.
    pub(crate) async fn now(&mut self) -> Result<DateTime<Utc>, sqlx::Error> {
        self.tx.now().await
    }

    /// Sets a savepoint; returns the effects of before it, for [`keep_savepoint`](Self::keep_savepoint) or [`go_back_to`](Self::go_back_to).
    pub(crate) async fn set_savepoint(&mut self) -> Result<Effects, sqlx::Error> {
        self.tx.set_savepoint().await?;
        let none = self.effects.none_yet();
        Ok(std::mem::replace(&mut self.effects, none))
    }

    /// Keeps what was done since the savepoint.
    pub(crate) async fn keep_savepoint(&mut self, before: Effects) -> Result<(), sqlx::Error> {
        self.tx.release_savepoint().await?;
        let since = std::mem::replace(&mut self.effects, before);
        self.effects.add(since);
        Ok(())
    }

    /// Takes back what was done since the savepoint, which may have failed.
    pub(crate) async fn go_back_to(&mut self, before: Effects) -> Result<(), sqlx::Error> {
        self.tx.go_back_to_savepoint().await?;
        self.effects = before;
        Ok(())
    }

    /// Writes the effects collected since the last call. Pipeline rows may be locked only after it: counters come before them in the lock order.
    pub(crate) async fn write_effects(&mut self) -> Result<(), sqlx::Error> {
        self.effects.write(self.tx.sql()).await
    }
}

/// The runs of one use case's transaction.
#[derive(Default)]
pub(crate) struct Runs {
    conflicts: Conflicts,
    wide: bool,
}

impl Runs {
    pub(crate) async fn begin(&self, store: &Store) -> Result<Work, Error> {
        Ok(Work {
            tx: Transaction::begin(&store.db).await?,
            effects: Effects::new(&store.memory),
            caller: store.caller,
            types: store.types.clone(),
            wide: self.wide,
            highest_job: Uuid::nil(),
            log_bytes: store.log_bytes,
            memory: Arc::clone(&store.memory),
        })
    }

    /// Commits and announces, or rolls back; says whether to run it again.
    pub(crate) async fn finish<T>(
        &mut self,
        store: &Store,
        mut work: Work,
        outcome: Result<T, Interrupt>,
    ) -> ControlFlow<Result<T, Error>> {
        let outcome = match outcome {
            Ok(value) => work.write_effects().await.map(|()| value).map_err(Interrupt::from),
            stopped => stopped,
        };
        let error = match outcome {
            Ok(value) => match work.tx.commit().await {
                Ok(()) => {
                    store.observers.announce(work.effects.ready, work.effects.ended);
                    return ControlFlow::Break(Ok(value));
                }
                Err(error) => error.into(),
            },
            Err(interrupt) => {
                work.tx.roll_back().await;
                match interrupt {
                    Interrupt::Failed(error) => error,
                    Interrupt::Widen => {
                        self.wide = true;
                        return ControlFlow::Continue(());
                    }
                }
            }
        };
        match &error {
            Error::Internal(source) | Error::Unavailable(source) if self.conflicts.again_after(source) => {
                ControlFlow::Continue(())
            }
            _ => ControlFlow::Break(Err(error)),
        }
    }
}

/// Runs `$body`, an expression of type `Result<T, Interrupt>`, in a transaction named `$work`; again after a conflict.
/// A macro, because a closure returning a future that borrows its argument cannot be shown to be `Send`.
macro_rules! transact {
    ($store:expr, $work:ident => $body:expr) => {
        $crate::db::deadline(async {
            let mut runs = $crate::work::Runs::default();
            loop {
                let mut $work = runs.begin($store).await?;
                let outcome = $body;
                if let std::ops::ControlFlow::Break(answer) = runs.finish($store, $work, outcome).await {
                    break answer;
                }
            }
        })
    };
}
pub(crate) use transact;
