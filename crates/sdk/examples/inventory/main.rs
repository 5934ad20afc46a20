//! An inventory of a directory tree, as a pipeline of three jobs: the whole of Windlass on real input.
//!
//! ```text
//! scan    walks the tree and, in the same transaction as its completion, adds one hash task per chunk of files
//! hash    SHA-256 and size of each file of a chunk, on as many workers as there are
//! report  what is there twice, what that wastes, what is largest, and how much there is of each extension
//! ```
//!
//! `inventory pipeline DIR` prints the pipeline for `windlass pipeline submit -`, `inventory worker` works until
//! it gets a signal to stop, and `inventory report [--json]` reads the ended pipeline (the JSON that
//! `windlass pipeline get --json` prints) from standard input and shows its report. The server is
//! `WINDLASS_SERVER`, default `http://127.0.0.1:7070`; one that wants a key gets that of `WINDLASS_KEY_FILE` or `WINDLASS_KEY`, of the scope `work`
//! for the worker and `read` for the report.
//!
//! What counts: regular files only, as `find DIR -type f` lists them. Symbolic links are not followed.
//! Files and directories that cannot be read are counted and named, and do not fail the pipeline. Names need
//! not be UTF-8. Each name of a hard-linked file counts as a file with its size; but names of one inode
//! share their bytes, so removing one of them frees nothing, and they are not duplicates of each other.
//!
//! A worker that is killed costs a lease's time: its tasks run again, and the report is the same.

mod chunk;
mod duplicates;
mod hash;
mod jobs;
mod name;
mod pipeline;
mod print;
mod report;
mod scan;
#[cfg(test)]
mod tests;
mod walk;

use std::process::ExitCode;
use std::time::Duration;

use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::prelude::*;
use windlass_sdk::{Client, LogLayer, Worker};

use jobs::{HashFiles, ScanDir, SumUp};

const USAGE: &str = "usage: inventory pipeline DIR | inventory worker | inventory report [--json]";

type AnyError = Box<dyn std::error::Error>;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let words: Vec<_> = arguments.iter().map(|argument| argument.to_str().unwrap_or_default()).collect();
    let done = match words.as_slice() {
        ["pipeline", _] => pipeline::print(arguments[1].as_ref()),
        ["worker"] => work().await,
        ["report"] => print::report(client(), false).await,
        ["report", "--json"] => print::report(client(), true).await,
        _ => Err(USAGE.into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprint(&*error);
            ExitCode::FAILURE
        }
    }
}

async fn work() -> Result<(), AnyError> {
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_filter(LevelFilter::INFO);
    let of_tasks = LogLayer::new().with_filter(LevelFilter::INFO);
    tracing_subscriber::registry().with(lines).with(of_tasks).init();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let worker = Worker::builder(client()?)
        .blocking_job(ScanDir, scan::scan)
        .blocking_job(HashFiles, hash::hash)
        .job(SumUp, report::report)
        .concurrency(cores)
        .stop_wait(Duration::from_secs(5));
    Ok(worker.build().run().await?)
}

fn client() -> Result<Client, windlass_sdk::Error> {
    let url = std::env::var("WINDLASS_SERVER").unwrap_or_else(|_| "http://127.0.0.1:7070".to_owned());
    Client::new(url)
}

#[expect(clippy::print_stderr, reason = "a program shows its user what went wrong")]
fn eprint(error: &dyn std::error::Error) {
    eprintln!("inventory: {error}");
    let mut source = error.source();
    while let Some(cause) = source {
        eprintln!("  because: {cause}");
        source = cause.source();
    }
}
