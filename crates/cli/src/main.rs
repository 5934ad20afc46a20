//! The `windlass` binary: one program to serve, to migrate and to operate.
//!
//! It is the composition root: it reads settings, provides a Postgres, starts the server library and
//! turns signals into an orderly end. It deliberately holds no rule of the product: those are the
//! server's, the store's and the domain's, and the operator's verbs speak HTTP like any other client.
//!
//! It fails with one message on standard error and a non-zero exit code: 2 for a command line that makes
//! no sense, 1 for everything else.

use std::process::ExitCode;

use clap::Parser;

mod command;
mod completions;
mod connection_flags;
mod database;
mod database_url;
mod descriptors;
mod failure;
mod flags;
mod log;
mod migrate;
mod openapi;
mod reload;
mod retention;
mod seconds;
mod serve;
mod settings;
mod signals;
mod traces;
mod verbs;

fn main() -> ExitCode {
    command::Cli::parse().run()
}
