//! Writes down in bulk when keys were last used.

use std::sync::Arc;
use std::time::Duration;

use windlass_store::Error;

use super::tick::Ticked;
use crate::http::Keys;

/// A key shows its last use by the minute: half of one between two bulks, and the time that they take.
pub(super) const EVERY: Duration = Duration::from_secs(30);

/// One bulk.
pub(super) async fn tick(keys: Arc<Keys>) -> Result<Ticked, Error> {
    keys.write_uses().await?;
    Ok(Ticked::default())
}
