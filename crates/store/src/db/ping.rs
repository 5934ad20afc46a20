//! Whether the database answers and can be written to; if not, whether another of its hosts can.

use std::time::Duration;

use tokio::time::timeout;

use super::connect::{ConnectError, Db};
use super::fault::is_read_only;
use super::hosts::{self, address};
use super::reach::Found;
use super::session::WRITABLE;

/// How long a ping waits for the pool. With a [`LOOK`] and a second between pings it is known within 5 s that the database is away.
const PING: Duration = Duration::from_secs(2);
/// How long each host may take to answer when the present one does not.
const LOOK: Duration = Duration::from_secs(1);

impl Db {
    /// Whether the database can be written to, within 3 s. Goes over to another host if only that one can.
    pub(crate) async fn ping(&self) -> Result<(), sqlx::Error> {
        let ping = timeout(PING, sqlx::raw_sql(WRITABLE).execute(&self.pool)).await;
        let Err(error) = ping.unwrap_or(Err(sqlx::Error::PoolTimedOut)) else { return Ok(()) };
        let found = self.reach.find(LOOK).await.map_err(|unreachable| {
            self.pool.note(&unreachable.source);
            unreachable.source
        })?;
        // The same name may lead to another server by now.
        if self.take(found, is_read_only(&error)) { Ok(()) } else { Err(error) }
    }

    /// Connects by another URL from now on. Connections of before are used on if the new one leads to the same place.
    ///
    /// # Errors
    /// [`ConnectError`]; pings go on looking where the URL leads, if it is one.
    pub(crate) async fn use_url(&self, url: &str) -> Result<(), ConnectError> {
        self.reach.set_hosts(hosts::parse(url).map_err(ConnectError::Url)?);
        let found = self.reach.find(LOOK).await?;
        self.take(found, false);
        Ok(())
    }

    /// Returns when a login has been refused since the last call.
    pub(crate) async fn login_refused(&self) {
        self.pool.login_refused().await;
    }

    /// Makes new connections there; whether those of before are closed, as `anew` asks or because they lead elsewhere.
    fn take(&self, found: Found, anew: bool) -> bool {
        let anew = anew || address(&found.options) != address(&self.options());
        if anew {
            tracing::warn!(
                database = address(&found.options),
                "goes over to a database that can be written to"
            );
        }
        self.pool.pool().set_connect_options(found.options);
        if anew {
            self.reach.choose_anew();
        }
        anew
    }
}
