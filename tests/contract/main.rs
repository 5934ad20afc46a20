//! The contract of `docs/contract`, promise by promise, through HTTP.
//!
//! Every test starts the service on a database of its own, and is named after the sentence that it holds the service to; the modules follow
//! the resources, `rules` the nine rules, `peers` what the systems before this one get wrong, and `worker` is the SDK's worker behind a bad network. What it deliberately does not do: know how anything is stored. How it fails: at the call whose
//! answer broke the promise, or in [`windlass_tests::TestApp::finish`] when what is stored contradicts itself.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod access;
mod audit;
mod conventions;
mod dashboard;
mod jobnik;
mod jobs;
mod looking;
mod operators;
mod outcomes;
mod patterns;
mod peers;
mod pipelines;
mod random;
mod records;
mod rules;
mod schedules;
mod service;
mod tasks;
mod templates;
mod webhooks;
mod worker;
