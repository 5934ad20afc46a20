//! What a connection is doing: answering, or waiting for its client, and since when.
//!
//! hyper has one timer for both a head that does not end and a connection that idles between two calls, and none for HTTP/2. Here they are
//! distinguished by what comes in ([`Watched`](super::watched::Watched)), and by the calls that are open.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::client::Client;
use super::crowd::Known;
use crate::settings::Connections;

/// How long a connection that has sent nothing is not idle: its first call is on its way.
const ARRIVAL: Duration = Duration::from_secs(1);

/// What a connection is doing; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Activity(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    known: Known,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// Since when it is idle, as far as others know.
    idle: Option<Instant>,
    /// Calls that are not answered to their end, and bodies of requests that have not come to theirs.
    open: usize,
    /// Those of them that are answers without an end of their own.
    endless: usize,
    /// There was one of those.
    streamed: bool,
    /// Since when the client has taken no more bytes.
    blocked: Option<Instant>,
    /// Answers of which a part has been handed over and the next has not been asked for, and since when.
    waiting: Vec<(u64, Instant)>,
    /// How many answers there were.
    answers: u64,
    /// Requests are not distinguished by their bytes: HTTP/2.
    multiplexed: bool,
    /// A head is expected to be completed.
    head: bool,
    /// What has come ends within a head, which may be that of the call behind one that is open.
    within_head: bool,
    /// Nothing has come.
    silent: bool,
    /// Since when the client is waited for.
    since: Instant,
}

/// Until when a connection may stay as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Due {
    /// It answers.
    Never,
    /// The first byte must have come.
    Silence(Instant),
    /// A head that was begun must be complete.
    Head(Instant),
    /// The client must have taken some of an answer.
    Write(Instant),
    /// The next call must have begun.
    Idle(Instant),
}

impl Activity {
    /// Of a connection that has just been made, and owes its first head.
    pub(super) fn new(known: Known) -> Self {
        let state = State {
            idle: None,
            open: 0,
            endless: 0,
            streamed: false,
            blocked: None,
            waiting: Vec::new(),
            answers: 0,
            multiplexed: false,
            head: true,
            within_head: false,
            silent: true,
            since: Instant::now(),
        };
        let activity = Self(Arc::new(Shared { known, state: Mutex::new(state) }));
        activity.change(|_| ());
        activity
    }

    /// The client.
    pub(super) fn client(&self) -> &Arc<Client> {
        &self.0.known.client
    }

    /// The handshake before the first call is over; the call has the time that it would have without one.
    pub(super) fn greeted(&self) {
        self.change(|state| state.since = Instant::now());
    }

    /// A head is complete: a call, open until its answer has been sent and the value is dropped.
    pub(super) fn called(&self, multiplexed: bool) -> Open {
        self.change(|state| {
            state.head = false;
            state.silent = false;
            state.multiplexed = multiplexed;
            state.open += 1;
        });
        Open { activity: self.clone(), endless: false, answer: None }
    }

    /// Something else to be done, until the value is dropped.
    pub(crate) fn open(&self) -> Open {
        self.change(|state| state.open += 1);
        Open { activity: self.clone(), endless: false, answer: None }
    }

    /// Bytes have come, the last one of a head that has not come to its end, or of something else.
    pub(super) fn received(&self, within_head: bool) {
        self.change(|state| {
            state.silent = false;
            state.within_head = within_head;
            if state.open == 0 && !state.head && !state.multiplexed {
                state.head = true;
                state.since = Instant::now();
            }
        });
    }

    /// Whether the client takes no more bytes for now.
    pub(super) fn blocked(&self, blocked: bool) {
        self.change(|state| {
            state.since = Instant::now();
            state.blocked = blocked.then_some(state.since);
        });
    }

    /// Until when it may stay as it is.
    pub(super) fn due(&self, bounds: &Connections) -> Due {
        let state = self.lock();
        let waiting = state.waiting.iter().map(|(_, since)| *since);
        if let Some(since) = waiting.chain(state.blocked).min() {
            return Due::Write(since + bounds.write);
        }
        match *state {
            State { open: 1.., .. } => Due::Never,
            State { silent: true, since, .. } => Due::Silence(since + bounds.head),
            State { head: true, since, .. } => Due::Head(since + bounds.head),
            State { since, .. } => Due::Idle(since + bounds.idle),
        }
    }

    /// Whether nothing that it was asked for is left to be said; of a server that stops, what is endless does not count.
    pub(super) fn is_done(&self, stopping: bool) -> bool {
        let state = self.lock();
        let (endless, blocked) = if stopping {
            (state.endless, state.blocked.is_some() && !state.streamed)
        } else {
            (0, state.blocked.is_some())
        };
        state.open == endless && !blocked
    }

    /// Changes what it is doing, and lets others know whether it is idle.
    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.lock();
        change(&mut state);
        let idle = state.idle();
        if idle != state.idle {
            state.idle = idle;
            self.0.known.idle(idle);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Since when it has been idle.
    fn idle(&self) -> Option<Instant> {
        match self {
            State { open: 1.., .. } | State { blocked: Some(_), .. } => None,
            State { silent: true, since, .. } => Some(*since + ARRIVAL),
            State { head: true, .. } => None,
            State { since, .. } => Some(*since),
        }
    }
}

/// Something that a connection is busy with.
#[derive(Debug)]
pub(crate) struct Open {
    activity: Activity,
    endless: bool,
    /// Which answer it is, once it is one.
    answer: Option<u64>,
}

impl Open {
    /// It is an answer without an end of its own.
    pub(super) fn has_no_end(&mut self) {
        let mut state = self.activity.lock();
        state.endless += usize::from(!self.endless);
        state.streamed = true;
        self.endless = true;
    }
}

impl Open {
    /// It is an answer that is asked for the next part of its body, or has handed one over: whether it waits for its client.
    pub(super) fn waits(&mut self, waits: bool) {
        let mut state = self.activity.lock();
        state.answers += u64::from(self.answer.is_none());
        let answer = *self.answer.get_or_insert(state.answers);
        state.waiting.retain(|(other, _)| *other != answer);
        if waits {
            state.waiting.push((answer, Instant::now()));
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.activity.change(|state| {
            if let Some(answer) = self.answer {
                state.waiting.retain(|(other, _)| *other != answer);
            }
            state.open -= 1;
            state.endless -= usize::from(self.endless);
            state.since = Instant::now();
            // The next head may have begun meanwhile; its time begins when it could be read.
            state.head = state.open == 0 && state.within_head;
        });
    }
}

#[cfg(test)]
impl Activity {
    /// Of a connection beside no other.
    pub(crate) fn alone() -> Self {
        let place = Arc::new(super::crowd::Crowd::new(&Connections::default())).admit();
        Self::new(place.expect("there is room for one").known.clone())
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_head_has_less_time_than_the_pause_between_two_calls() {
        let (begun, bounds) = (Instant::now(), Connections::default());
        let activity = Activity::alone();
        assert_eq!(
            activity.due(&bounds),
            Due::Silence(begun + bounds.head),
            "the first one is owed from the beginning"
        );
        activity.received(true);
        assert_eq!(activity.due(&bounds), Due::Head(begun + bounds.head));
        activity.received(false);
        let body = activity.open();
        drop(activity.called(false));
        assert_eq!(activity.due(&bounds), Due::Never);
        advance(bounds.head * 10).await;
        drop(body);
        let ended = Instant::now();
        assert_eq!(activity.due(&bounds), Due::Idle(ended + bounds.idle));
        advance(bounds.head * 2).await;
        activity.received(true);
        let head = Instant::now();
        advance(bounds.head / 2).await;
        activity.received(true);
        assert_eq!(activity.due(&bounds), Due::Head(head + bounds.head), "each byte more does not buy time");
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_that_begins_behind_an_open_call_has_a_heads_time_once_that_is_answered() {
        let (activity, bounds) = (Activity::alone(), Connections::default());
        for (within_head, due) in [(true, Due::Head as fn(Instant) -> Due), (false, Due::Idle)] {
            let call = activity.called(false);
            activity.received(within_head);
            advance(bounds.idle).await;
            assert_eq!(activity.due(&bounds), Due::Never);
            drop(call);
            let time = if within_head { bounds.head } else { bounds.idle };
            assert_eq!(activity.due(&bounds), due(Instant::now() + time));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_comes_on_http2_between_two_calls_is_not_a_head() {
        let (activity, bounds) = (Activity::alone(), Connections::default());
        drop(activity.called(true));
        activity.received(false);
        assert_eq!(activity.due(&bounds), Due::Idle(Instant::now() + bounds.idle));
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_is_not_taken_is_not_idleness_and_only_a_streams_reader_is_left_at_a_stop() {
        let (activity, bounds) = (Activity::alone(), Connections::default());
        drop(activity.called(false));
        activity.blocked(true);
        assert_eq!(activity.due(&bounds), Due::Write(Instant::now() + bounds.write));
        assert!(!activity.is_done(true));
        let mut stream = activity.called(false);
        stream.has_no_end();
        assert!(activity.is_done(true) && !activity.is_done(false));
        let answer = activity.called(false);
        assert!(!activity.is_done(true));
        drop((stream, answer));
        assert!(activity.is_done(true) && !activity.is_done(false));
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_has_a_deadline_while_its_client_takes_nothing_and_none_while_it_has_nothing_to_say() {
        let (activity, bounds) = (Activity::alone(), Connections::default());
        let (mut first, mut second) = (activity.called(true), activity.called(true));
        first.waits(true);
        let begun = Instant::now();
        advance(bounds.write / 2).await;
        second.waits(true);
        assert_eq!(
            activity.due(&bounds),
            Due::Write(begun + bounds.write),
            "one that makes progress does not hide another"
        );
        first.waits(false);
        assert_eq!(activity.due(&bounds), Due::Write(Instant::now() + bounds.write));
        drop(second);
        assert_eq!(activity.due(&bounds), Due::Never);
    }
}
