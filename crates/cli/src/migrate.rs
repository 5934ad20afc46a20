//! `windlass migrate`: the schema brought up to date by itself, for those who do not leave it to `serve`.

use crate::database::Database;
use crate::failure::Failure;
use crate::settings::Settings;
use crate::signals::{Signals, hangups};
use crate::{printed, slow};
use windlass_postgres::Stop;
use windlass_server::Migrated;

/// Migrates the database, or looks whether there is anything to do. A signal ends it early; what was being changed is then rolled back by Postgres.
pub(crate) async fn migrate(settings: Settings, check: bool) -> Result<(), Failure> {
    let mut signals = Signals::catch()?;
    // Ignored: nothing is read again here.
    let _hangups = hangups()?;
    let interrupted = || Failure::Interrupted("the migration");
    let database = tokio::select! {
        opened = slow::told("waiting for Postgres to start", Database::open(&settings)) => opened?,
        _ = signals.next() => return Err(interrupted()),
    };
    let (url, schema, place) = (database.url(), settings.schema(), database.place());
    let waiting = format!("waiting for the database, or for its migrations: {place}");
    let work = async {
        if check {
            windlass_server::check_schema(&url, &schema).await?;
            return Ok(format!("the schema in {place} is up to date"));
        }
        Ok(said(windlass_server::migrate(&url, &schema).await?, &place))
    };
    let done = tokio::select! {
        done = slow::told(&waiting, work) => done,
        _ = signals.next() => Err(interrupted()),
    };
    database.close(Stop::orderly()).await;
    printed::print(&format!("{}\n", done?))
}

/// What was done, for people.
fn said(migrated: Migrated, place: &str) -> String {
    let to = migrated.to.unwrap_or_default();
    let steps = if migrated.applied == 1 {
        "1 migration".to_owned()
    } else {
        format!("{} migrations", migrated.applied)
    };
    match (migrated.applied, migrated.from) {
        (0, _) => format!("nothing to do: the schema in {place} is up to date, at {to}"),
        (_, None) => format!("made the schema in {place}, at {to}: {steps}"),
        (_, Some(from)) => format!("brought the schema in {place} from {from} to {to}: {steps}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_done_is_said() {
        let said = |from, applied| said(Migrated { from, to: Some(82), applied }, "/data");
        assert_eq!(said(None, 82), "made the schema in /data, at 82: 82 migrations");
        assert_eq!(said(Some(81), 1), "brought the schema in /data from 81 to 82: 1 migration");
        assert_eq!(said(Some(82), 0), "nothing to do: the schema in /data is up to date, at 82");
    }
}
