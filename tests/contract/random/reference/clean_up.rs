//! Rule 8: a cancel with clean-up, by hand or at a deadline; and what it shares with a pipeline's `fail_fast`.

use std::collections::BTreeSet;

use super::{Model, Pipeline, Refusal, State};
use crate::random::script::When;

impl Pipeline {
    pub(crate) fn cancelling(&self) -> bool {
        self.cancelled && !self.state.ended()
    }
}

impl Model {
    pub(super) fn clean_up(&mut self, pipeline: usize) {
        if self.pipelines[pipeline].cancelling() {
            return;
        }
        let spared = self.spared(pipeline);
        if spared.is_empty() {
            return self.cancel_pipeline(pipeline);
        }
        let this = &mut self.pipelines[pipeline];
        (this.cancelled, this.paused) = (true, false);
        self.end_all_but(pipeline, &spared);
        self.pipelines[pipeline].failing = false;
        self.resolve(pipeline);
    }

    /// Cancels what has not ended but for these jobs, which take no more tasks once they are open; and seals the pipeline.
    pub(super) fn end_all_but(&mut self, pipeline: usize, spared: &BTreeSet<usize>) {
        self.pipelines[pipeline].seal.end();
        for job in self.unfinished(pipeline) {
            if !spared.contains(&job) {
                self.end_job(job, State::Cancelled);
            } else if self.jobs[job].state == State::Pending {
                self.jobs[job].spared = true;
            } else if !self.jobs[job].seal.is_on() {
                self.jobs[job].seal.end();
                self.judge(job, false);
            }
        }
    }

    /// The jobs that have not ended and have an edge for when things go wrong, and those that have not below them.
    pub(super) fn spared(&self, pipeline: usize) -> BTreeSet<usize> {
        let has_ended = |job: usize| self.jobs[job].state.ended();
        let mut found = BTreeSet::new();
        for job in &self.pipelines[pipeline].jobs {
            let edges = &self.jobs[*job].edges;
            let own = !has_ended(*job) && edges.iter().any(|(_, when)| *when != When::Succeeded);
            if own || edges.iter().any(|(parent, _)| found.contains(parent)) {
                found.insert(*job);
            }
        }
        found.into_iter().filter(|job| !has_ended(*job)).collect()
    }

    /// A retry takes a cancel back, with its deadline; what only the cancel had spared takes tasks once it opens.
    pub(super) fn take_cancel_back(&mut self, pipeline: usize) {
        let this = &mut self.pipelines[pipeline];
        if !this.cancelled && !this.state.ended() {
            return;
        }
        (this.cancelled, this.deadline) = (false, None);
        if this.fail_fast && this.has_failed && !this.state.ended() {
            return;
        }
        self.pipelines[pipeline].seal.take_back();
        for job in self.unfinished(pipeline) {
            self.jobs[job].spared = false;
        }
    }

    pub(crate) fn set_deadline(&mut self, pipeline: usize, tick: Option<u64>) -> Result<(), Refusal> {
        let state = self.pipelines[pipeline].state;
        if state.ended() {
            return Err(Refusal::illegal(state));
        }
        self.pipelines[pipeline].deadline = tick;
        self.touched.insert(pipeline);
        Ok(())
    }

    /// The first deadline before this tick that will cancel something.
    pub(crate) fn next_deadline(&self, end: u64) -> Option<u64> {
        let waits = |pipeline: &&Pipeline| !pipeline.state.ended() && !pipeline.cancelled;
        let deadlines = self.pipelines.iter().filter(waits).filter_map(|pipeline| pipeline.deadline);
        deadlines.filter(|deadline| *deadline < end).min()
    }

    /// The deadlines of this tick come.
    pub(crate) fn meet_deadlines(&mut self, tick: u64) {
        self.begin();
        for pipeline in 0..self.pipelines.len() {
            let this = &self.pipelines[pipeline];
            if this.deadline == Some(tick) && !this.state.ended() {
                self.clean_up(pipeline);
                self.touched.insert(pipeline);
            }
        }
    }
}
