//! Writes down that this server runs, and its version.
//!
//! Why: what an older server would misread is not used while one was seen in the last 30 s. What it deliberately does not do: decide that. The
//! row of a server that ends in order goes with it. How it fails: a server that cannot write is soon not seen any more, and cannot work either.

use std::time::Duration;

use windlass_store::Error;

use super::tick::Ticked;
use crate::app::App;

/// Several times in the 30 s after which a server counts as gone.
pub(super) const EVERY: Duration = Duration::from_secs(5);

/// One row, and whether Jobnik's surface may be open.
pub(super) async fn tick(app: App) -> Result<Ticked, Error> {
    let store = app.own_store();
    store.register_server(env!("CARGO_PKG_VERSION")).await?;
    app.jobnik().look(store).await?;
    Ok(Ticked::default())
}
