//! Rule 8: what a completion had added is taken back when its task runs again.

use std::collections::BTreeSet;

use super::{Model, Seal, State};

impl Model {
    /// The jobs that a completion of a task stands for: its own, and those whose completions led to it.
    pub(super) fn producers(&self, task: usize) -> BTreeSet<usize> {
        let task = &self.tasks[task];
        task.above.iter().copied().chain([task.job]).collect()
    }

    /// The jobs that run again because they lose tasks, as all of these jobs' tasks run again: with what is below them.
    pub(super) fn also_again(&self, pipeline: usize, again: &BTreeSet<usize>) -> BTreeSet<usize> {
        let mut more = BTreeSet::new();
        for job in &self.pipelines[pipeline].jobs {
            let this = &self.jobs[*job];
            let loses = this.tasks.iter().any(|task| !self.tasks[*task].above.is_disjoint(again));
            if loses && this.state.ended() && !this.by_hand && !again.contains(job) {
                more.insert(*job);
                more.extend(self.below(*job));
            }
        }
        more
    }

    /// Takes back what the completions of these jobs led to; returns the open jobs that lose something.
    pub(super) fn take_back(&mut self, pipeline: usize, again: &BTreeSet<usize>) -> Vec<usize> {
        let mut losers = Vec::new();
        for job in self.pipelines[pipeline].jobs.clone() {
            let (gone, left): (Vec<usize>, Vec<usize>) =
                self.jobs[job].tasks.iter().partition(|task| !self.tasks[**task].above.is_disjoint(again));
            let unsealed = !self.jobs[job].sealed_by.is_disjoint(again);
            for task in &gone {
                self.cancel_attempt(*task);
                self.tasks[*task].state = State::Cancelled;
                self.tasks[*task].gone = true;
            }
            self.jobs[job].tasks = left;
            if unsealed {
                self.unseal(job);
            }
            if (unsealed || !gone.is_empty()) && !self.jobs[job].state.ended() {
                losers.push(job);
            }
        }
        losers
    }

    /// A completion's seal is taken back; what the job's state puts on comes in its place.
    fn unseal(&mut self, job: usize) {
        let job = &mut self.jobs[job];
        job.seal = Seal::None;
        job.sealed_by.clear();
        match job.state {
            State::Pending => {}
            state if state.ended() => job.seal.end(),
            _ => job.seal_on_open(),
        }
    }

    /// An open job that has lost something waits again for a parent that runs again, unless a task of it runs; else it may end.
    pub(super) fn go_on(&mut self, job: usize) {
        let waits = self.jobs[job].edges.iter().any(|(parent, _)| !self.jobs[*parent].state.ended());
        if self.jobs[job].state != State::Pending && waits && self.count(job, State::Running) == 0 {
            self.jobs[job].state = State::Pending;
            self.jobs[job].seal.take_back();
        }
        self.judge(job, false);
    }
}
