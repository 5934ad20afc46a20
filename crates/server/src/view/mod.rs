//! From what the store answers to the public JSON: the same fields in the words of the contract.
//!
//! Every surface shows things by these functions, and so does whatever else sends them to a client.
//!
//! What it deliberately does not do: speak HTTP, or decide anything. How it fails: it does not.

mod bulk;
mod event;
mod failure;
mod job;
pub(crate) mod jobnik;
mod key;
mod log;
mod outcome;
mod page;
mod pipeline;
mod queue;
mod schedule;
mod system;
mod task;
mod template;
mod values;
mod waiting;
mod webhook;
mod words;
mod worker;

pub(crate) use bulk::{bulked, matched};
pub(crate) use event::event;
pub(crate) use failure::job_error;
pub(crate) use job::{job, job_in_pipeline};
pub(crate) use key::{bootstrap_key, key, key_with_text, no_key};
pub(crate) use log::{logged, logged_line};
pub(crate) use outcome::item_outcome;
pub(crate) use page::page;
pub(crate) use pipeline::{pipeline, pipeline_alone};
pub(crate) use queue::{queue, queue_minute};
pub(crate) use schedule::{schedule, schedule_run};
pub(crate) use system::{found, system};
pub(crate) use task::{attempt, leased_task, result_item, task, task_error};
pub(crate) use template::template;
pub(crate) use waiting::{job_waiting_for, types_waiting, waiting_for};
pub(crate) use webhook::{Sight, delivery, webhook, webhook_test, webhook_with_secret};
pub(crate) use words::task_state;
pub(crate) use worker::worker;
