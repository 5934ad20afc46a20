//! Statements on one connection, as they have to be run there.
//!
//! A connection with a session of its own has its settings from its beginning, and prepares each statement once, by a name. Behind a
//! [pooler by transaction](Pooler::Transaction) the next transaction may run in another session. So there each statement is run in a transaction,
//! which begins with the settings; and statements have no name, since it would be unknown in the next session, or another statement's. The
//! price is three more round trips for a statement by itself, and a plan each time.

use std::fmt;

use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream};
use futures_util::{StreamExt, TryStreamExt};
use sqlx::error::BoxDynError;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgArguments, PgQueryResult, PgRow, PgStatement, PgTypeInfo};
use sqlx::{Connection as _, Describe, Either, Execute, Executor, Postgres, SqlStr};

use super::pooler::Pooler;

/// A connection of the pool, for statements.
pub(crate) struct Session {
    connection: PoolConnection<Postgres>,
    pooler: Pooler,
    /// Begins a transaction behind a pooler by transaction.
    pooled_begin: SqlStr,
    /// Whether a transaction has been begun, and has not ended yet.
    begun: bool,
}

impl Session {
    pub(super) fn new(connection: PoolConnection<Postgres>, pooler: Pooler, pooled_begin: SqlStr) -> Self {
        Self { connection, pooler, pooled_begin, begun: false }
    }

    pub(super) async fn begin(&mut self) -> Result<(), sqlx::Error> {
        let begin = match self.pooler {
            Pooler::None => SqlStr::from_static("BEGIN"),
            Pooler::Transaction => self.pooled_begin.clone(),
        };
        // From here on: one that is cut off may have begun.
        self.begun = true;
        sqlx::raw_sql(begin).execute(&mut *self.connection).await.map(drop)
    }

    pub(super) async fn commit(&mut self) -> Result<(), sqlx::Error> {
        sqlx::raw_sql("COMMIT").execute(&mut *self.connection).await?;
        self.begun = false;
        Ok(())
    }

    pub(super) async fn roll_back(&mut self) -> Result<(), sqlx::Error> {
        sqlx::raw_sql("ROLLBACK").execute(&mut *self.connection).await?;
        self.begun = false;
        Ok(())
    }

    /// Runs a statement that steers the transaction under way.
    pub(super) async fn control(&mut self, statement: &'static str) -> Result<(), sqlx::Error> {
        sqlx::raw_sql(statement).execute(&mut *self.connection).await.map(drop)
    }

    /// Returns the connection to the pool, without a transaction.
    pub(super) async fn put_back(mut self) {
        // One that cannot be rolled back is broken.
        if self.begun && self.roll_back().await.is_err() {
            self.connection.close_on_drop();
        } else {
            self.connection.shrink_buffers();
            self.connection.return_to_pool().await;
        }
    }

    /// Ends the transaction of a statement by itself.
    async fn end<T>(&mut self, outcome: Result<T, sqlx::Error>) -> Result<T, sqlx::Error> {
        if outcome.is_ok() {
            self.commit().await?;
        } else {
            // If this fails too, the connection is closed when it is put back.
            let _ = self.roll_back().await;
        }
        outcome
    }
}

impl<'c> Executor<'c> for &'c mut Session {
    type Database = Postgres;

    fn fetch_many<'e, 'q: 'e, E>(
        self,
        query: E,
    ) -> BoxStream<'e, Result<Either<PgQueryResult, PgRow>, sqlx::Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        match self.pooler {
            Pooler::None => self.connection.fetch_many(query),
            Pooler::Transaction if self.begun => self.connection.fetch_many(Unnamed(query)),
            Pooler::Transaction => {
                let all = async move {
                    self.begin().await?;
                    let all = self.connection.fetch_many(Unnamed(query)).try_collect::<Vec<_>>().await;
                    let all = self.end(all).await?;
                    Ok::<_, sqlx::Error>(stream::iter(all).map(Ok))
                };
                Box::pin(stream::once(all).try_flatten())
            }
        }
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Option<PgRow>, sqlx::Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        match self.pooler {
            Pooler::None => self.connection.fetch_optional(query),
            Pooler::Transaction if self.begun => self.connection.fetch_optional(Unnamed(query)),
            Pooler::Transaction => Box::pin(async move {
                self.begin().await?;
                let row = self.connection.fetch_optional(Unnamed(query)).await;
                self.end(row).await
            }),
        }
    }

    fn prepare_with<'e>(
        self,
        sql: SqlStr,
        parameters: &'e [PgTypeInfo],
    ) -> BoxFuture<'e, Result<PgStatement, sqlx::Error>>
    where
        'c: 'e,
    {
        self.connection.prepare_with(sql, parameters)
    }

    fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, Result<Describe<Postgres>, sqlx::Error>>
    where
        'c: 'e,
    {
        self.connection.describe(sql)
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { connection: _, pooler, pooled_begin: _, begun } = self;
        formatter
            .debug_struct("Session")
            .field("pooler", pooler)
            .field("begun", begun)
            .finish_non_exhaustive()
    }
}

/// A statement that is prepared without a name.
struct Unnamed<E>(E);

impl<'q, E: Execute<'q, Postgres>> Execute<'q, Postgres> for Unnamed<E> {
    fn sql(self) -> SqlStr {
        self.0.sql()
    }

    fn statement(&self) -> Option<&PgStatement> {
        self.0.statement()
    }

    fn take_arguments(&mut self) -> Result<Option<PgArguments>, BoxDynError> {
        self.0.take_arguments()
    }

    fn persistent(&self) -> bool {
        false
    }
}
