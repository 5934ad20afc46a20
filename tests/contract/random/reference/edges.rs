//! Rule 1: edges, and how the ends of jobs go through the graph.

use super::{Model, State};
use crate::random::script::{Join, When};

/// What a parent makes of an edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Edge {
    Waits,
    Met,
    /// It can no longer be met.
    Never,
    /// It can no longer be met, and nothing is wrong: the branch was not taken.
    NotTaken,
}

impl Model {
    fn edge(&self, parent: usize, when: When) -> Edge {
        match (when, self.jobs[parent].state) {
            (_, state) if !state.ended() => Edge::Waits,
            (When::Always, _)
            | (When::Succeeded | When::Finished, State::Succeeded)
            | (When::Failed | When::Finished, State::Failed) => Edge::Met,
            (When::Failed, State::Succeeded) => Edge::NotTaken,
            (_, State::Skipped) if self.not_taken(parent) => Edge::NotTaken,
            _ => Edge::Never,
        }
    }

    /// Whether a job was skipped, and that is no flaw: a branch not taken.
    pub(super) fn not_taken(&self, job: usize) -> bool {
        let this = &self.jobs[job];
        let well = |(parent, when, _): &(usize, When, State)| self.edge(*parent, *when) == Edge::NotTaken;
        this.state == State::Skipped && !this.culprits.is_empty() && this.culprits.iter().all(well)
    }

    /// The edges of a job that can no longer be met, with the parent's state; none where it may open all the same.
    pub(super) fn never_met(&self, job: usize) -> Vec<(usize, When, State)> {
        let edges = self.jobs[job].edges.iter();
        let may_open =
            |(parent, when): &(usize, When)| matches!(self.edge(*parent, *when), Edge::Waits | Edge::Met);
        if self.jobs[job].join == Join::Any && edges.clone().any(may_open) {
            return Vec::new();
        }
        let never =
            edges.filter(|(parent, when)| matches!(self.edge(*parent, *when), Edge::Never | Edge::NotTaken));
        never.map(|(parent, when)| (*parent, *when, self.jobs[*parent].state)).collect()
    }

    /// Whether a job's edges let it open now: all are met, or all parents have ended and one is met.
    fn opens(&self, job: usize) -> bool {
        let mut edges = self.jobs[job].edges.iter().map(|(parent, when)| self.edge(*parent, *when));
        match self.jobs[job].join {
            Join::All => edges.all(|edge| edge == Edge::Met),
            Join::Any => {
                let all: Vec<_> = edges.collect();
                !all.contains(&Edge::Waits) && (all.is_empty() || all.contains(&Edge::Met))
            }
        }
    }

    /// Lets everything follow from what has just happened in a pipeline: edges first, then its `fail_fast`, then its own end.
    pub(super) fn resolve(&mut self, pipeline: usize) {
        self.touched.insert(pipeline);
        loop {
            let moved = self.resolve_edges(pipeline);
            if !moved && !self.fail_fast(pipeline) {
                break;
            }
        }
        self.end_pipeline(pipeline);
    }

    /// One wave: what the jobs that have ended so far make of those that wait.
    fn resolve_edges(&mut self, pipeline: usize) -> bool {
        let jobs = self.pipelines[pipeline].jobs.clone();
        let pending = jobs.into_iter().filter(|job| self.jobs[*job].state == State::Pending);
        let judged: Vec<_> = pending.map(|job| (job, self.opens(job), self.never_met(job))).collect();
        let mut moved = false;
        for (job, met, culprits) in judged {
            if !culprits.is_empty() {
                moved = true;
                self.jobs[job].culprits = culprits;
                self.end_job(job, State::Skipped);
            } else if met {
                moved = true;
                self.jobs[job].state = State::Queued;
                self.jobs[job].seal_on_open();
                if std::mem::take(&mut self.jobs[job].spared) {
                    self.jobs[job].seal.end();
                }
                self.jobs[job].opened = self.call;
                self.judge(job, false);
                let passed = self.jobs[job].state == State::Succeeded && self.jobs[job].tasks.is_empty();
                self.jobs[job].passed = passed;
            }
        }
        moved
    }
}
