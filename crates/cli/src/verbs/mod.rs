//! The operator's verbs: submit, look, watch and control, spoken through the SDK like any other client.
//!
//! Results go to standard output, as tables for people or (`--json`) as the server's own JSON for programs;
//! progress goes to standard error. Nothing is decided here: what the server refuses is told in its words,
//! with the pointers into what was sent. What cannot be undone is told before and asked for ([`confirm`]).

use clap::{Args, Subcommand};
use windlass_sdk::{Backoff, Client, Error};

use crate::failure::Failure;

mod bars;
mod confirm;
mod events;
mod job;
mod job_control;
mod lines;
mod output;
mod pipeline;
mod pipeline_control;
mod preview;
mod queue;
mod table;
mod task;
mod watch;
mod words;
mod workers;

/// What an operator can do.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Submits, shows, watches and controls pipelines.
    Pipeline(pipeline::Pipeline),
    /// Submits jobs that stand alone; shows and controls any.
    Job(job::Job),
    /// Shows and controls tasks.
    Task(task::Task),
    /// Shows, pauses and limits queues.
    Queue(queue::Queue),
    /// Lists the workers that asked for tasks in the last 5 minutes.
    Workers(workers::Workers),
    /// Shows the audit trail, or follows it.
    Events(events::Events),
}

/// Which server to speak to, and for whom to write.
#[derive(Args)]
struct Target {
    /// Address of the server.
    #[arg(
        long,
        global = true,
        env = "WINDLASS_SERVER",
        default_value = "http://127.0.0.1:7070",
        value_name = "URL"
    )]
    server: String,
    /// Writes JSON instead of tables.
    #[arg(long, global = true)]
    json: bool,
}

impl Target {
    /// A client that gives up sooner than a worker would: a person waits.
    fn client(&self) -> Result<Client, Failure> {
        let backoff = Backoff { total_delay: std::time::Duration::from_secs(3), ..Backoff::default() };
        Client::builder(&self.server).backoff(backoff).build().map_err(refused)
    }
}

/// Carries a verb out.
pub(crate) async fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Pipeline(pipeline) => pipeline.run().await,
        Command::Job(job) => job.run().await,
        Command::Task(task) => task.run().await,
        Command::Queue(queue) => queue.run().await,
        Command::Workers(workers) => workers.run().await,
        Command::Events(events) => events.run().await,
    }
}

/// A refusal in the server's words, each thing that is wrong on a line of its own.
fn refused(error: Error) -> Failure {
    let errors = match &error {
        Error::Problem { problem, .. } => problem.errors.clone().unwrap_or_default(),
        _ => Vec::new(),
    };
    match Failure::from(error) {
        Failure::Error(mut message) => {
            for error in errors {
                message = format!("{message}\n  {}: {}", error.pointer, error.detail);
            }
            Failure::Error(message)
        }
        interrupted @ Failure::Interrupted(_) => interrupted,
    }
}

#[cfg(test)]
mod tests {
    use windlass_sdk::wire::{Code, FieldError, Problem};

    use super::*;

    #[test]
    fn a_refusal_names_everything_that_is_wrong() {
        let mut problem = Box::new(Problem::new(Code::ValidationFailed, "2 values are wrong"));
        let wrong =
            |pointer: &str| FieldError { pointer: pointer.to_owned(), detail: "must be given".to_owned() };
        problem.errors = Some(vec![wrong("/name"), wrong("/jobs")]);
        let refused = refused(Error::Problem { problem, request_id: None, retry_after: None });
        let text = "validation_failed: 2 values are wrong\n  /name: must be given\n  /jobs: must be given";
        assert_eq!(refused, Failure::Error(text.to_owned()));
    }
}
