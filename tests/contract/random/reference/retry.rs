//! Retry by hand.

use std::collections::{BTreeMap, BTreeSet};

use super::{Model, Rank, Refusal, Seal, State};

/// Jobs that come back, each with the tasks that run again.
type Chosen = BTreeMap<usize, Vec<usize>>;
/// The jobs that came back, and the model after it.
type Reopened = (BTreeSet<usize>, Model);

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
        let whole = chosen.keys().copied().filter(|_| all).collect();
        let (back, after) = self.reopen(pipeline, chosen, whole);
        if back.iter().all(|job| self.only_passes(*job)) {
            return Err(Refusal::illegal(state));
        }
        *self = after;
        Ok(())
    }

    pub(super) fn retry_job(&mut self, job: usize, all: bool, descendants: bool) -> Result<(), Refusal> {
        let state = self.jobs[job].state;
        if !state.ended() {
            return Err(Refusal::illegal(state));
        }
        let own = self.tasks_again(job, all);
        let changes = !own.is_empty() || state != State::Succeeded;
        let mut chosen: Chosen = [(job, own)].into();
        let mut whole: BTreeSet<usize> = all.then_some(job).into_iter().collect();
        if descendants {
            let below = self.below(job);
            whole.extend(&below);
            chosen.extend(below.into_iter().map(|below| (below, self.tasks_again(below, true))));
        }
        let (back, after) = self.reopen(self.jobs[job].pipeline, chosen, whole);
        let changes_below = || {
            let below = back.iter().filter(|back| **back != job);
            below.copied().any(|below| self.jobs[below].state != State::Skipped && !self.only_passes(below))
        };
        let changes = changes || descendants && changes_below();
        if !back.contains(&job) || !changes {
            return Err(Refusal::illegal(state));
        }
        *self = after;
        Ok(())
    }

    pub(super) fn retry_task(&mut self, task: usize) -> Result<(), Refusal> {
        let (state, job) = (self.task_state(task), self.tasks[task].job);
        if !state.ended() || state == State::Succeeded {
            return Err(Refusal::illegal(state));
        }
        if self.jobs[job].state.ended() {
            let chosen: Chosen = [(job, self.ended_with(task))].into();
            let (back, after) = self.reopen(self.jobs[job].pipeline, chosen, BTreeSet::new());
            if !back.contains(&job) {
                return Err(Refusal::illegal(state));
            }
            *self = after;
            return Ok(());
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

    /// A task, and what its job's `fail_fast` ended with it: what was cancelled by hand stays.
    fn ended_with(&self, task: usize) -> Vec<usize> {
        let job = self.tasks[task].job;
        let this = &self.jobs[job];
        if this.state != State::Failed || !this.fail_fast {
            return vec![task];
        }
        let kept = |other: usize| other != task && self.tasks[other].cancelled_by_hand;
        self.tasks_again(job, false).into_iter().filter(|other| !kept(*other)).collect()
    }

    /// What runs again below a job: not what was skipped by hand, and of what waits only where something is done.
    pub(super) fn below(&self, job: usize) -> Vec<usize> {
        let mut above = BTreeSet::from([job]);
        for child in &self.pipelines[self.jobs[job].pipeline].jobs {
            if self.jobs[*child].edges.iter().any(|(parent, _)| above.contains(parent)) {
                above.insert(*child);
            }
        }
        above.remove(&job);
        above.into_iter().filter(|below| self.runs_again(*below)).collect()
    }

    fn runs_again(&self, job: usize) -> bool {
        let this = &self.jobs[job];
        match this.state {
            State::Skipped => !this.culprits.is_empty(),
            State::Pending | State::Queued => this.tasks.iter().any(|task| self.tasks[*task].state.ended()),
            _ => true,
        }
    }

    /// A join that has succeeded would do so again.
    fn only_passes(&self, job: usize) -> bool {
        self.jobs[job].state == State::Succeeded && self.jobs[job].tasks.is_empty()
    }

    /// Brings jobs back, and what hangs on them; takes back what the completions of those that come back whole had added, and brings back what runs
    /// again because it loses tasks.
    fn reopen(&self, pipeline: usize, mut chosen: Chosen, mut whole: BTreeSet<usize>) -> Reopened {
        let (back, mut after, mut tasks, again) = loop {
            let (back, after, tasks) = self.come_back(pipeline, &chosen);
            let again: BTreeSet<usize> = back.intersection(&whole).copied().collect();
            let more = self.also_again(pipeline, &again);
            if more.is_subset(&whole) {
                break (back, after, tasks, again);
            }
            chosen.extend(more.iter().map(|job| (*job, self.tasks_again(*job, true))));
            whole.extend(more);
        };
        let losers = after.take_back(pipeline, &again);
        tasks.retain(|task| !after.tasks[*task].gone);
        let moment = after.next();
        for task in &tasks {
            after.bring_back(*task, moment);
        }
        after.take_cancel_back(pipeline);
        let this = &mut after.pipelines[pipeline];
        if this.state.ended() {
            this.state = State::Running;
            this.has_failed = false;
            this.seal.take_back();
            this.reopened += 1;
        }
        for job in losers.into_iter().filter(|job| !back.contains(job)) {
            after.go_on(job);
        }
        after.resolve(pipeline);
        (back, after)
    }

    /// The jobs that come back, those whose edges allow, and what hangs on them: what was skipped because of them and what had passed comes back,
    /// what is open and had no lease waits again. With the tasks that run again.
    fn come_back(&self, pipeline: usize, chosen: &Chosen) -> (BTreeSet<usize>, Model, Vec<usize>) {
        let mut after = self.clone();
        let (mut back, mut judged_anew, mut tasks) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
        for job in self.pipelines[pipeline].jobs.clone() {
            let follows = after.skipped_below(job, &judged_anew);
            let is_below = after.jobs[job].edges.iter().any(|(parent, _)| back.contains(parent));
            let culprits = after.never_met(job);
            if culprits.is_empty()
                && (follows || chosen.contains_key(&job) || is_below && self.has_passed(job))
            {
                tasks.extend(chosen.get(&job).cloned().unwrap_or_else(|| self.tasks_again(job, false)));
                back.insert(job);
                judged_anew.insert(job);
                after.reset(job);
            } else if is_below && after.jobs[job].state == State::Queued {
                after.wait_again(job);
            } else if follows {
                judged_anew.insert(job);
                after.jobs[job].culprits = culprits;
            }
        }
        (back, after, tasks)
    }

    /// A join that succeeded as it opened, unless a person has sealed it.
    fn has_passed(&self, job: usize) -> bool {
        let this = &self.jobs[job];
        this.state == State::Succeeded && this.passed && this.seal != Seal::ByHand
    }

    /// An edge had skipped it, and a parent of its is back, or stays skipped for what holds now.
    fn skipped_below(&self, job: usize, judged_anew: &BTreeSet<usize>) -> bool {
        let this = &self.jobs[job];
        let skipped_by_edge = this.state == State::Skipped && !this.culprits.is_empty();
        skipped_by_edge && this.edges.iter().any(|(parent, _)| judged_anew.contains(parent))
    }

    fn reset(&mut self, job: usize) {
        let was_ended = self.jobs[job].state.ended();
        self.wait_again(job);
        let job = &mut self.jobs[job];
        job.spared = false;
        job.culprits.clear();
        job.by_hand = false;
        job.unseen |= job.run_at.is_some();
        job.reopened += usize::from(was_ended);
    }

    fn wait_again(&mut self, job: usize) {
        self.jobs[job].state = State::Pending;
        self.jobs[job].seal.take_back();
    }

    /// A retried task waits behind its job's others, and has the policy's attempts anew. What it still waits for is its own `run_at`, no delay
    /// after an attempt. If it runs, that is cancelled.
    fn bring_back(&mut self, task: usize, moment: u64) {
        self.cancel_attempt(task);
        for lease in self.leases.iter_mut().filter(|lease| lease.task == task) {
            lease.ended_by = None;
        }
        let now = self.now;
        let granted = self.jobs[self.tasks[task].job].policy.max_attempts;
        let task = &mut self.tasks[task];
        task.state = if task.run_at > now && !task.started { State::Scheduled } else { State::Queued };
        task.started = false;
        task.cancelled_by_hand = false;
        task.max_attempts = task.attempt + granted;
        task.rank = Rank::at(moment);
    }
}
