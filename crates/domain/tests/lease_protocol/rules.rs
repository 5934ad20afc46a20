//! The promises about a single step, judged from outside: what was stored before, what came, what was answered, what is stored then.

use windlass_domain::{Outcome, TaskState};

use crate::model::Action;
use crate::network::{Answer, Message, Token};
use crate::server::Server;

/// A promise about a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Rule {
    /// What ends an attempt or renews a lease came with the current token of a job that has not ended.
    OnlyTheCurrentToken,
    /// An accepted report is answered 200 again and counts once; another verb with its token is lost.
    RepeatsCountOnce,
    /// What is answered `lease_lost` changes nothing.
    LostChangesNothing,
    /// A task or job that has ended moves by a retry only.
    EndsAreFinal,
    /// The sweeper ends no lease that is not due.
    OnlyWhatIsDueIsSwept,
    /// A heartbeat or progress moves no task and ends no attempt.
    HeartbeatsMoveNothing,
    /// A repeated dequeue answers the lease of the first, while it lives, and never another.
    OneKeyOneLease,
    /// No lease is released that a worker was answered with.
    OnlyTheUnheardIsReleased,
    /// What was answered as a success stays one, but for a retry.
    SuccessStays,
}

/// The promises that this step breaks.
pub(crate) fn broken_by(before: &Server, action: Action, answer: Answer, after: &Server) -> Vec<Rule> {
    let mut broken = Vec::new();
    let mut holds = |rule: Rule, holds: bool| broken.extend((!holds).then_some(rule));
    holds(Rule::EndsAreFinal, is_retry(action) || ends_stay(before, after));
    holds(Rule::SuccessStays, is_retry(action) || successes_stay(before, after));
    if let Action::ReleaseUnheard(token) = action {
        let lease = &before.leases[token];
        holds(Rule::OnlyTheUnheardIsReleased, before == after || !(lease.heard || lease.repeated));
    }
    let Action::Deliver(message) = action else { return broken };
    holds(Rule::LostChangesNothing, answer != Answer::Lost || before == after);
    match message {
        Message::Report { token, report } => {
            holds(Rule::OnlyTheCurrentToken, before == after || was_current(before, token));
            let ended_by = before.leases[token].end.as_ref().and_then(|end| end.verb);
            let expected = if ended_by == Some(report.verb()) { Answer::Done } else { Answer::Lost };
            holds(Rule::RepeatsCountOnce, ended_by.is_none() || (answer == expected && before == after));
        }
        Message::Heartbeat { token } | Message::Progress { token } => {
            holds(Rule::OnlyTheCurrentToken, answer == Answer::Lost || was_current(before, token));
            holds(Rule::HeartbeatsMoveNothing, moves_nothing(before, after));
        }
        Message::Sweep { token } => {
            let lease = &before.leases[token];
            let was_due = was_current(before, token) && (lease.expired || lease.overrun);
            holds(Rule::OnlyWhatIsDueIsSwept, before == after || was_due);
        }
        Message::DequeueAgain { token } => {
            let lives = was_current(before, token);
            let expected = if lives { Answer::Leased(token) } else { Answer::Nothing };
            let mut noted = before.clone();
            noted.leases[token].repeated |= lives;
            holds(Rule::OneKeyOneLease, answer == expected && noted == *after);
        }
        Message::Dequeue { .. } | Message::Leased { .. } => {}
    }
    broken
}

fn is_retry(action: Action) -> bool {
    matches!(action, Action::Control(control) if control.is_retry())
}

fn was_current(before: &Server, token: Token) -> bool {
    before.leases[token].end.is_none() && before.job.is_open()
}

fn ends_stay(before: &Server, after: &Server) -> bool {
    let unchanged = |task: usize| !before.state(task).has_ended() || before.state(task) == after.state(task);
    (0..before.tasks.len()).all(unchanged) && (!before.job.has_ended() || before.job == after.job)
}

fn successes_stay(before: &Server, after: &Server) -> bool {
    let succeeded = |server: &Server, token: Token| {
        server.leases[token].end.as_ref().is_some_and(|end| end.outcome == Outcome::Succeeded)
    };
    let stays = |token: Token| {
        succeeded(after, token) && after.state(after.leases[token].task) == TaskState::Succeeded
            || before.leases[token].run != before.tasks[before.leases[token].task].run
    };
    (0..before.leases.len()).filter(|token| succeeded(before, *token)).all(stays)
}

fn moves_nothing(before: &Server, after: &Server) -> bool {
    let states = |task: usize| before.state(task) == after.state(task);
    let attempts = |task: usize| before.tasks[task].attempt == after.tasks[task].attempt;
    let ends = |token: Token| before.leases[token].end == after.leases[token].end;
    (0..before.tasks.len()).all(|task| states(task) && attempts(task))
        && (0..before.leases.len()).all(ends)
        && (before.job, before.counts) == (after.job, after.counts)
}
