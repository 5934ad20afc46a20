//! The database's URL, read again from its file: on SIGHUP, and when the database has refused a login, as after a password was changed.
//!
//! How it fails: a file that cannot be used, or a URL that leads nowhere, is logged; the server goes on with what it has, and pings look at
//! the new URL's hosts.

use std::convert::Infallible;
use std::time::Duration;

use tokio::signal::unix::Signal;
use windlass_server::DatabaseAccess;

use crate::database_url::DatabaseUrl;

/// The shortest time between two looks for refused logins, of which there may be many.
const PAUSE: Duration = Duration::from_secs(1);

/// Follows the file for as long as the server runs.
pub(crate) async fn follow(
    mut hangups: Signal,
    url: Option<DatabaseUrl>,
    mut present: String,
    access: DatabaseAccess,
) -> Infallible {
    loop {
        let asked = tokio::select! {
            _ = hangups.recv() => true,
            () = access.login_refused() => false,
        };
        match &url {
            Some(url) => read_again(url, &mut present, &access, asked).await,
            None if asked => {
                tracing::info!("SIGHUP: the database's URL is in no file, so nothing is read again");
            }
            None => {}
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn read_again(url: &DatabaseUrl, present: &mut String, access: &DatabaseAccess, asked: bool) {
    let read = match url.read().await {
        Ok(read) => read,
        Err(error) => return tracing::warn!(%error, "cannot read the database's URL again"),
    };
    if read == *present && !asked {
        return;
    }
    match access.use_url(&read).await {
        Ok(()) => tracing::info!("connects by the database's URL as it was read again"),
        Err(error) => tracing::warn!(%error, "the database's URL was read again, and cannot be used yet"),
    }
    *present = read;
}
