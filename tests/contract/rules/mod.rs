//! The rules on edges, ends, leases and attempts, branch by branch.

mod attempts;
mod cancelled_and_retried;
mod edges;
mod fail_fast;
mod job_ends;
mod join_any;
mod leases;
mod pipeline_ends;
mod retries;
mod run_at;
mod sealing;
mod storm;
mod taking_back;
mod timeouts;
