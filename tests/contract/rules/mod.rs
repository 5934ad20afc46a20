//! The rules on edges, ends, leases and attempts, branch by branch.

mod attempts;
mod edges;
mod fail_fast;
mod job_ends;
mod leases;
mod pipeline_ends;
mod run_at;
mod sealing;
mod storm;
mod timeouts;
