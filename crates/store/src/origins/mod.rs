//! Origins: which completions added a task, so that a retry by hand takes back what the completions that run again had led to.
//!
//! A task that `add_tasks` added belongs to an **origin** of its job: the set of *all* jobs above it, the completing task's job and that
//! task's own producers. (A task that knew one job only would not do: a retry of the first of three takes back what the second led to in
//! the third, and what two producers added to one job is taken back apart.) Origin 0 has no producers: made with the job, or added by a call or an
//! older server. `task_origins` has a row per set and job, with how many tasks it has; a completion writes it under the job's lock (`record.rs`).
//! `jobs.origins` lists those that are live. Nothing that a dequeue reads or writes knows of them.
//! A retry holds all jobs of the pipeline. Which jobs run their succeeded tasks again, and which origins are gone thereby, follow from each
//! other: a fixpoint over the graph, in memory (`retry/fixpoint.rs`). Then each job that loses tasks is written, however many it loses: out of
//! `origins`, out of the counts, `head` above them, their leases ended, seals taken off (`retry/take_back.rs`). No task row is written, and none that is
//! gone lies in a range that anything walks: waiting ones lie at or below `head`; lists, results and what comes back go by origin and id (`walk.rs`).
//! A waiting task that stays, in a job that loses others and goes on, lies at or below `head` too: it is stale and draws a new position.
//! What it does not do: delete. Rows that never had an attempt go in the background (`upkeep/remove_gone.rs`), the rest with their pipeline.

mod live;
mod record;
mod walk;

pub(crate) use live::{Added, Lost, live_additions, lost};
pub(crate) use record::{guess_origin, origin_for, producers_of};
pub(crate) use walk::{Window, next_window};
