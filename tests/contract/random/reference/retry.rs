//! Retry by hand.

use std::collections::{BTreeMap, BTreeSet};

use super::{Model, Rank, Refusal, State};

/// Jobs that come back, each with the tasks that run again.
type Chosen = BTreeMap<usize, Vec<usize>>;

impl Model {
    pub(super) fn retry_pipeline(&mut self, pipeline: usize, all: bool) -> Result<(), Refusal> {
        let state = self.pipelines[pipeline].state;
        if !state.ended() {
            return Err(Refusal::illegal(state));
        }
        let jobs = self.pipelines[pipeline].jobs.iter().copied();
        let chosen: Chosen = jobs
            .filter(|job| all || matches!(self.jobs[*job].state, State::Failed | State::Cancelled))
            .map(|job| (job, self.tasks_again(job, all)))
            .collect();
        self.reopen(pipeline, &chosen).ok_or(Refusal::illegal(state))
    }

    pub(super) fn retry_job(&mut self, job: usize, all: bool) -> Result<(), Refusal> {
        let state = self.jobs[job].state;
        if !state.ended() || !self.never_met(job).is_empty() {
            return Err(Refusal::illegal(state));
        }
        let chosen: Chosen = [(job, self.tasks_again(job, all))].into();
        self.reopen(self.jobs[job].pipeline, &chosen).ok_or(Refusal::illegal(state))
    }

    pub(super) fn retry_task(&mut self, task: usize) -> Result<(), Refusal> {
        let (state, job) = (self.task_state(task), self.tasks[task].job);
        if !state.ended() || state == State::Succeeded || !self.never_met(job).is_empty() {
            return Err(Refusal::illegal(state));
        }
        if self.jobs[job].state.ended() {
            let chosen: Chosen = [(job, vec![task])].into();
            return self.reopen(self.jobs[job].pipeline, &chosen).ok_or(Refusal::illegal(state));
        }
        let moment = self.next();
        self.bring_back(task, moment);
        self.resolve(self.jobs[job].pipeline);
        Ok(())
    }

    fn tasks_again(&self, job: usize, all: bool) -> Vec<usize> {
        let tasks = self.jobs[job].tasks.iter().copied();
        tasks.filter(|task| all || self.tasks[*task].state != State::Succeeded).collect()
    }

    /// Brings jobs back, those whose edges allow, and the descendants that were skipped because of them. None where nothing would run again; where
    /// only descendants would, or a job without tasks to run would catch up on its own end, the contract leaves it open.
    fn reopen(&mut self, pipeline: usize, chosen: &Chosen) -> Option<()> {
        let mut after = self.clone();
        let (mut back, mut judged_anew, mut tasks) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
        for job in self.pipelines[pipeline].jobs.clone() {
            let follows = after.skipped_below(job, &judged_anew);
            let culprits = after.never_met(job);
            if culprits.is_empty() && (follows || chosen.contains_key(&job)) {
                tasks.extend(chosen.get(&job).cloned().unwrap_or_else(|| self.tasks_again(job, false)));
                back.insert(job);
                judged_anew.insert(job);
                after.reset(job);
            } else if follows {
                judged_anew.insert(job);
                after.jobs[job].culprits = culprits;
            }
        }
        let moment = after.next();
        for task in &tasks {
            after.bring_back(*task, moment);
        }
        let this = &mut after.pipelines[pipeline];
        this.cancelled = false;
        if this.state.ended() {
            this.state = State::Running;
            this.has_failed = false;
            this.seal.take_back();
            this.reopened += 1;
        }
        after.resolve(pipeline);
        let open = |task: &usize| !after.tasks[*task].state.ended();
        let runs = chosen.iter().any(|(job, tasks)| back.contains(job) && tasks.iter().any(open));
        let moves =
            tasks.iter().any(open) || back.iter().any(|job| self.jobs[*job].state != State::Succeeded);
        (runs || moves && self.accepts).then(|| *self = after)
    }

    /// An edge had skipped it, and a parent of its is back, or stays skipped for what holds now.
    fn skipped_below(&self, job: usize, judged_anew: &BTreeSet<usize>) -> bool {
        let this = &self.jobs[job];
        let skipped_by_edge = this.state == State::Skipped && !this.culprits.is_empty();
        skipped_by_edge && this.edges.iter().any(|(parent, _)| judged_anew.contains(parent))
    }

    fn reset(&mut self, job: usize) {
        let job = &mut self.jobs[job];
        job.state = State::Pending;
        job.culprits.clear();
        job.seal.take_back();
        job.unseen |= job.run_at.is_some();
        job.reopened += 1;
    }

    /// A retried task waits behind its job's others, and has the policy's attempts anew. What it still waits for is its own `run_at`, no delay
    /// after an attempt.
    fn bring_back(&mut self, task: usize, moment: u64) {
        let now = self.now;
        let granted = self.jobs[self.tasks[task].job].policy.max_attempts;
        let task = &mut self.tasks[task];
        task.state = if task.run_at > now && !task.started { State::Scheduled } else { State::Queued };
        task.started = false;
        task.max_attempts = task.attempt + granted;
        task.rank = Rank::at(moment);
    }
}
