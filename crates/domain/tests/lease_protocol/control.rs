//! What people do meanwhile: cancel, skip, retry. Each is one transaction.

use windlass_domain::{JobCounts, JobEvent, Outcome, TaskEvent, TaskState};

use crate::server::{Server, Terms, count_of};

/// A control.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Control {
    /// One task.
    CancelTask(usize),
    /// The job, or its pipeline.
    CancelJob,
    /// The job.
    SkipJob,
    /// One task that has ended without success.
    RetryTask(usize),
    /// The job's tasks that did not succeed.
    RetryJob,
    /// All the job's tasks.
    RetryAll,
}

impl Control {
    /// Whether it may move what has ended.
    pub(crate) fn is_retry(self) -> bool {
        matches!(self, Self::RetryTask(_) | Self::RetryJob | Self::RetryAll)
    }
}

impl Server {
    /// Does as asked, or nothing where that is refused.
    pub(crate) fn control(&mut self, control: Control, terms: &Terms) {
        match control {
            Control::CancelTask(task) => self.cancel_task(task, terms),
            Control::CancelJob => self.end_job(JobEvent::Cancel, terms),
            Control::SkipJob => self.end_job(JobEvent::Skip, terms),
            Control::RetryTask(task) => {
                let is_unsuccessful =
                    self.state(task).has_ended() && self.state(task) != TaskState::Succeeded;
                self.retry(&[task][..usize::from(is_unsuccessful)], terms);
            }
            Control::RetryJob | Control::RetryAll if self.job.has_ended() => {
                let returns =
                    |task: &usize| control == Control::RetryAll || self.state(*task) != TaskState::Succeeded;
                let back: Vec<usize> = (0..self.tasks.len()).filter(returns).collect();
                self.retry(&back, terms);
            }
            Control::RetryJob | Control::RetryAll => {}
        }
    }

    fn cancel_task(&mut self, task: usize, terms: &Terms) {
        if self.job.has_ended() || self.step(task, TaskEvent::Cancel).is_none() {
            return;
        }
        if let Some(token) = self.current(task) {
            self.end_lease(token, Outcome::Cancelled, None);
        }
        self.roll_up(terms);
    }

    /// Brings these tasks back, with the policy's attempts granted anew, and their job if it has ended.
    fn retry(&mut self, back: &[usize], terms: &Terms) {
        if back.is_empty() {
            return;
        }
        self.settle();
        for task in back {
            let row = &mut self.tasks[*task];
            row.stored = row.stored.on(TaskEvent::Retry).expect("what comes back had ended");
            row.max_attempts = row.attempt + terms.policy.max_attempts;
            row.run += 1;
        }
        if let Ok(pending) = self.job.on(JobEvent::Retry) {
            self.job = pending.on(JobEvent::Open).expect("no edge is unmet");
        }
        self.counts = JobCounts::default();
        for task in 0..self.tasks.len() {
            *count_of(&mut self.counts, self.tasks[task].stored) += 1;
        }
        self.retries += 1;
    }
}
