//! The operator's verbs: submit, look, watch and control, spoken through the SDK like any other client.
//!
//! Results go to standard output, as tables for people or (`--json`) as the server's own JSON for programs;
//! progress goes to standard error. Nothing is decided here: what the server refuses is shown in its words,
//! with the pointers into what was sent. What cannot be undone is shown before and asked for ([`confirm`]).

use clap::Subcommand;

use crate::failure::Failure;

mod bars;
mod confirm;
mod control;
mod events;
mod file;
mod job;
mod key;
mod lines;
mod many;
mod outcomes;
mod output;
mod pipeline;
mod preview;
mod queue;
mod schedule;
mod schedule_table;
mod submit_many;
mod table;
mod target;
mod task;
mod task_log;
mod template;
mod watch;
mod webhook;
mod webhook_table;
mod which;
mod why;
mod words;
mod workers;

pub(crate) use key::{InDatabase, Key};

/// What an operator can do.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Submits, shows, watches and controls pipelines.
    Pipeline(pipeline::Pipeline),
    /// Submits standalone jobs; shows and controls any.
    Job(job::Job),
    /// Shows and controls tasks.
    Task(task::Task),
    /// Keeps templates, and creates pipelines from them.
    Template(template::Template),
    /// Shows, pauses and limits queues.
    Queue(queue::Queue),
    /// Makes, shows and controls schedules: pipelines that time makes from templates.
    Schedule(schedule::Schedule),
    /// Lists what became of single items, and removes what there is of a subject.
    Outcomes(outcomes::Outcomes),
    /// Makes, shows and controls webhooks: who is told of what happens.
    Webhook(webhook::Webhook),
    /// Lists the workers that asked for tasks in the last 5 minutes.
    Workers(workers::Workers),
    /// Shows the audit trail, or follows it.
    Events(events::Events),
}

/// Carries a verb out.
pub(crate) async fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Pipeline(pipeline) => pipeline.run().await,
        Command::Job(job) => job.run().await,
        Command::Task(task) => task.run().await,
        Command::Template(template) => template.run().await,
        Command::Queue(queue) => queue.run().await,
        Command::Schedule(schedule) => schedule.run().await,
        Command::Outcomes(outcomes) => outcomes.run().await,
        Command::Webhook(webhook) => webhook.run().await,
        Command::Workers(workers) => workers.run().await,
        Command::Events(events) => events.run().await,
    }
}
