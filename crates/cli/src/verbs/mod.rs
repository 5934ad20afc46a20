//! The operator's verbs: submit, look, watch and control, spoken through the SDK like any other client.
//!
//! Results go to standard output, as tables for people or (`--json`) as the server's own JSON for programs;
//! progress goes to standard error. Nothing is decided here: what the server refuses is shown in its words,
//! with the pointers into what was sent. What cannot be undone is shown before and asked for ([`confirm`]).

use clap::Subcommand;

use crate::failure::Failure;

mod bars;
mod checks;
mod complete;
mod confirm;
mod control;
mod cut;
mod details;
mod doctor;
mod event_table;
mod events;
mod file;
mod grid;
mod hints;
mod ids;
mod job;
mod job_table;
mod key;
mod key_table;
mod lines;
mod many;
mod names;
mod outcomes;
mod output;
mod patience;
mod pipeline;
mod pipeline_table;
mod places;
mod preview;
mod queue;
mod queue_table;
mod schedule;
mod schedule_table;
mod screen;
mod server;
mod set;
mod submit_many;
mod target;
mod task;
mod task_log;
mod task_table;
mod template;
mod template_table;
mod watch;
mod webhook;
mod webhook_table;
mod which;
mod why;
mod words;
mod workers;

pub(crate) use key::{InDatabase, Key};
pub(crate) use target::Target;

/// What an operator can do.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Submits, shows, watches and controls pipelines.
    Pipeline(pipeline::Pipeline),
    /// Submits jobs that are alone in their pipelines; shows and controls any job.
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
    /// Shows the newest events of the audit trail, or follows it.
    Events(events::Events),
    /// Looks at all that may be wrong: server, database, versions, clock, vacuum, disk, queues, schedules, webhooks.
    ///
    /// Each thing is well, or to be looked at, or WRONG: then it needs somebody. The exit code is 1 if anything is wrong.
    Doctor(doctor::Doctor),
}

/// Carries a verb out; `before` is what stands before it on the command line.
pub(crate) async fn run(command: Command, before: &Target) -> Result<(), Failure> {
    match command {
        Command::Pipeline(pipeline) => pipeline.run(before).await,
        Command::Job(job) => job.run(before).await,
        Command::Task(task) => task.run(before).await,
        Command::Template(template) => template.run(before).await,
        Command::Queue(queue) => queue.run(before).await,
        Command::Schedule(schedule) => schedule.run(before).await,
        Command::Outcomes(outcomes) => outcomes.run(before).await,
        Command::Webhook(webhook) => webhook.run(before).await,
        Command::Workers(workers) => workers.run(before).await,
        Command::Events(events) => events.run(before).await,
        Command::Doctor(doctor) => doctor.run(before).await,
    }
}
