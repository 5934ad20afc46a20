//! What people and scripts look at: errors of a job, what runs or has failed over all jobs, what a queue did, and why a pipeline does not go on.

mod errors;
mod history;
mod ids;
mod over_all;
mod system;
mod waiting_for;
