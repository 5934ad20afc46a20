//! What a server knows of Jobnik's surface: its settings, whether it is open, and how long its calls took.
//!
//! It stays closed while a server is seen on the database that does not know it: such a server would end what is to be frozen, and leave unsealed what
//! is sealed by its first lease.

use std::sync::{Mutex, PoisonError};

use windlass_store::{Error, Store};

use crate::document::Document;
use crate::settings;
use crate::telemetry::CallSeconds;

/// Jobnik's surface at this server.
pub(crate) struct Jobnik {
    /// Its settings.
    pub(crate) settings: settings::Jobnik,
    /// Its document; all answers share its bytes.
    pub(crate) document: Document,
    /// How long its calls took.
    pub(crate) seconds: CallSeconds,
    /// The version of a server that does not know it.
    closed_by: Mutex<Option<String>>,
}

impl Jobnik {
    /// Open, as far as is known.
    pub(crate) fn new(settings: settings::Jobnik, document: Document) -> Self {
        Self { settings, document, seconds: CallSeconds::default(), closed_by: Mutex::default() }
    }

    /// Looks whether a server is there that does not know this surface.
    ///
    /// # Errors
    /// When the database is away; then all stays as it is.
    pub(crate) async fn look(&self, store: &Store) -> Result<(), Error> {
        if !self.settings.on {
            return Ok(());
        }
        let other = store.server_without_jobnik().await?;
        let mut closed_by = self.closed_by.lock().unwrap_or_else(PoisonError::into_inner);
        match (&*closed_by, &other) {
            (None, Some(version)) => {
                tracing::warn!(
                    version,
                    "the surface for Jobnik's clients is closed: a server of another version runs that does not know it"
                );
            }
            (Some(_), None) => tracing::info!("the surface for Jobnik's clients is open again"),
            _ => {}
        }
        *closed_by = other;
        Ok(())
    }

    /// Whether it is closed.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed_by.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }
}
