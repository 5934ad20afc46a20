//! The Postgres that a command works on: the one that is set, or our own.

use std::future::pending;

use windlass_postgres::{Cluster, Stop, default_data_directory};

use crate::failure::Failure;
use crate::settings::Settings;

/// A database to work on for a while.
#[derive(Debug)]
pub(crate) enum Database {
    /// Somebody else's; we only connect.
    External {
        /// How to connect.
        url: String,
    },
    /// Ours, running for as long as this does.
    Own(Box<Cluster>),
}

impl Database {
    /// Starts our own Postgres unless the settings name another.
    pub(crate) async fn open(settings: &Settings) -> Result<Self, Failure> {
        if settings.password_on_the_line {
            tracing::warn!(
                "--database-url holds a password, which every user of this machine can read in its list of processes; \
                 give the URL by WINDLASS_DATABASE_URL or --database-url-file FILE"
            );
        }
        if let Some(url) = settings.database_url() {
            return Ok(Self::External { url: url.read().await? });
        }
        let directory = settings.data_dir.clone().map_or_else(default_data_directory, Ok)?;
        let cluster = Cluster::start(&directory, settings.postgres_bin_dir.as_deref()).await?;
        Ok(Self::Own(Box::new(cluster)))
    }

    /// How to connect; may hold a password.
    pub(crate) fn url(&self) -> String {
        match self {
            Self::External { url } => url.clone(),
            Self::Own(cluster) => cluster.url(),
        }
    }

    /// Runs our own Postgres; returns only when that is no longer possible.
    pub(crate) async fn keep_running(&mut self) -> Failure {
        match self {
            Self::External { .. } => pending().await,
            Self::Own(cluster) => cluster.keep_running().await.into(),
        }
    }

    /// Ends our own Postgres, and returns when it has.
    pub(crate) async fn close(self, stop: Stop) {
        if let Self::Own(cluster) = self {
            cluster.stop(stop).await;
        }
    }
}
