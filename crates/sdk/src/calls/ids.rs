//! `/v1/ids`.

use serde::Serialize;
use windlass_wire::{Found, Page};

use crate::{Client, Error};

/// What ids begin with.
#[derive(Serialize)]
struct Prefix {
    prefix: String,
}

impl Client {
    /// The pipelines, jobs and tasks with these ids, or with ids that begin so (8 characters at least), up to 100 in a call; at most 10 of each kind for
    /// each.
    ///
    /// # Errors
    /// What any call can fail with.
    pub async fn find_ids(&self, prefixes: &[String]) -> Result<Vec<Found>, Error> {
        let prefix = Prefix { prefix: prefixes.join(",") };
        self.fetch::<Page<Found>>(self.get(&["v1", "ids"]).query(&prefix)).await.map(|page| page.items)
    }
}
