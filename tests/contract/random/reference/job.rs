//! Rule 3: how a job ends.

use super::{Model, State};

impl Model {
    /// Ends an open job if its tasks say so. The threshold is judged when a task has ended.
    pub(super) fn judge(&mut self, job: usize, a_task_ended: bool) {
        if !matches!(self.jobs[job].state, State::Queued | State::Running) {
            return;
        }
        let count = |state| self.count(job, state);
        let too_many = count(State::Failed) > self.jobs[job].max_failed;
        let open = count(State::Queued) + count(State::Scheduled) + count(State::Running);
        let some = count(State::Succeeded) > 0 || self.jobs[job].tasks.is_empty();
        if too_many && self.jobs[job].fail_fast && a_task_ended {
            self.end_job(job, State::Failed);
        } else if self.jobs[job].seal.is_on() && open == 0 {
            let end = match (too_many, some) {
                (true, _) => State::Failed,
                (false, true) => State::Succeeded,
                (false, false) => State::Cancelled,
            };
            self.end_job(job, end);
        }
    }

    /// Ends a job; what is open below ends with it.
    pub(super) fn end_job(&mut self, job: usize, end: State) {
        let pipeline = self.jobs[job].pipeline;
        self.jobs[job].state = end;
        self.jobs[job].passed = false;
        self.jobs[job].seal.end();
        self.jobs[job].by_hand = false;
        if end == State::Failed && !self.jobs[job].allow_failure {
            self.pipelines[pipeline].failing = true;
        }
        self.start_pipeline(pipeline);
        let end_of_tasks = if end == State::Skipped { State::Skipped } else { State::Cancelled };
        for task in self.jobs[job].tasks.clone() {
            if !self.tasks[task].state.ended() {
                self.cancel_attempt(task);
                self.tasks[task].state = end_of_tasks;
            }
        }
    }

    /// Rule 8: a lease under what was cancelled is dead.
    pub(super) fn cancel_attempt(&mut self, task: usize) {
        if let Some(lease) = self.tasks[task].lease.take() {
            self.leases[lease].current = false;
            let number = self.leases[lease].number;
            self.tasks[task].attempts.push((number, "cancelled"));
        }
    }
}
