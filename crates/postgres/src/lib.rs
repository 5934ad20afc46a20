//! The server's own Postgres: found, made, started, watched and stopped.
//!
//! Windlass needs nothing but a Postgres, and most people who try it have no database at hand. So
//! `serve` without a database URL runs one from the installed server binaries, on a unix socket only
//! that nobody but its owner may enter.
//!
//! It deliberately does not download, upgrade or tune binaries, listen on TCP, make backups, or touch
//! a directory that it did not make. It does not speak SQL beyond asking an orphan what it is: all
//! else is the store's.
//!
//! As root it trusts nothing of the user that Postgres runs as: it follows no link in the data directory, and
//! removes or signals nothing because a file there names it. What it made it holds as a value; what a killed
//! server left it takes over by a lock or by what the kernel says of a process, never by a name.
//!
//! It fails with one [`ClusterError`] that names what failed and where. Whatever happens afterwards, no
//! data is at risk: every way of stopping is one that Postgres recovers from, and a cluster that still runs after
//! a crash of the server is taken over by the next start.

mod beside;
mod binaries;
mod child;
mod cluster;
mod directory;
mod error;
mod held;
mod home;
mod initialise;
mod lock;
mod orphan;
mod owner;
mod pid_file;
mod postmaster;
mod programs;
mod requirement;
mod socket;
mod tools;
mod walk;

pub use beside::url_beside;
pub use cluster::Cluster;
pub use directory::default_data_directory;
pub use error::ClusterError;
pub use postmaster::Stop;
pub use tools::Tools;
