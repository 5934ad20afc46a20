//! What can keep the server's own Postgres from running, each as the one message that the user gets.

use std::io;
use std::path::{Path, PathBuf};

use super::requirement::{INSTALL, OLDEST_MAJOR};

/// Why the server's own Postgres does not run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClusterError {
    #[error("no Postgres server binaries were found{looked}; install them:{INSTALL}")]
    NoBinaries { looked: String },

    #[error(
        "the newest Postgres found is {found}, and windlass needs {OLDEST_MAJOR} or newer; install it:{INSTALL}"
    )]
    TooOld { found: u32 },

    #[error(
        "data directory {} was made by Postgres {made_by}, but the Postgres found is {found}; \
         install Postgres {made_by}'s server binaries, or move the data with pg_upgrade",
        directory.display()
    )]
    OtherMajor { directory: PathBuf, made_by: u32, found: String },

    #[error("data directory {} is in use by another windlass{holder}", directory.display())]
    InUse { directory: PathBuf, holder: String },

    #[error("{} is not a data directory of windlass ({why}); it is left as it is, give another with --data-dir", directory.display())]
    Strange { directory: PathBuf, why: &'static str },

    #[error("data directory {} belongs to user id {uid}; start windlass as that user or as root", directory.display())]
    Foreign { directory: PathBuf, uid: u32 },

    #[error(
        "data directory {}: {} is a link of user id {uid} and is not followed; give the path without it",
        directory.display(), link.display()
    )]
    ForeignLink { directory: PathBuf, link: PathBuf, uid: u32 },

    #[error(
        "data directory {}: user {user}, as whom Postgres runs because it refuses root, cannot enter {}; \
         give another with --data-dir",
        directory.display(), barrier.display()
    )]
    Unreachable { directory: PathBuf, barrier: PathBuf, user: String },

    #[error("no place for the data: neither XDG_DATA_HOME nor HOME is set; give one with --data-dir")]
    NoHome,

    #[error("Postgres refuses to run as root, and none of the users windlass, postgres and nobody exists")]
    NoUser,

    #[error("{what} {}: {source}", path.display())]
    File { what: &'static str, path: PathBuf, source: io::Error },

    #[error("{program} failed{output}")]
    Program { program: PathBuf, output: String },

    #[error("Postgres in {} ended as it started{log}", directory.display())]
    Exited { directory: PathBuf, log: String },

    #[error("Postgres in {} ended{log}", directory.display())]
    Ended { directory: PathBuf, log: String },

    #[error("Postgres in {} did not answer within {seconds} s{log}", directory.display())]
    Silent { directory: PathBuf, seconds: u64, log: String },

    #[error("a Postgres left over in {} by an earlier windlass could not be stopped", directory.display())]
    LeftOver { directory: PathBuf },

    #[error("Postgres ended {times} times in a row and is not started again: {last}")]
    KeepsEnding { times: u32, last: Box<ClusterError> },
}

impl ClusterError {
    /// For `map_err`: what was done to which file.
    pub(super) fn file(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { what, path, source }
    }

    /// Whether Postgres refuses to start only because parts of its last run are still there.
    pub(super) fn is_about_remains(&self) -> bool {
        let Self::Exited { log, .. } = self else { return false };
        log.contains("\"postmaster.pid\" already exists") || log.contains("is still in use")
    }
}

/// Text of another program below our own message, or nothing.
pub(super) fn indented(text: &str) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    if lines.is_empty() { String::new() } else { format!(":\n  {}", lines.join("\n  ")) }
}
