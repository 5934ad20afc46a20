//! What a worker says with its token, and the guard that everything it says must pass.

use windlass_domain::{Directive, Outcome, RetryDecision, TaskEvent, TaskState, Verb};

use crate::flaw::Flaw;
use crate::network::{Answer, Report, Token};
use crate::server::{Server, Terms};

impl Server {
    /// The guard: the token is its task's current one, and its job has not ended.
    pub(crate) fn is_current(&self, token: Token, terms: &Terms) -> bool {
        let lease = &self.leases[token];
        match terms.flaw {
            Some(Flaw::StateIsEnough) => self.state(lease.task) == TaskState::Running,
            Some(Flaw::JobIsNotAsked) => {
                lease.end.is_none() && self.tasks[lease.task].stored == TaskState::Running
            }
            _ => lease.end.is_none() && self.job.is_open(),
        }
    }

    /// A heartbeat, or progress: the lease counts again from now. A timeout is not put off.
    pub(crate) fn renew(&mut self, token: Token, progress: bool, terms: &Terms) -> Answer {
        if !self.is_current(token, terms) {
            return Answer::Lost;
        }
        let lease = &mut self.leases[token];
        lease.expired = false;
        self.tasks[lease.task].progress |= progress;
        Answer::Done
    }

    /// A complete, fail or release.
    pub(crate) fn report(&mut self, token: Token, report: Report, terms: &Terms) -> Answer {
        if !self.is_current(token, terms) {
            return self.explain(token, report.verb(), terms);
        }
        let (event, outcome) = match report {
            Report::Complete => (TaskEvent::Complete, Outcome::Succeeded),
            Report::Release => (TaskEvent::Requeue { due: true }, Outcome::Released),
            Report::FailAuto | Report::FailNever => {
                (self.after_failure(token, "unknown", report.directive(), terms), Outcome::Failed)
            }
        };
        if report == Report::Release && terms.flaw != Some(Flaw::ReleasesCount) {
            self.tasks[self.leases[token].task].attempt -= 1;
        }
        self.end_attempt(token, event, outcome, Some(report.verb()), terms);
        Answer::Done
    }

    /// Why a token is not current: its end was reported with this verb before, or it is lost.
    fn explain(&mut self, token: Token, verb: Verb, terms: &Terms) -> Answer {
        match &mut self.leases[token].end {
            Some(end) if end.verb == Some(verb) => {
                if terms.flaw == Some(Flaw::RepeatsCount) && end.times == 1 {
                    end.times = 2;
                    self.counts.succeeded += i64::from(verb == Verb::Complete);
                }
                Answer::Done
            }
            _ => Answer::Lost,
        }
    }

    /// What the domain makes of a failed attempt.
    pub(crate) fn after_failure(
        &self,
        token: Token,
        category: &str,
        directive: Directive,
        terms: &Terms,
    ) -> TaskEvent {
        let task = &self.tasks[self.leases[token].task];
        match terms.policy.decide(task.attempt, task.max_attempts, category, directive, 0.0) {
            RetryDecision::Fail => TaskEvent::Fail,
            RetryDecision::Again(delay) => TaskEvent::Requeue { due: delay.is_zero() },
        }
    }

    /// The one way in which attempts end, by report or sweep: the task moves, the lease becomes history, the job may end.
    pub(crate) fn end_attempt(
        &mut self,
        token: Token,
        event: TaskEvent,
        outcome: Outcome,
        verb: Option<Verb>,
        terms: &Terms,
    ) {
        self.step(self.leases[token].task, event).expect("the task of a guarded token runs");
        self.end_lease(token, outcome, verb);
        self.roll_up(terms);
    }
}
