//! Files that are read again while the server runs: on SIGHUP, and within 10 s of a change.
//!
//! One source for each thing that is made of files; [`follow()`] is the rhythm that all have. What it deliberately does not do: ask the
//! system to tell of changes, which it does not do for every kind of directory that a secret is put in. How it fails: what cannot be used is
//! logged once, and what was there before is used on.

mod bootstrap;
mod database;
mod follow;
mod source;
mod tls;

pub(crate) use bootstrap::BootstrapFile;
pub(crate) use database::DatabaseFile;
pub(crate) use follow::{Followed, follow};
pub(crate) use tls::TlsFiles;
