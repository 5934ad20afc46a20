//! `windlass migrate`: the schema brought up to date by itself, for those who do not leave it to `serve`.

use crate::database::Database;
use crate::failure::Failure;
use crate::settings::Settings;
use crate::signals::{Signals, hangups};
use windlass_postgres::Stop;

/// Migrates the database. A signal ends it early; what was being changed is then rolled back by Postgres.
pub(crate) async fn migrate(settings: Settings) -> Result<(), Failure> {
    let mut signals = Signals::catch()?;
    // Ignored: nothing is read again here.
    let _hangups = hangups()?;
    let interrupted = || Err(Failure::Interrupted("the migration"));
    let database = tokio::select! {
        opened = Database::open(&settings) => opened?,
        _ = signals.next() => return interrupted(),
    };
    let url = database.url();
    let migrated = tokio::select! {
        migrated = windlass_server::migrate(&url) => migrated.map_err(Failure::from),
        _ = signals.next() => interrupted(),
    };
    database.close(Stop::orderly()).await;
    migrated
}
