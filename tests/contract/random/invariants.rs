//! What must hold whatever was called: of the state, and of its history.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::compare::{self, Differences};
use super::play::{Disagreement, Player};
use super::reference::State;
use super::script::KINDS;

/// Tasks one by one and by list, and the counters of types.
pub(crate) async fn state_holds(player: &Player<'_>) -> Result<(), Disagreement> {
    for number in undeleted(player) {
        tasks(player, number).await?;
    }
    for kind in 0..KINDS {
        queue(player, kind).await?;
    }
    Ok(())
}

/// Attempts and events: each accepted report counted once, each lease ended once, no ended state moved but by a retry.
pub(crate) async fn history(player: &Player<'_>) -> Result<(), Disagreement> {
    player.app.settle_events().await;
    for number in undeleted(player) {
        let events =
            player.app.follow_events(&format!("?pipeline_id={}", player.names.pipelines[number])).await;
        chains(player, number, &events)?;
        for job in &player.model.pipelines[number].jobs {
            for task in &player.model.jobs[*job].tasks {
                attempts(player, *task).await?;
                leases(player, *task, &events)?;
            }
        }
    }
    Ok(())
}

fn undeleted(player: &Player<'_>) -> Vec<usize> {
    let pipelines = player.model.pipelines.iter().enumerate();
    pipelines.filter(|(_, pipeline)| !pipeline.deleted).map(|(number, _)| number).collect()
}

async fn tasks(player: &Player<'_>, pipeline: usize) -> Result<(), Disagreement> {
    let (model, names) = (&player.model, &player.names);
    let path = format!("/v1/tasks?limit=500&pipeline_id={}", names.pipelines[pipeline]);
    let listed = player.app.walk(&path).await;
    let jobs = model.pipelines[pipeline].jobs.iter();
    let mut due: BTreeSet<usize> = jobs.flat_map(|job| model.jobs[*job].tasks.iter().copied()).collect();
    let mut by_state: BTreeMap<State, usize> = BTreeMap::new();
    for shown in &listed {
        let task = names.task(&shown["id"]).filter(|task| due.remove(task));
        let task =
            task.ok_or_else(|| format!("$pipeline{pipeline} lists a task of nobody, or twice: {shown}"))?;
        let state = model.task_state(task);
        *by_state.entry(state).or_default() += 1;
        let mut differences = Differences::new(format!("$task{task}"));
        differences.check("state", &shown["state"], state.as_str());
        differences.check("attempt", &shown["attempt"], model.tasks[task].attempt);
        differences.check("max_attempts", &shown["max_attempts"], model.tasks[task].max_attempts);
        differences.check(
            "has a lease",
            &json!(shown["lease_expires_at"].is_string()),
            state == State::Running,
        );
        differences.check("has ended_at", &json!(shown["ended_at"].is_string()), state.ended());
        differences.done()?;
    }
    if let Some(task) = due.first() {
        return Err(format!("$pipeline{pipeline} does not list $task{task}"));
    }
    for state in State::OF_TASKS {
        let found = player.app.walk(&format!("{path}&state={state}")).await.len();
        let due = by_state.get(&state).copied().unwrap_or_default();
        if found != due {
            return Err(format!("$pipeline{pipeline} lists {found} tasks as {state} where {due} were due"));
        }
    }
    Ok(())
}

async fn queue(player: &Player<'_>, kind: usize) -> Result<(), Disagreement> {
    let (model, queue) = (&player.model, player.model.queues[kind]);
    if !queue.named {
        return Ok(());
    }
    let shown = player.app.get(&format!("/v1/queues/{}", player.names.kind(kind))).await.expect(200);
    let jobs = || {
        (0..model.jobs.len()).filter(|job| {
            model.jobs[*job].kind == kind && !model.pipelines[model.jobs[*job].pipeline].deleted
        })
    };
    let count = |state| jobs().map(|job| model.count(job, state)).sum::<usize>();
    let mut differences =
        Differences::new(format!("the queue {}", player.names.hide(&player.names.kind(kind))));
    differences.check("paused", &shown["paused"], queue.paused);
    differences.check("max_running", &shown["max_running"], queue.max_running);
    differences.check("queued", &shown["queued"], count(State::Queued));
    differences.check("scheduled", &shown["scheduled"], count(State::Scheduled));
    differences.check("running", &shown["running"], count(State::Running));
    differences.done()
}

/// Each pipeline's and job's events are a chain from null to its state; from an end only a retry leads on.
fn chains(player: &Player<'_>, number: usize, events: &[Value]) -> Result<(), Disagreement> {
    let (model, names) = (&player.model, &player.names);
    let ids: BTreeSet<_> = events.iter().map(|event| event["id"].to_string()).collect();
    if ids.len() != events.len() {
        return Err(format!("$pipeline{number} has an event twice"));
    }
    let this = &model.pipelines[number];
    let own = || events.iter().filter(|event| event["entity"] == "pipeline");
    let reopened =
        chain(own(), this.state.as_str()).map_err(|fault| format!("$pipeline{number}: {fault}"))?;
    agree(&format!("$pipeline{number} was reopened"), reopened, this.reopened)?;
    for job in &this.jobs {
        let id = json!(names.jobs[*job]);
        let own = events.iter().filter(|event| event["entity"] == "job" && event["job_id"] == id);
        let reopened =
            chain(own, model.jobs[*job].state.as_str()).map_err(|fault| format!("$job{job}: {fault}"))?;
        agree(&format!("$job{job} was reopened"), reopened, model.jobs[*job].reopened)?;
    }
    Ok(())
}

/// Follows one thing's events; returns how often it went on from an end.
pub(crate) fn chain<'a>(events: impl Iterator<Item = &'a Value>, state: &str) -> Result<usize, Disagreement> {
    let (mut last, mut reopened) = (Value::Null, 0);
    for event in events {
        let (from, to) = (&event["from"], &event["to"]);
        if *from != last {
            return Err(format!("an event leads on from {from}, the one before led to {last}"));
        }
        if (from == to) == event["flag"].is_null() {
            return Err(format!("an event from {from} to {to} with the flag {}", event["flag"]));
        }
        if from != to && has_ended(from) {
            reopened += 1;
            if has_ended(to) {
                return Err(format!("an event from {from} to {to}"));
            }
        }
        last = to.clone();
    }
    if last == state { Ok(reopened) } else { Err(format!("events end in {last} where it is {state}")) }
}

fn has_ended(state: &Value) -> bool {
    ["succeeded", "partial", "failed", "cancelled", "skipped"].iter().any(|ended| state == ended)
}

async fn attempts(player: &Player<'_>, task: usize) -> Result<(), Disagreement> {
    let listed = compare::attempts(player.app, &player.names, task).await;
    let mut listed: Vec<_> = listed.into_iter().map(|(number, outcome, _)| (number, outcome)).collect();
    let known = player.model.tasks[task].attempts.iter();
    let mut due: Vec<_> = known.map(|(number, outcome)| (*number, (*outcome).to_owned())).collect();
    listed.sort();
    due.sort();
    if listed == due {
        return Ok(());
    }
    Err(format!("$task{task} lists the attempts {listed:?} where {due:?} were due"))
}

/// Each lease is recorded once, and so is each success.
fn leases(player: &Player<'_>, task: usize, events: &[Value]) -> Result<(), Disagreement> {
    let (model, id) = (&player.model, json!(player.names.tasks[task]));
    let recorded = |state: &str| {
        let own = events.iter().filter(|event| event["entity"] == "task" && event["task_id"] == id);
        own.filter(|event| event["to"] == state).count()
    };
    let leased = model.leases.iter().filter(|lease| lease.task == task).count();
    let succeeded = model.tasks[task].attempts.iter().filter(|(_, outcome)| *outcome == "succeeded").count();
    agree(&format!("$task{task} is recorded as leased"), recorded("running"), leased)?;
    agree(&format!("$task{task} is recorded as succeeded"), recorded("succeeded"), succeeded)
}

fn agree(what: &str, shown: usize, due: usize) -> Result<(), Disagreement> {
    if shown == due { Ok(()) } else { Err(format!("{what} {shown} times where {due} was due")) }
}
