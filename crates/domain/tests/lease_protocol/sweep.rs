//! What time brings: leases fall due and are ended, scheduled tasks come due, left-overs of an ended job are settled.

use windlass_domain::{Category, Directive, Outcome, TaskEvent, TaskState};

use crate::flaw::Flaw;
use crate::network::Token;
use crate::server::{Server, Terms};

impl Server {
    /// A sweeper sees that the lease is due. It acts on that later: between the two, anything may happen.
    pub(crate) fn look_at(&mut self, token: Token) {
        let lease = &mut self.leases[token];
        lease.looked_at |= lease.expired || lease.overrun;
    }

    /// A sweeper ends what it saw, if the lease is still current and still due.
    pub(crate) fn sweep(&mut self, token: Token, terms: &Terms) {
        let lease = &self.leases[token];
        let (is_due, timed_out) = (lease.expired || lease.overrun, lease.overrun);
        let goes_on = match terms.flaw {
            Some(Flaw::SweepsWhatItSaw) => self.state(lease.task) == TaskState::Running,
            Some(Flaw::SweepsWhatWasRenewed) => self.is_current(token, terms),
            _ => self.is_current(token, terms) && is_due,
        };
        if goes_on {
            let category = if timed_out { Category::TIMEOUT } else { Category::LEASE_EXPIRED };
            let event = self.after_failure(token, category, Directive::Auto, terms);
            self.end_attempt(token, event, Outcome::Failed, None, terms);
        }
    }

    /// The task's `run_at` comes.
    pub(crate) fn promote(&mut self, task: usize) {
        if self.state(task) == TaskState::Scheduled {
            self.step(task, TaskEvent::Promote);
        }
    }

    /// Writes the effective state of the stale tasks of an ended job. Its counts had it all along.
    pub(crate) fn settle(&mut self) {
        for task in 0..self.tasks.len() {
            if self.job.has_ended() {
                self.tasks[task].stored = self.state(task);
            }
        }
    }
}
