//! `docs/contract/records.md`: what tasks leave behind beside their results.

mod checkpoint_sizes;
mod checkpoints;
mod log;
mod log_batches;
mod log_full;
mod log_keys;
mod log_reports;
mod support;
