//! `/v1/system`.

use windlass_wire::System;

use crate::{Client, Error};

impl Client {
    /// The server, those beside it, and their database.
    ///
    /// # Errors
    /// What any call can fail with.
    pub async fn get_system(&self) -> Result<System, Error> {
        self.fetch(self.get(&["v1", "system"])).await
    }
}
