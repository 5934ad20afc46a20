//! The `windlass` binary: one program to serve, to migrate and to operate.
//!
//! It is the composition root: it reads settings, provides a Postgres, starts the server library and
//! turns signals into an orderly end. It deliberately holds no rule of the product: those are the
//! server's, the store's and the domain's, and the operator's verbs speak HTTP like any other client.
//!
//! It fails with one message on standard error and a non-zero exit code: 2 for a command line that makes
//! no sense, 1 for everything else.

use std::process::ExitCode;

use tikv_jemallocator::Jemalloc;

mod access_flags;
mod bounded_file;
mod command;
mod completions;
mod connection_flags;
mod database;
mod database_url;
mod descriptors;
mod failure;
mod flags;
mod jobnik_flags;
mod key;
mod log;
mod man;
mod migrate;
mod network_flags;
mod openapi;
mod printed;
mod reload;
mod retention;
mod schema;
mod schema_name;
mod seconds;
mod serve;
mod settings;
mod signals;
mod slow;
mod traces;
mod verbs;
mod webhook_files;
mod webhook_flags;

/// Chosen by measurement, of resident MiB under 200 creates of 15.7 MiB at once and 30 s later, and of the server's CPU for a cycle of 256 workers (µs, median of
/// three): the system's allocator 1,144, 957 and 79; mimalloc 918, 367 and 95; jemalloc 788, 254 and 70. It gives memory back by a thread of its
/// own, ten seconds after its last use.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

fn main() -> ExitCode {
    completions::answer(command::Cli::line);
    command::Cli::read().run()
}
