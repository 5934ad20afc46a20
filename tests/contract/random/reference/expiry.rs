//! What time brings: leases that expire, attempts past their timeout, tasks that are due.

use super::{Model, Rank, State};
use crate::random::script::Retry;

impl Model {
    /// Moves the clock; returns the leases that the service must end by itself.
    pub(crate) fn advance(&mut self, ticks: u64) -> Vec<usize> {
        self.now += ticks;
        self.time_came = self.next();
        let due = self.current().into_iter().filter(|lease| !self.ends_of(*lease).is_empty()).collect();
        self.promote();
        due
    }

    /// The categories with which a lease may end by itself by now. When it has both expired and run past the timeout, both are right.
    pub(crate) fn ends_of(&self, lease: usize) -> Vec<&'static str> {
        let lease = &self.leases[lease];
        let timeout = self.jobs[self.tasks[lease.task].job].timeout;
        let mut ends = Vec::new();
        if lease.expires <= self.now {
            ends.push("lease_expired");
        }
        if timeout.is_some_and(|timeout| lease.started + timeout <= self.now) {
            ends.push("timeout");
        }
        ends
    }

    /// Ends leases as failed attempts of these categories, all at once. Which of those that were due ended so is the service's to say: a job
    /// that one of them fails takes the others with it.
    pub(crate) fn expire(&mut self, leases: &[(usize, String)]) {
        let moment = self.time_came;
        for (lease, category) in leases {
            let task = self.leases[*lease].task;
            self.leases[*lease].current = false;
            self.tasks[task].lease = None;
            self.tasks[task].attempts.push((self.leases[*lease].number, "failed"));
            self.fail(task, Retry::Auto, Self::category(category));
            self.tasks[task].rank = Rank::at(moment);
        }
        self.follow(&leases.iter().map(|(lease, _)| *lease).collect::<Vec<_>>());
    }

    /// Tasks that are due wait from now on, the oldest first.
    fn promote(&mut self) {
        let (now, moment) = (self.now, self.time_came);
        for job in &mut self.jobs {
            job.unseen |= job.run_at.is_some_and(|run_at| run_at <= now);
        }
        for task in 0..self.tasks.len() {
            if self.tasks[task].state == State::Scheduled && self.tasks[task].run_at <= now {
                let run_at = self.tasks[task].run_at;
                self.tasks[task].state = State::Queued;
                let job = self.tasks[task].job;
                let unseen = self.jobs[job].state == State::Pending;
                self.tasks[task].rank = Rank::promoted(moment, run_at, unseen);
                self.jobs[job].unseen |= unseen;
                self.touched.insert(self.jobs[job].pipeline);
            }
        }
    }
}
