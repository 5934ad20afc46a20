//! What can prevent a Postgres of our own from running, each as the one message that the user gets.

use std::io;
use std::path::{Path, PathBuf};

use crate::requirement::{INSTALL, OLDEST_MAJOR};

/// Why a Postgres of our own does not run.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// No server binaries are installed.
    #[error("no Postgres server binaries were found{looked}; install them:{INSTALL}")]
    NoBinaries {
        /// Where was looked, or nothing if everywhere.
        looked: String,
    },

    /// All installed versions are too old.
    #[error(
        "the newest Postgres found is {found}, and windlass needs {OLDEST_MAJOR} or newer; install it:{INSTALL}"
    )]
    TooOld {
        /// The newest major version.
        found: u32,
    },

    /// The data is of a major version that is not installed.
    #[error(
        "data directory {} was made by Postgres {made_by}, but the Postgres found is {found}; \
         install Postgres {made_by}'s server binaries, or move the data with pg_upgrade",
        directory.display()
    )]
    OtherMajor {
        /// The data directory.
        directory: PathBuf,
        /// The data's major version.
        made_by: u32,
        /// The installed major versions and where they lie.
        found: String,
    },

    /// A server has the data directory.
    #[error("data directory {} is in use by another windlass{holder}", directory.display())]
    InUse {
        /// The data directory.
        directory: PathBuf,
        /// Its process, or nothing if that is not known.
        holder: String,
    },

    /// The directory is not empty, and not ours.
    #[error("{} is not a data directory of windlass ({why}); it is left as it is, set another with --data-dir", directory.display())]
    Strange {
        /// The directory.
        directory: PathBuf,
        /// What speaks against it.
        why: &'static str,
    },

    /// Another user's data, which we may not become.
    #[error("data directory {} belongs to user id {uid}; start windlass as that user or as root", directory.display())]
    Foreign {
        /// The data directory.
        directory: PathBuf,
        /// The other user.
        uid: u32,
    },

    /// Another user's link on the way to the data directory.
    #[error(
        "data directory {}: {} is a link of user id {uid} and is not followed; set the path without it",
        directory.display(), link.display()
    )]
    ForeignLink {
        /// The data directory.
        directory: PathBuf,
        /// The link.
        link: PathBuf,
        /// The other user.
        uid: u32,
    },

    /// The user that root becomes cannot go to the data directory.
    #[error(
        "data directory {}: user {user}, as whom Postgres runs because it refuses root, cannot enter {}; \
         set another with --data-dir",
        directory.display(), barrier.display()
    )]
    Unreachable {
        /// The data directory.
        directory: PathBuf,
        /// The closed directory on the way.
        barrier: PathBuf,
        /// The user's name.
        user: String,
    },

    /// No data directory was set, and the environment suggests none.
    #[error("no directory for the data: neither XDG_DATA_HOME nor HOME is set; set one with --data-dir")]
    NoHome,

    /// Root has no user to become.
    #[error("Postgres refuses to run as root, and none of the users windlass, postgres and nobody exists")]
    NoUser,

    /// A file, a directory or a program cannot be used.
    #[error("{what} {}: {source}", path.display())]
    File {
        /// What was being done, before the path in the message.
        what: &'static str,
        /// To what.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },

    /// A program of Postgres's failed.
    #[error("{program} failed{output}")]
    Program {
        /// Its path.
        program: PathBuf,
        /// What it said on standard error, indented.
        output: String,
    },

    /// The server ended before it took connections.
    #[error("Postgres in {} ended as it started{log}", directory.display())]
    Exited {
        /// The data directory.
        directory: PathBuf,
        /// The last lines of its log, indented.
        log: String,
    },

    /// The server ended by itself.
    #[error("Postgres in {} ended{log}", directory.display())]
    Ended {
        /// The data directory.
        directory: PathBuf,
        /// The last lines of its log, indented.
        log: String,
    },

    /// The server runs and does not answer.
    #[error("Postgres in {} did not answer within {seconds} s{log}", directory.display())]
    Silent {
        /// The data directory.
        directory: PathBuf,
        /// How long it was asked.
        seconds: u64,
        /// The last lines of its log, indented.
        log: String,
    },

    /// A server that an earlier run left behind does not end.
    #[error("a Postgres in {}, still running after an earlier windlass, could not be stopped", directory.display())]
    Orphan {
        /// The data directory.
        directory: PathBuf,
    },

    /// The server ended again and again.
    #[error("Postgres ended {times} times in a row and is not started again: {last}")]
    KeepsEnding {
        /// How often.
        times: u32,
        /// How it ended at last.
        last: Box<ClusterError>,
    },
}

impl ClusterError {
    /// For `map_err`: what was done to which file.
    pub(crate) fn file(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { what, path, source }
    }

    /// Whether Postgres refuses to start only because parts of its last run are still there.
    pub(crate) fn is_about_remains(&self) -> bool {
        let Self::Exited { log, .. } = self else { return false };
        log.contains("\"postmaster.pid\" already exists") || log.contains("is still in use")
    }
}

/// Text of another program below our own message, or nothing.
pub(crate) fn indented(text: &str) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    if lines.is_empty() { String::new() } else { format!(":\n  {}", lines.join("\n  ")) }
}
