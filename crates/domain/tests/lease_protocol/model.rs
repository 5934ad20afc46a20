//! The model: its bounds, its steps, and what each step leads to.

use std::collections::BTreeSet;

use stateright::{Model, Property};

use crate::control::Control;
use crate::network::{Answer, Message, Token, Worker, in_flight};
use crate::properties;
use crate::rules::{Rule, broken_by};
use crate::server::{Server, Terms};

/// How far the exploration goes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// Who dequeues.
    pub(crate) workers: &'static [Worker],
    /// Tasks of the job.
    pub(crate) tasks: usize,
    /// Leases made in all.
    pub(crate) leases: usize,
    /// Retries by hand in all.
    pub(crate) retries: u8,
}

/// What the checker looks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Question {
    /// Whether every promise holds in every state.
    Promises,
    /// Whether all that should be possible is. Asked apart, since the checker notes each state that answers it.
    Reachable,
}

/// The protocol within bounds.
pub(crate) struct Protocol {
    pub(crate) question: Question,
    pub(crate) bounds: Bounds,
    pub(crate) terms: Terms,
}

/// What is stored, and which promises about steps were broken on the way here: none, unless the server has a flaw.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct State {
    pub(crate) server: Server,
    pub(crate) broken: BTreeSet<Rule>,
}

/// One step: a message arrives, time passes, or somebody acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// A message arrives, for the first time or again.
    Deliver(Message),
    /// The job's edges are met.
    Open,
    /// `lease_expires_at` passes.
    Expire(Token),
    /// `timeout_seconds` pass since the attempt began.
    Overrun(Token),
    /// A sweeper looks at what is due.
    LookAt(Token),
    /// The server releases a lease whose client was gone before its answer.
    ReleaseUnheard(Token),
    /// `run_at` comes.
    Promote(usize),
    /// Left-overs are written in their effective state.
    Settle,
    /// Somebody acts.
    Control(Control),
}

impl Model for Protocol {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let server = Server::new(self.bounds.tasks, &self.terms.policy);
        vec![State { server, broken: BTreeSet::new() }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        // What follows a broken promise proves nothing more.
        if !state.broken.is_empty() {
            return;
        }
        let server = &state.server;
        let mut messages = Vec::new();
        in_flight(server, &self.bounds, &mut messages);
        actions.extend(messages.into_iter().map(Action::Deliver));
        actions.push(if server.job.has_ended() { Action::Settle } else { Action::Open });
        for token in (0..server.leases.len()).filter(|token| server.leases[*token].end.is_none()) {
            actions.extend([Action::Expire(token), Action::Overrun(token)]);
            actions.push(Action::LookAt(token));
            // A worker that has heard of it without a repeat has received its answer.
            if !server.leases[token].heard || server.leases[token].repeated {
                actions.push(Action::ReleaseUnheard(token));
            }
        }
        actions.extend([Control::CancelJob, Control::SkipJob].map(Action::Control));
        for task in 0..self.bounds.tasks {
            actions.extend([Action::Promote(task), Action::Control(Control::CancelTask(task))]);
        }
        if server.retries < self.bounds.retries {
            actions.extend([Control::RetryJob, Control::RetryAll].map(Action::Control));
            actions.extend((0..self.bounds.tasks).map(|task| Action::Control(Control::RetryTask(task))));
        }
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        let mut server = state.server.clone();
        let answer = take(&mut server, action, &self.terms);
        let mut broken = state.broken.clone();
        broken.extend(broken_by(&state.server, action, answer, &server));
        let next = State { server, broken };
        (next != *state).then_some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        match self.question {
            Question::Promises => properties::promises(),
            Question::Reachable => properties::reachable(),
        }
    }
}

/// Takes one step.
pub(crate) fn take(server: &mut Server, action: Action, terms: &Terms) -> Answer {
    match action {
        Action::Deliver(message) => return deliver(server, message, terms),
        Action::Open => server.open(terms),
        Action::Expire(token) => server.leases[token].expired |= server.leases[token].end.is_none(),
        Action::Overrun(token) => server.leases[token].overrun |= server.leases[token].end.is_none(),
        Action::LookAt(token) => server.look_at(token),
        Action::ReleaseUnheard(token) => server.release_unheard(token, terms),
        Action::Promote(task) => server.promote(task),
        Action::Settle => server.settle(),
        Action::Control(control) => server.control(control, terms),
    }
    Answer::None
}

fn deliver(server: &mut Server, message: Message, terms: &Terms) -> Answer {
    match message {
        Message::Dequeue { worker, task } => server.dequeue(worker, task),
        Message::DequeueAgain { token } => server.dequeue_again(token, terms),
        Message::Heartbeat { token } => server.renew(token, false, terms),
        Message::Progress { token } => server.renew(token, true, terms),
        Message::Report { token, report } => server.report(token, report, terms),
        Message::Leased { token } => {
            server.leases[token].heard = true;
            Answer::None
        }
        Message::Sweep { token } => {
            server.sweep(token, terms);
            Answer::None
        }
    }
}
