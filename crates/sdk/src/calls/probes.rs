//! `/healthz` and `/readyz`: asked once, since a probe that retries shows nothing.

use crate::resilience::Backoff;
use crate::{Client, Error};

impl Client {
    /// Whether the server lives.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn healthz(&self) -> Result<(), Error> {
        self.send(self.get(&["healthz"]).always().backoff(Backoff::NEVER)).await.map(drop)
    }

    /// Whether the server and its database are well.
    ///
    /// # Errors
    /// When a part is not well, which the problem's `detail` names, or the server does not answer.
    pub async fn readyz(&self) -> Result<(), Error> {
        self.send(self.get(&["readyz"]).always().backoff(Backoff::NEVER)).await.map(drop)
    }
}
