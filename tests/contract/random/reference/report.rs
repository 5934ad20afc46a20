//! Rules 6 and 7: reports, and which failed attempt is followed by another.

use super::{Model, Rank, Refusal, State};
use crate::random::script::{Add, CATEGORIES, Report, Retry};

/// How a report was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Accepted {
    /// It counts.
    Now,
    /// It repeats one that was accepted, and changes nothing.
    Again,
}

/// What the attempts' list calls the end by a verb.
pub(crate) fn ended_by(verb: &str) -> &'static str {
    match verb {
        "complete" => "succeeded",
        "fail" => "failed",
        "release" => "released",
        _ => unreachable!("{verb} ends no attempt"),
    }
}

impl Model {
    /// Takes a report and lets everything follow from it.
    pub(crate) fn report(&mut self, lease: usize, report: &Report) -> Result<Accepted, Refusal> {
        let accepted = self.take(lease, report)?;
        if accepted == Accepted::Now {
            self.follow(&[lease]);
        }
        Ok(accepted)
    }

    /// Takes a report alone; [`Model::follow`] must come next.
    pub(crate) fn take(&mut self, lease: usize, report: &Report) -> Result<Accepted, Refusal> {
        let (task, verb) = (self.leases[lease].task, report.verb());
        if !self.leases[lease].current {
            if report.ends_the_lease() && self.leases[lease].ended_by == Some(verb) && !self.tasks[task].gone
            {
                return Ok(Accepted::Again);
            }
            if report.ends_the_lease() {
                let number = self.leases[lease].number;
                self.tasks[task].attempts.push((number, "late"));
            }
            return Err(Refusal::lease_lost(self.task_state(task)));
        }
        match report {
            Report::Heartbeat { lease: length } => self.extend(lease, *length),
            Report::Progress { .. } => self.extend(lease, None),
            Report::Complete { add } => self.complete(lease, add)?,
            Report::Fail { retry, category } => {
                self.end_lease(lease, "fail");
                self.fail(task, *retry, *category);
            }
            Report::Release { delay } => {
                self.end_lease(lease, "release");
                self.tasks[task].attempt -= 1;
                self.wait(task, *delay);
            }
        }
        Ok(Accepted::Now)
    }

    /// Judges the jobs of tasks whose leases have ended together.
    pub(crate) fn follow(&mut self, leases: &[usize]) {
        for lease in leases {
            let task = self.leases[*lease].task;
            self.judge(self.tasks[task].job, self.tasks[task].state.ended());
        }
        for lease in leases {
            self.resolve(self.pipeline_of_task(self.leases[*lease].task));
        }
    }

    fn extend(&mut self, lease: usize, length: Option<u64>) {
        let now = self.now;
        let lease = &mut self.leases[lease];
        lease.length = length.unwrap_or(lease.length);
        lease.expires = now + lease.length;
    }

    fn complete(&mut self, lease: usize, add: &[Add]) -> Result<(), Refusal> {
        let task = self.leases[lease].task;
        let targets = self.targets(task, add);
        if targets.iter().any(|(job, add)| !self.takes(*job, add)) {
            return Err(Refusal::conflict("job_sealed"));
        }
        self.end_lease(lease, "complete");
        self.tasks[task].state = State::Succeeded;
        let producers = self.producers(task);
        for (job, add) in &targets {
            self.push_tasks(*job, &vec![0; add.tasks], &producers);
            self.end_added(*job, add.tasks);
            if add.seal {
                let (has_ended, before) = (self.jobs[*job].state.ended(), self.jobs[*job].seal);
                self.jobs[*job].seal.by_completion(has_ended);
                if self.jobs[*job].seal != before {
                    self.jobs[*job].sealed_by.clone_from(&producers);
                }
            }
        }
        for (job, _) in targets {
            self.judge(job, job == self.tasks[task].job);
        }
        Ok(())
    }

    /// The jobs that a completion of the task names, each once.
    pub(crate) fn targets<'a>(&self, task: usize, add: &'a [Add]) -> Vec<(usize, &'a Add)> {
        let jobs = &self.pipelines[self.pipeline_of_task(task)].jobs;
        add.iter().map(|add| (jobs[add.job % jobs.len()], add)).collect()
    }

    fn end_lease(&mut self, lease: usize, verb: &'static str) {
        let task = self.leases[lease].task;
        self.leases[lease].current = false;
        self.leases[lease].ended_by = Some(verb);
        self.tasks[task].lease = None;
        self.tasks[task].attempts.push((self.leases[lease].number, ended_by(verb)));
    }

    /// Rule 7.
    pub(super) fn fail(&mut self, task: usize, retry: Retry, category: usize) {
        let policy = &self.jobs[self.tasks[task].job].policy;
        let (attempt, most) = (self.tasks[task].attempt, self.tasks[task].max_attempts);
        // Since its last retry by hand, which granted the policy's attempts anew.
        let since = attempt - (most - policy.max_attempts);
        let backed_off =
            policy.initial_delay * policy.factor.pow(u32::try_from(since - 1).expect("few attempts"));
        let delay = match retry {
            _ if attempt >= self.tasks[task].max_attempts => None,
            Retry::Never => None,
            Retry::After(ticks) => Some(ticks),
            Retry::Auto if policy.non_retryable.contains(&category) => None,
            Retry::Auto => Some(backed_off.min(policy.max_delay)),
        };
        match delay {
            Some(delay) => self.wait(task, delay),
            None => self.tasks[task].state = State::Failed,
        }
    }

    /// A retried or released task waits behind its job's others.
    fn wait(&mut self, task: usize, delay: u64) {
        let (now, moment) = (self.now, self.next());
        let task = &mut self.tasks[task];
        task.run_at = now + delay;
        task.state = if delay > 0 { State::Scheduled } else { State::Queued };
        task.rank = Rank::at(moment);
    }

    /// The number of a category of the server's own.
    pub(super) fn category(name: &str) -> usize {
        CATEGORIES.iter().position(|category| *category == name).expect("one of the list")
    }
}
