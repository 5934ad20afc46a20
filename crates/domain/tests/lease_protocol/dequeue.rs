//! Taking and leasing, and what follows a dequeue whose answer was lost.

use windlass_domain::{JobEvent, TaskEvent};

use crate::flaw::Flaw;
use crate::network::{Answer, Report, Token, Worker};
use crate::server::{Lease, Server, Terms};

impl Server {
    /// Leases this task, if it may be dequeued.
    pub(crate) fn dequeue(&mut self, worker: Worker, task: usize) -> Answer {
        let Ok(running) = self.job.on(JobEvent::Lease) else { return Answer::Nothing };
        if self.step(task, TaskEvent::Dequeue).is_none() {
            return Answer::Nothing;
        }
        self.job = running;
        let row = &mut self.tasks[task];
        row.attempt += 1;
        self.leases.push(Lease {
            task,
            worker,
            run: row.run,
            heard: false,
            repeated: false,
            released: false,
            expired: false,
            overrun: false,
            looked_at: false,
            end: None,
        });
        Answer::Leased(self.leases.len() - 1)
    }

    /// The same key again: the lease of the first, if it still lives, and never another.
    pub(crate) fn dequeue_again(&mut self, token: Token, terms: &Terms) -> Answer {
        if terms.flaw == Some(Flaw::KeysAreForgotten) {
            let task =
                (0..self.tasks.len()).find(|task| self.clone().step(*task, TaskEvent::Dequeue).is_some());
            return task.map_or(Answer::Nothing, |task| self.dequeue(Worker::Keyed, task));
        }
        if !self.is_current(token, terms) {
            return Answer::Nothing;
        }
        self.leases[token].repeated = true;
        Answer::Leased(token)
    }

    /// The client went before its answer, or the commit was not heard of: the server releases the lease itself, unless a repeat has it.
    pub(crate) fn release_unheard(&mut self, token: Token, terms: &Terms) {
        let is_anybodys = self.leases[token].repeated && terms.flaw != Some(Flaw::GivesBackWhatWasRepeated);
        if !is_anybodys && self.is_current(token, terms) {
            self.report(token, Report::Release, terms);
            self.leases[token].released = true;
        }
    }
}
