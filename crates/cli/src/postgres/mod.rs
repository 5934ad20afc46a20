//! The server's own Postgres: found, made, started, kept alive and stopped.
//!
//! Windlass needs nothing but a Postgres, and most people who try it have no database at hand. So
//! `serve` without a database URL runs one from the installed server binaries, on a unix socket only
//! that nobody but its owner may enter.
//!
//! It deliberately does not download, upgrade or tune binaries, listen on TCP, make backups, or touch
//! a directory that it did not make. It does not speak SQL beyond asking a left-over what it is: all
//! else is the store's.
//!
//! It fails with one [`ClusterError`] that names what failed and where. Whatever happens afterwards, no
//! data is at risk: every way of stopping is one that Postgres recovers from, and a cluster left over by
//! a crash of the server is taken over by the next start.

mod binaries;
mod cluster;
mod directory;
mod error;
mod initialise;
mod leftover;
mod owner;
mod postmaster;
mod programs;
mod socket;
mod tools;

pub(crate) use cluster::Cluster;
pub(crate) use directory::default_data_directory;
pub(crate) use error::ClusterError;
pub(crate) use postmaster::Stop;
pub(crate) use tools::Tools;
