//! All promises, and what must be reachable so that they do not hold only because nothing happens.

use stateright::Property;
use windlass_domain::{JobCounts, JobState, Outcome, TaskState};

use crate::model::{Action, Protocol, State, take};
use crate::network::{Message, Report, Worker};
use crate::rules::Rule;
use crate::server::{Lease, Server, Terms, count_of};

type Holds = fn(&Protocol, &State) -> bool;

fn always(promise: &'static str, holds: Holds) -> Property<Protocol> {
    Property::always(promise, holds)
}

fn sometimes(what: &'static str, is_so: Holds) -> Property<Protocol> {
    Property::sometimes(what, is_so)
}

/// What must hold in every state.
pub(crate) fn promises() -> Vec<Property<Protocol>> {
    [promises_of_states(), promises_of_steps()].into_iter().flatten().collect()
}

/// What must be possible.
pub(crate) fn reachable() -> Vec<Property<Protocol>> {
    [reachable_states(), reachable_races()].into_iter().flatten().collect()
}

fn promises_of_states() -> Vec<Property<Protocol>> {
    vec![
        always("at most one lease is current per task, and none unless it runs", |_, state| {
            let server = &state.server;
            (0..server.tasks.len()).all(|task| {
                let of_task = |lease: &&Lease| lease.task == task && lease.end.is_none();
                let current = server.leases.iter().filter(of_task).count();
                current == usize::from(server.state(task) == TaskState::Running)
            })
        }),
        always("at most one end is accepted per lease", |_, state| {
            state.server.leases.iter().all(|lease| lease.end.as_ref().is_none_or(|end| end.times == 1))
        }),
        always("the attempt counts the leases that were not released, up to max_attempts", |_, state| {
            attempts_are_leases(&state.server)
        }),
        always("the counters are what the tasks are", |_, state| counts_are_tasks(&state.server)),
        always("a success counts once", |_, state| {
            let succeeded = successes(&state.server).count();
            i64::try_from(succeeded) == Ok(state.server.counts.succeeded)
        }),
        always("only an attempt that runs has progress", |_, state| {
            let runs = |task: usize| state.server.state(task) == TaskState::Running;
            (0..state.server.tasks.len()).all(|task| !state.server.tasks[task].progress || runs(task))
        }),
        always("whatever was lost, a late worker can bring the job to its end", |model, state| {
            can_end(&state.server, &model.terms)
        }),
    ]
}

fn promises_of_steps() -> Vec<Property<Protocol>> {
    vec![
        always("only the current token is accepted", |_, s| holds(s, Rule::OnlyTheCurrentToken)),
        always("a repeat is answered 200 and counts once", |_, s| holds(s, Rule::RepeatsCountOnce)),
        always("what is lost changes nothing", |_, s| holds(s, Rule::LostChangesNothing)),
        always("what has ended moves by a retry only", |_, s| holds(s, Rule::EndsAreFinal)),
        always("only what is due is swept", |_, s| holds(s, Rule::OnlyWhatIsDueIsSwept)),
        always("heartbeats and progress move nothing", |_, s| holds(s, Rule::HeartbeatsMoveNothing)),
        always("one key makes one lease", |_, s| holds(s, Rule::OneKeyOneLease)),
        always("only what nobody was answered with is released", |_, s| {
            holds(s, Rule::OnlyTheUnheardIsReleased)
        }),
        always("a success that was answered stays", |_, s| holds(s, Rule::SuccessStays)),
    ]
}

fn reachable_states() -> Vec<Property<Protocol>> {
    vec![
        sometimes("a task succeeds", |_, state| is_reached(state, TaskState::Succeeded)),
        sometimes("a task fails", |_, state| is_reached(state, TaskState::Failed)),
        sometimes("a task is cancelled", |_, state| is_reached(state, TaskState::Cancelled)),
        sometimes("a task is skipped", |_, state| is_reached(state, TaskState::Skipped)),
        sometimes("a task waits for its next attempt", |_, s| is_reached(s, TaskState::Scheduled)),
        sometimes("the job succeeds", |_, state| state.server.job == JobState::Succeeded),
        sometimes("the job fails", |_, state| state.server.job == JobState::Failed),
        sometimes("the job is cancelled", |_, state| state.server.job == JobState::Cancelled),
        sometimes("the job is skipped", |_, state| state.server.job == JobState::Skipped),
        sometimes("the job succeeds after as many retries as the bounds allow", |model, state| {
            state.server.job == JobState::Succeeded && state.server.retries == model.bounds.retries
        }),
    ]
}

fn reachable_races() -> Vec<Property<Protocol>> {
    vec![
        sometimes("a completion comes late while another attempt runs", |_, state| {
            let server = &state.server;
            server.leases.iter().any(|lease| {
                lease.heard && lease.end.as_ref().is_some_and(|end| end.verb.is_none()) && runs(server, lease)
            })
        }),
        sometimes("an accepted completion may be answered again", |_, state| {
            let repeatable =
                |lease: &Lease| lease.end.as_ref().is_some_and(|end| end.outcome == Outcome::Succeeded);
            state.server.leases.iter().any(|lease| lease.heard && repeatable(lease))
        }),
        sometimes("a worker hears of its lease by a repeat, and works on", |_, state| {
            let by_repeat = |lease: &Lease| lease.repeated && lease.heard && lease.end.is_none();
            state.server.leases.iter().any(by_repeat)
        }),
        sometimes("a lease is released, and the task leased again", |_, state| {
            state.server.leases.iter().any(|lease| lease.released && runs(&state.server, lease))
        }),
        sometimes("an unheard lease has run out and another follows", |_, state| {
            state
                .server
                .leases
                .iter()
                .any(|lease| !lease.heard && lease.end.is_some() && runs(&state.server, lease))
        }),
        sometimes("a sweeper is about to end what was renewed", |_, state| {
            let renewed = |lease: &Lease| lease.looked_at && !lease.expired && !lease.overrun;
            state.server.leases.iter().any(|lease| lease.end.is_none() && renewed(lease))
        }),
        sometimes("a timeout passes although the lease was renewed", |_, state| {
            let renewed = |lease: &Lease| lease.heard && lease.overrun && !lease.expired;
            state.server.leases.iter().any(renewed)
        }),
        sometimes("a worker reports to a job that was cancelled meanwhile", |_, state| {
            let cancelled =
                |lease: &Lease| lease.end.as_ref().is_some_and(|end| end.outcome == Outcome::Cancelled);
            state.server.leases.iter().any(|lease| lease.heard && cancelled(lease))
        }),
    ]
}

fn holds(state: &State, rule: Rule) -> bool {
    !state.broken.contains(&rule)
}

fn is_reached(state: &State, wanted: TaskState) -> bool {
    (0..state.server.tasks.len()).any(|task| state.server.state(task) == wanted)
}

fn runs(server: &Server, lease: &Lease) -> bool {
    server.state(lease.task) == TaskState::Running
}

/// The leases whose success still counts: those of their task's present run.
fn successes(server: &Server) -> impl Iterator<Item = &Lease> {
    let counts = |lease: &&Lease| {
        let succeeded = lease.end.as_ref().is_some_and(|end| end.outcome == Outcome::Succeeded);
        succeeded && lease.run == server.tasks[lease.task].run
    };
    server.leases.iter().filter(counts)
}

fn attempts_are_leases(server: &Server) -> bool {
    server.tasks.iter().enumerate().all(|(at, task)| {
        let was_released =
            |lease: &Lease| lease.end.as_ref().is_some_and(|end| end.outcome == Outcome::Released);
        let counted = server.leases.iter().filter(|lease| lease.task == at && !was_released(lease)).count();
        i32::try_from(counted) == Ok(task.attempt) && task.attempt <= task.max_attempts
    })
}

fn counts_are_tasks(server: &Server) -> bool {
    let mut counted = JobCounts::default();
    for task in 0..server.tasks.len() {
        *count_of(&mut counted, server.state(task)) += 1;
    }
    counted == server.counts && i64::try_from(server.tasks.len()) == Ok(counted.total())
}

/// Time passes, leases run out, and a worker that loses nothing takes whatever is free and completes it.
fn can_end(server: &Server, terms: &Terms) -> bool {
    let mut server = server.clone();
    take(&mut server, Action::Open, terms);
    for task in 0..server.tasks.len() {
        if let Some(token) = server.current(task) {
            let sweep = Action::Deliver(Message::Sweep { token });
            for action in [Action::Expire(token), Action::LookAt(token), sweep] {
                take(&mut server, action, terms);
            }
        }
        take(&mut server, Action::Promote(task), terms);
        let token = server.leases.len();
        take(&mut server, Action::Deliver(Message::Dequeue { worker: Worker::Keyless, task }), terms);
        if server.leases.len() > token {
            let report = Message::Report { token, report: Report::Complete };
            take(&mut server, Action::Deliver(report), terms);
        }
    }
    server.job.has_ended()
}
