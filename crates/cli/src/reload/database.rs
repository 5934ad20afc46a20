//! The database's URL in a file; it is looked at as well when the database has refused a login, as after a password was changed.
//!
//! A URL that leads nowhere is logged and kept: the server goes on with its connections, and pings look at the new URL's hosts.

use std::path::{Path, PathBuf};

use windlass_server::DatabaseAccess;

use super::source::Source;
use crate::database_url::DatabaseUrl;

/// The file, and who connects by what is in it.
pub(crate) struct DatabaseFile {
    file: PathBuf,
    access: DatabaseAccess,
}

impl DatabaseFile {
    /// The file, where the URL is in one.
    pub(crate) fn of(url: &DatabaseUrl, access: DatabaseAccess) -> Option<Self> {
        match url {
            DatabaseUrl::File(file) => Some(Self { file: file.clone(), access }),
            DatabaseUrl::Text(_) => None,
        }
    }
}

impl Source for DatabaseFile {
    type Contents = String;

    const WHAT: &'static str = "the database's URL";

    fn files(&self) -> impl Iterator<Item = &Path> {
        std::iter::once(self.file.as_path())
    }

    async fn read(&self) -> Result<String, String> {
        DatabaseUrl::File(self.file.clone()).read().await.map_err(|error| error.to_string())
    }

    async fn take(&self, url: &String) -> Result<(), String> {
        match self.access.use_url(url).await {
            Ok(()) => tracing::info!("connects by the database's URL as it was read again"),
            Err(error) => {
                tracing::warn!(%error, "the database's URL was read again, and cannot be used yet");
            }
        }
        Ok(())
    }

    async fn nudged(&self) {
        self.access.login_refused().await;
    }
}
