//! From JSON to what the store takes, strictly.
//!
//! Every surface and everything else that brings JSON of a client reads it here: a field that is not documented, one that is there twice
//! and a value out of its bounds are refused, all of them at once, with pointers. [`json`] reads any JSON; the rest knows what
//! pipelines, jobs, tasks and reports are made of.
//!
//! What it deliberately does not do: speak HTTP, or ask the store. How it fails: by a [`Rejection`], which a surface says in its own words.

mod bulk;
mod graph;
mod items;
mod job;
pub(crate) mod jobnik;
mod jobs;
mod json;
mod key;
mod log;
mod merge;
mod origin;
mod outcomes;
mod pipeline;
pub(crate) mod report;
mod schedule;
mod standalone_job;
mod tasks;
mod template;
mod verb;
mod webhook;

pub(crate) use bulk::{BulkOrder, read_bulk, read_bulk_cancel, read_bulk_retry};
pub(crate) use graph::Scope;
pub(crate) use jobs::read_jobs;
pub(crate) use json::{
    Document, Fault, Field, Findings, NO_FIELD, Pointer, Rejection, TWICE, rounded_up, short,
    unescaped_length,
};
pub(crate) use key::{read_new_key, read_overlap};
pub(crate) use merge::merge;
pub(crate) use origin::Origin;
pub(crate) use outcomes::OutcomeReader;
pub(crate) use pipeline::{PRIORITIES, read_pipeline};
pub(crate) use schedule::{read_schedule, read_trigger};
pub(crate) use standalone_job::{read_standalone_job, read_standalone_jobs};
pub(crate) use tasks::TaskReader;
pub(crate) use template::{Order, TemplateText, read_order, read_template};
pub(crate) use verb::{RetryPipeline, read_cancel, read_reason, read_retry_of_job, read_retry_of_pipeline};
pub(crate) use webhook::{read_new_webhook, read_rotation_of_secret, read_webhook_change};
