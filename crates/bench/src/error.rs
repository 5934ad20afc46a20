//! Why a run does not come to its end.

use std::io;
use std::str::Utf8Error;

use tokio::task::JoinError;
use windlass_postgres::ClusterError;

/// Why a run has no figures. Whatever it is, nothing of the run is left behind.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// It was cut off.
    #[error("a signal cut the bench off")]
    Interrupted,
    /// Postgres does not run, or one of its programs failed.
    #[error(transparent)]
    Postgres(#[from] ClusterError),
    /// The system refused something.
    #[error("{doing}: {source}")]
    Refused {
        /// What was being done.
        doing: String,
        /// What the system said.
        source: io::Error,
    },
    /// Something answered what it should not.
    #[error("{0}")]
    Unexpected(String),
    /// A connection or a file broke.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// An answer is no JSON.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// An answer is no text.
    #[error(transparent)]
    Text(#[from] Utf8Error),
    /// A thread of the load ended by a defect.
    #[error(transparent)]
    Defect(#[from] JoinError),
}

impl BenchError {
    /// For `map_err`: what the system refused.
    pub(crate) fn refused<E: Into<io::Error>>(doing: impl Into<String>) -> impl FnOnce(E) -> Self {
        let doing = doing.into();
        move |error| Self::Refused { doing, source: error.into() }
    }
}
