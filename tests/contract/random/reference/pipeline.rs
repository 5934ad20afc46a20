//! Rule 4: how a pipeline ends.

use super::{Model, State};
use crate::random::script::When;

impl Model {
    pub(super) fn start_pipeline(&mut self, pipeline: usize) {
        self.touched.insert(pipeline);
        let pipeline = &mut self.pipelines[pipeline];
        if pipeline.state == State::Pending {
            pipeline.state = State::Running;
        }
    }

    /// Cancels what a failure takes with it, once edges have been resolved; says whether there was anything.
    pub(super) fn fail_fast(&mut self, pipeline: usize) -> bool {
        let this = &mut self.pipelines[pipeline];
        let first = std::mem::take(&mut this.failing) && !this.has_failed;
        this.has_failed |= first;
        if !first || !this.fail_fast {
            return false;
        }
        this.seal.end();
        let unfinished: Vec<_> =
            self.unfinished(pipeline).into_iter().filter(|job| !self.decided_by_edges(*job)).collect();
        for job in &unfinished {
            self.end_job(*job, State::Cancelled);
        }
        !unfinished.is_empty()
    }

    fn decided_by_edges(&self, job: usize) -> bool {
        self.jobs[job].edges.iter().any(|(_, when)| *when != When::Succeeded)
    }

    pub(super) fn unfinished(&self, pipeline: usize) -> Vec<usize> {
        let jobs = self.pipelines[pipeline].jobs.iter().copied();
        jobs.filter(|job| !self.jobs[*job].state.ended()).collect()
    }

    pub(super) fn end_pipeline(&mut self, pipeline: usize) {
        let this = &self.pipelines[pipeline];
        if this.state.ended() || !this.seal.is_on() || !self.unfinished(pipeline).is_empty() {
            return;
        }
        let jobs = || this.jobs.iter().map(|job| &self.jobs[*job]);
        let well = |job: &usize| self.jobs[*job].state == State::Succeeded || self.not_taken(*job);
        let end = if this.cancelled {
            State::Cancelled
        } else if jobs().any(|job| job.state == State::Failed && !job.allow_failure) {
            State::Failed
        } else if this.jobs.iter().all(well) {
            State::Succeeded
        } else if jobs().any(|job| matches!(job.state, State::Succeeded | State::Failed)) {
            State::Partial
        } else {
            State::Cancelled
        };
        self.pipelines[pipeline].state = end;
    }
}
