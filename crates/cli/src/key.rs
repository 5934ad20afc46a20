//! `windlass key create` on the database itself: the first key, for which there is none to ask by.
//!
//! It works beside a running server with its own Postgres, and where none runs it starts that Postgres for the moment and stops it after. Of an
//! empty database it makes the schema; any other is left as it is, with a message that says which version is in the way.

use windlass_postgres::Stop;

use crate::database::Database;
use crate::failure::Failure;
use crate::signals::{Signals, hangups};
use crate::slow;
use crate::verbs::InDatabase;

/// Makes the key and prints its text. A signal ends it early; what was being changed is then rolled back by Postgres.
pub(crate) async fn create(order: InDatabase) -> Result<(), Failure> {
    let mut signals = Signals::catch()?;
    // Ignored: nothing is read again here.
    let _hangups = hangups()?;
    let interrupted = || Failure::Interrupted("the making of a key");
    let database = tokio::select! {
        opened = Database::open_beside(&order.settings) => opened?,
        _ = signals.next() => return Err(interrupted()),
    };
    let (url, schema) = (database.url(), order.settings.schema());
    let waiting = format!("waiting for the database: {}", database.place());
    let made = tokio::select! {
        made = slow::told(&waiting, windlass_server::create_key(&url, &schema, &order.new)) => made.map_err(Failure::from),
        _ = signals.next() => Err(interrupted()),
    };
    database.close(Stop::orderly()).await;
    order.show(&made?)
}
