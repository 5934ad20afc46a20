//! After a rush: everything goes on to its end, and then all that was accepted must be found, once.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{Lease, Record};
use crate::random::invariants::chain;
use crate::random::play::{Disagreement, Player};
use crate::random::script::{KINDS, TICK};

/// More rounds than any rush needs; each round either works or lets time pass.
const ROUNDS: usize = 100;

type Checked = Result<(), Disagreement>;

/// Lets go of everything and does all work.
pub(super) async fn drain(player: &Player<'_>, record: &Record) -> Checked {
    let (app, names) = (player.app, &player.names);
    for kind in 0..KINDS {
        let body = json!({"paused": false, "max_running": null});
        app.patch(&format!("/v1/queues/{}", names.kind(kind)), body).await.expect(200);
    }
    let pipelines = names.pipelines.iter().map(|id| format!("/v1/pipelines/{id}"));
    let jobs = names.jobs.iter().map(|id| format!("/v1/jobs/{id}"));
    for path in pipelines.chain(jobs) {
        for verb in ["resume", "seal"] {
            let answer = app.post(&format!("{path}/{verb}"), json!({})).await;
            if answer.status != 200 && answer.status != 409 {
                return Err(format!("{path}/{verb} was answered {}", answer.text));
            }
        }
    }
    let kinds: Vec<_> = (0..KINDS).map(|kind| names.kind(kind)).collect();
    for _ in 0..ROUNDS {
        if all_ended(player).await {
            return Ok(());
        }
        let asked = json!({"types": kinds, "max_tasks": 100, "worker_id": "drain", "lease_seconds": 80_000});
        let leased = app.dequeue(asked).await;
        for task in &leased {
            complete(player, record, task).await?;
        }
        if leased.is_empty() {
            app.advance(20 * TICK).await;
        }
    }
    Err("a pipeline does not end although everything goes on".to_owned())
}

async fn all_ended(player: &Player<'_>) -> bool {
    for id in &player.names.pipelines {
        if player.app.get(&format!("/v1/pipelines/{id}")).await.expect(200)["ended_at"].is_null() {
            return false;
        }
    }
    true
}

async fn complete(player: &Player<'_>, record: &Record, task: &Value) -> Checked {
    let answer = player.app.report(task, "complete", json!({})).await;
    let text = |member: &str| task[member].as_str().unwrap_or_default().to_owned();
    let (task, token, pipeline) = (text("id"), text("lease_token"), text("pipeline_id"));
    let ended_by = match answer.status {
        200 => vec!["complete"],
        // The end of another task may have failed their job.
        409 if answer.json()["task_state"] == "cancelled" => Vec::new(),
        _ => return Err(format!("with nobody else about, {task} was answered {}", answer.text)),
    };
    record.leases.lock().unwrap().push(Lease { task, token, pipeline, ended_by });
    Ok(())
}

/// Leases, reports, counts and events.
pub(super) async fn check(player: &Player<'_>, record: &Record) -> Checked {
    let leases = record.leases.lock().unwrap().clone();
    let tokens: BTreeSet<_> = leases.iter().map(|lease| &lease.token).collect();
    if tokens.len() != leases.len() {
        return Err("a lease was handed out twice".to_owned());
    }
    if let Some(lease) = leases.iter().find(|lease| lease.ended_by.len() > 1) {
        return Err(format!("{} was ended by {:?}", lease.token, lease.ended_by));
    }
    let mut by_task: BTreeMap<&str, Vec<&Lease>> = BTreeMap::new();
    for lease in &leases {
        by_task.entry(&lease.task).or_default().push(lease);
    }
    player.app.settle_events().await;
    for id in &player.names.pipelines {
        let events = player.app.follow_events(&format!("?pipeline_id={id}")).await;
        let jobs = chains(player, record, id, &events).await?;
        let tasks = player.app.walk(&format!("/v1/tasks?limit=500&pipeline_id={id}")).await;
        counts(&jobs, &tasks)?;
        for task in &tasks {
            let id = task["id"].as_str().unwrap_or_default();
            history(player, id, by_task.get(id).map_or(&[][..], Vec::as_slice), &events).await?;
        }
    }
    Ok(())
}

/// The pipeline's jobs, after their events and its own have been followed from null to what they are now.
async fn chains(
    player: &Player<'_>,
    record: &Record,
    id: &str,
    events: &[Value],
) -> Result<Vec<Value>, Disagreement> {
    let now = player.app.get(&format!("/v1/pipelines/{id}")).await.expect(200);
    let jobs = now["jobs"].as_array().cloned().unwrap_or_default();
    let things = jobs.iter().map(|job| ("job", "job_id", job)).chain([("pipeline", "pipeline_id", &now)]);
    let retries = *record.retries.lock().unwrap();
    for (entity, member, thing) in things {
        let own = events.iter().filter(|event| event["entity"] == entity && event[member] == thing["id"]);
        let reopened = chain(own, thing["state"].as_str().unwrap_or_default())
            .map_err(|fault| format!("{entity} {}: {fault}", thing["id"]))?;
        if reopened > retries {
            return Err(format!(
                "{entity} {} went on from an end {reopened} times by {retries} retries",
                thing["id"]
            ));
        }
    }
    Ok(jobs)
}

/// Created is ended plus open, and nothing is open.
fn counts(jobs: &[Value], tasks: &[Value]) -> Checked {
    for job in jobs {
        let mut found: BTreeMap<&str, u64> = BTreeMap::new();
        for task in tasks.iter().filter(|task| task["job_id"] == job["id"]) {
            *found.entry(task["state"].as_str().unwrap_or_default()).or_default() += 1;
        }
        found.insert("total", found.values().sum());
        let listed = json!(found);
        for (state, count) in job["counts"].as_object().into_iter().flatten() {
            let found = found.get(state.as_str()).copied().unwrap_or_default();
            let open = ["pending", "scheduled", "queued", "running"].contains(&state.as_str());
            if *count != found || open && found > 0 {
                return Err(format!("job {} counts {} and lists {listed}", job["id"], job["counts"]));
            }
        }
    }
    Ok(())
}

/// Each lease has one end, and each accepted report counts once.
async fn history(player: &Player<'_>, task: &str, leases: &[&Lease], events: &[Value]) -> Checked {
    let attempts = player.app.walk(&format!("/v1/tasks/{task}/attempts")).await;
    let listed = |outcome: &str| attempts.iter().filter(|attempt| attempt["outcome"] == outcome).count();
    let accepted = |verb: &str| leases.iter().filter(|lease| lease.ended_by.contains(&verb)).count();
    let ended = attempts.len() - listed("late");
    let started = events.iter().filter(|event| event["entity"] == "task" && event["task_id"] == task);
    let started = started.filter(|event| event["to"] == "running").count();
    let right = ended == leases.len()
        && started == leases.len()
        && listed("running") == 0
        && listed("succeeded") == accepted("complete")
        && listed("released") == accepted("release")
        && listed("failed") >= accepted("fail");
    if right {
        Ok(())
    } else {
        Err(format!("{task} had the leases {leases:?} and lists {}", json!(attempts)))
    }
}
