//! `POST /v1/jobs/{id}/tasks`.

use std::collections::BTreeSet;

use super::{Model, Refusal, State};
use crate::random::script::Add;

impl Model {
    pub(crate) fn add_tasks(&mut self, job: usize, due: &[u64]) -> Result<(), Refusal> {
        if !self.takes_tasks(job) {
            return Err(Refusal::conflict("job_sealed"));
        }
        self.push_tasks(job, due, &BTreeSet::new());
        self.touched.insert(self.jobs[job].pipeline);
        Ok(())
    }

    /// Whether a job takes what a completion adds: one that has ended otherwise than well does.
    pub(super) fn takes(&self, job: usize, add: &Add) -> bool {
        let state = self.jobs[job].state;
        let takes_tasks = if state.ended() { state != State::Succeeded } else { self.takes_tasks(job) };
        takes_tasks || add.seal && add.tasks == 0
    }

    /// The newest tasks of a job share its end, if it has ended.
    pub(super) fn end_added(&mut self, job: usize, tasks: usize) {
        let state = self.jobs[job].state;
        let end = if state == State::Skipped { State::Skipped } else { State::Cancelled };
        for task in self.jobs[job].tasks.iter().rev().take(if state.ended() { tasks } else { 0 }) {
            self.tasks[*task].state = end;
        }
    }

    pub(super) fn takes_tasks(&self, job: usize) -> bool {
        !self.jobs[job].seal.is_on()
    }
}
