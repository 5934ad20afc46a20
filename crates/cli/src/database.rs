//! The Postgres that a command works on: the one that is set, or our own.

use std::future::pending;
use std::path::PathBuf;
use std::time::Duration;

use tokio::time::{Instant, sleep};
use windlass_postgres::{Cluster, ClusterError, Stop, default_data_directory, url_beside};

use crate::failure::Failure;
use crate::settings::Settings;

/// How long another windlass that has our directory may take to have its Postgres ready, or to be gone.
const PATIENCE: Duration = Duration::from_secs(20);
/// The pause between two looks.
const AGAIN: Duration = Duration::from_millis(200);

/// A database to work on for a while.
#[derive(Debug)]
pub(crate) enum Database {
    /// Somebody else's; we only connect.
    External {
        /// How to connect.
        url: String,
    },
    /// Ours, running for as long as this does.
    Own {
        cluster: Box<Cluster>,
        /// Where its data lies.
        directory: PathBuf,
    },
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
        Ok(Self::Own { cluster: Box::new(cluster), directory })
    }

    /// The same, but where another windlass runs our own Postgres, that one is used beside it.
    pub(crate) async fn open_beside(settings: &Settings) -> Result<Self, Failure> {
        if settings.database_url().is_some() {
            return Self::open(settings).await;
        }
        let directory = settings.data_dir.clone().map_or_else(default_data_directory, Ok)?;
        let (binaries, begun) = (settings.postgres_bin_dir.as_deref(), Instant::now());
        loop {
            let in_use = match Cluster::start(&directory, binaries).await {
                Ok(cluster) => return Ok(Self::Own { cluster: Box::new(cluster), directory }),
                Err(error @ ClusterError::InUse { .. }) => error,
                Err(error) => return Err(error.into()),
            };
            match url_beside(&directory, binaries).await? {
                Some(url) => return Ok(Self::External { url }),
                // The other one has just begun, or is about to end.
                None if begun.elapsed() < PATIENCE => sleep(AGAIN).await,
                None => return Err(in_use.into()),
            }
        }
    }

    /// How to connect; may hold a password.
    pub(crate) fn url(&self) -> String {
        match self {
            Self::External { url } => url.clone(),
            Self::Own { cluster, .. } => cluster.url(),
        }
    }

    /// Where its data lies, for people; without a password.
    pub(crate) fn place(&self) -> String {
        match self {
            Self::External { url } => place_of(url),
            Self::Own { directory, .. } => directory.display().to_string(),
        }
    }

    /// Runs our own Postgres; returns only when that is no longer possible.
    pub(crate) async fn keep_running(&mut self) -> Failure {
        match self {
            Self::External { .. } => pending().await,
            Self::Own { cluster, .. } => cluster.keep_running().await.into(),
        }
    }

    /// Ends our own Postgres, and returns when it has.
    pub(crate) async fn close(self, stop: Stop) {
        if let Self::Own { cluster, .. } = self {
            cluster.stop(stop).await;
        }
    }
}

/// The host and the name of a database; nothing of who connects.
fn place_of(url: &str) -> String {
    let told = || {
        let url = url::Url::parse(url).ok()?;
        let host = url.host_str().filter(|host| !host.is_empty())?;
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        Some(format!("{host}{port}{}", url.path()))
    };
    told().unwrap_or_else(|| "the database that is set".to_owned())
}

#[cfg(test)]
mod tests {
    use super::place_of;

    #[test]
    fn a_place_has_no_password() {
        assert_eq!(
            place_of("postgres://me:secret@db.example:5433/jobs?sslmode=require"),
            "db.example:5433/jobs"
        );
        assert_eq!(place_of("postgres://me:secret@db.example/jobs"), "db.example/jobs");
        for other in ["host=db password=secret", "postgres:///jobs?host=/run&password=secret"] {
            assert_eq!(place_of(other), "the database that is set");
        }
    }
}
