//! The messages, and what of them is in flight.
//!
//! A message that was sent can arrive at any later time, any number of times, or never: that is a network which reorders, repeats and loses
//! without a limit. So what is in flight follows from who has heard what, and needs no memory of its own: every worker asks for tasks all the
//! time; a worker that has heard of its lease has sent everything that can be said with it, right or wrong, a completion and a failure alike; a
//! sweeper that has once seen a lease due is about to end it, whatever has become of it since.

use windlass_domain::{Directive, Verb};

use crate::model::Bounds;
use crate::server::Server;

/// A lease's number: the first one is 0. It represents its token.
pub(crate) type Token = usize;

/// Who dequeues.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Worker {
    /// Sends an `Idempotency-Key` with every dequeue.
    Keyed,
    /// Sends none: each repeat is a dequeue of its own.
    Keyless,
}

/// What a worker says when its attempt ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Report {
    /// The work is done.
    Complete,
    /// It failed; the policy decides.
    FailAuto,
    /// It failed for good.
    FailNever,
    /// The lease is released.
    Release,
}

impl Report {
    const ALL: [Self; 4] = [Self::Complete, Self::FailAuto, Self::FailNever, Self::Release];

    /// What a repeat is known by, beside the token.
    pub(crate) fn verb(self) -> Verb {
        match self {
            Self::Complete => Verb::Complete,
            Self::FailAuto | Self::FailNever => Verb::Fail,
            Self::Release => Verb::Release,
        }
    }

    /// What a failure asks for.
    pub(crate) fn directive(self) -> Directive {
        if self == Self::FailNever { Directive::Never } else { Directive::Auto }
    }
}

/// A message on its way, or a look that is about to be acted upon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Message {
    /// A dequeue; the server may choose this task.
    Dequeue { worker: Worker, task: usize },
    /// The keyed worker's call that led to this lease, once more.
    DequeueAgain { token: Token },
    /// The answer that shows a worker its lease.
    Leased { token: Token },
    /// A heartbeat.
    Heartbeat { token: Token },
    /// Progress, which renews the lease as well.
    Progress { token: Token },
    /// An end, as the worker reports it.
    Report { token: Token, report: Report },
    /// What a sweeper has seen due.
    Sweep { token: Token },
}

/// What the server answers. It may be lost: nothing depends on its arrival but what a worker knows of its lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// 200 with this lease.
    Leased(Token),
    /// 200 without a task.
    Nothing,
    /// 200.
    Done,
    /// 409 `lease_lost`.
    Lost,
    /// The message is for nobody who answers.
    None,
}

/// Whatever may arrive next.
pub(crate) fn in_flight(server: &Server, bounds: &Bounds, into: &mut Vec<Message>) {
    if server.leases.len() < bounds.leases {
        for task in 0..server.tasks.len() {
            into.extend(bounds.workers.iter().map(|worker| Message::Dequeue { worker: *worker, task }));
        }
    }
    for (token, lease) in server.leases.iter().enumerate() {
        if lease.looked_at {
            into.push(Message::Sweep { token });
        }
        // Of what was released nobody has heard, and its key is forgotten with it: a repeat is a dequeue like any other.
        if lease.released {
            continue;
        }
        if lease.worker == Worker::Keyed {
            into.push(Message::DequeueAgain { token });
        }
        if lease.heard {
            into.extend([Message::Heartbeat { token }, Message::Progress { token }]);
            into.extend(Report::ALL.map(|report| Message::Report { token, report }));
        } else {
            into.push(Message::Leased { token });
        }
    }
}
