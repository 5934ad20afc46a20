//! What the rates lose to webhooks: one that is told of every pipeline at 100 a second, and one that is told of everything and cannot follow.

use std::cell::Cell;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::time::{MissedTickBehavior, interval};

use crate::backlog::Backlog;
use crate::client::{Client, array, text};
use crate::error::BenchError;
use crate::harness::Harness;
use crate::receiver::Receiver;
use crate::report::{Goal, Row};
use crate::sample::{Sample, count};
use crate::target::Target;

/// Pipelines that are made, run and told of each second, in so many calls.
const PIPELINES: usize = 100;
const CALLS: usize = 10;
/// Events of each of them: created, running, succeeded.
const EVENTS: usize = 3;
/// How long what was planned may take to arrive once nothing new happens, and the pending ones to be too many.
const LONGEST: Duration = Duration::from_mins(2);

pub(super) async fn webhooks(harness: &Harness) -> Result<(), BenchError> {
    of_pipelines(harness).await?;
    in_overflow(harness).await
}

async fn of_pipelines(harness: &Harness) -> Result<(), BenchError> {
    let receiver = Receiver::start().await?;
    let (telling, silent) = (Target::open_calling(harness).await?, Target::open(harness, 1).await?);
    subscribe(&telling, &receiver, "pipeline.*").await?;
    let (mut with, mut without) =
        (Backlog::open(&telling, "hot").await?, Backlog::open(&silent, "hot").await?);
    let clients = harness.scale.clients[0];
    let told = Cell::new(0);
    let (mut rates, mut ceiling) = (Sample::default(), Sample::default());
    for round in 1..=harness.scale.few_rounds {
        let unheard = Cell::new(0);
        ceiling.push(beside(&silent, &unheard, without.measure(clients, 1)).await?.rate);
        rates.push(beside(&telling, &told, with.measure(clients, 1)).await?.rate);
        let (without, with) = (ceiling.last(), rates.last());
        harness.say(&format!("round {round}: without a webhook {without:.0}, with one {with:.0} a second"));
    }
    // The pipelines of the jobs of both backlogs are told of as well: made, and running.
    let expected = told.get() * EVENTS + 2;
    let came = receiver.deliveries(expected, LONGEST).await;
    let what = format!(
        "dequeue and complete, one a call, {clients} clients, beside {PIPELINES} pipelines a second that a webhook is told of"
    );
    harness.report(
        Row::new("webhook-pipelines", what, rates.median(), "tasks/s")
            .against(ceiling.median(), "without a webhook".to_owned())
            .ratios(&rates.over(&ceiling), Goal::AtLeast(0.9)),
    );
    let (came, expected) = (count(came), count(expected));
    let what = format!("deliveries of these that came, of {expected}");
    harness
        .report(Row::new("webhook-delivered", what, came, "deliveries").goal(Goal::FigureAtLeast(expected)));
    telling.close().await?;
    silent.close().await
}

async fn in_overflow(harness: &Harness) -> Result<(), BenchError> {
    let receiver = Receiver::start().await?;
    let (telling, silent) = (Target::open_calling(harness).await?, Target::open(harness, 1).await?);
    let webhook = subscribe(&telling, &receiver, "*").await?;
    let (mut with, mut without) =
        (Backlog::open(&telling, "hot").await?, Backlog::open(&silent, "hot").await?);
    let clients = harness.scale.clients[0];
    let (mut client, begun) = (telling.client().await?, Instant::now());
    while harness.scale.judges() && overflowed(&mut client, &webhook).await? == 0 {
        if begun.elapsed() > LONGEST {
            return Err(BenchError::Unexpected("the webhook did not overflow in time".to_owned()));
        }
        with.measure(harness.scale.batch_clients, 50).await?;
    }
    let (mut rates, mut ceiling) = (Sample::default(), Sample::default());
    for round in 1..=harness.scale.few_rounds {
        ceiling.push(without.measure(clients, 1).await?.rate);
        rates.push(with.measure(clients, 1).await?.rate);
        let (without, with) = (ceiling.last(), rates.last());
        harness.say(&format!(
            "round {round}: without a webhook {without:.0}, with one in overflow {with:.0} a second"
        ));
    }
    let what =
        format!("dequeue and complete, one a call, {clients} clients, with a webhook on * in overflow");
    harness.report(
        Row::new("webhook-overflow", what, rates.median(), "tasks/s")
            .against(ceiling.median(), "without a webhook".to_owned())
            .ratios(&rates.over(&ceiling), Goal::AtLeast(0.7)),
    );
    telling.close().await?;
    silent.close().await
}

/// Makes a webhook; its id.
async fn subscribe(target: &Target<'_>, receiver: &Receiver, events: &str) -> Result<String, BenchError> {
    let webhook = json!({"url": receiver.url(), "events": [events]});
    text(&target.client().await?.post("/v1/webhooks", &webhook).await?, "id")
}

/// How many events passed it by.
async fn overflowed(client: &mut Client, webhook: &str) -> Result<u64, BenchError> {
    let webhook = client.call("GET", &format!("/v1/webhooks/{webhook}"), b"").await?;
    Ok(webhook["overflowed"].as_u64().unwrap_or_default())
}

/// Measures beside pipelines that are made and run; adds to `made` how many there were.
async fn beside<T>(
    target: &Target<'_>,
    made: &Cell<usize>,
    measuring: impl Future<Output = Result<T, BenchError>>,
) -> Result<T, BenchError> {
    let mut client = target.client().await?;
    let running = Cell::new(true);
    let making = async {
        let mut rhythm = interval(Duration::from_secs(1) / u32::try_from(CALLS).unwrap_or(1));
        rhythm.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while running.get() {
            rhythm.tick().await;
            made.set(made.get() + make_and_run(&mut client).await?);
        }
        Ok::<_, BenchError>(())
    };
    let measuring = async {
        let measured = measuring.await;
        running.set(false);
        measured
    };
    let (measured, ()) = tokio::try_join!(measuring, making)?;
    Ok(measured)
}

/// Makes some pipelines of one task and runs them; how many.
async fn make_and_run(client: &mut Client) -> Result<usize, BenchError> {
    let most = PIPELINES / CALLS;
    let jobs: Vec<Value> = (0..most).map(|_| json!({"type": "told"})).collect();
    client.post("/v1/jobs/batch", &json!({"jobs": jobs})).await?;
    let request = json!({"types": ["told"], "worker_id": "bench-told", "max_tasks": most, "wait_seconds": 5});
    let mut left = most;
    while left > 0 {
        let leased = client.post("/v1/tasks/dequeue", &request).await?;
        let tasks = array(&leased, "tasks")?;
        let reports: Vec<Value> =
            tasks.iter().map(|task| json!({"id": task["id"], "lease_token": task["lease_token"]})).collect();
        if reports.is_empty() {
            return Err(BenchError::Unexpected("pipelines that were made cannot be run".to_owned()));
        }
        left = left.saturating_sub(reports.len());
        client.post("/v1/tasks/complete", &json!({"tasks": reports})).await?;
    }
    Ok(most)
}
