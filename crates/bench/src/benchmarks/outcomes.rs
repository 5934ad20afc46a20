//! A million outcomes of one job, written in calls of 10,000 and read back, and what a dequeue notices of it.

use std::cell::Cell;
use std::fmt::Write as _;
use std::time::Instant;

use serde_json::{Value, json};

use crate::address::Address;
use crate::client::{Client, array, text};
use crate::connection::Connection;
use crate::error::BenchError;
use crate::fill::fill;
use crate::harness::Harness;
use crate::report::{Goal, Row};
use crate::sample::{Sample, count, milliseconds};
use crate::target::Target;

/// Outcomes that one call takes.
const CALL: usize = 10_000;
/// Outcomes of a page.
const PAGE: usize = 500;
/// Outcomes a second that are promised.
const RATE: f64 = 20_000.0;
const DEQUEUE: &str = "/v1/tasks/dequeue";
const REQUEST: &[u8] = br#"{"types":["worked"],"worker_id":"bench-0"}"#;

pub(super) async fn outcomes(harness: &Harness) -> Result<(), BenchError> {
    let target = Target::open(harness, 1).await?;
    let address = target.addresses()[0];
    let outcomes = harness.scale.million;
    let mut client = target.client().await?;
    let task = lease(&mut client).await?;
    let worked = client.unsealed_job("worked").await?;
    fill(address, &worked, (outcomes / 10).max(1)).await?;
    harness.settle().await?;
    let before = cycles_for_a_while(harness, address).await?;
    harness.settle().await?;
    let written = Cell::new(false);
    let writing = async {
        let begun = Instant::now();
        write(&mut client, &task, outcomes).await?;
        written.set(true);
        Ok::<_, BenchError>(begun.elapsed())
    };
    let (took, meanwhile) = tokio::try_join!(writing, cycles(address, || written.get()))?;
    let begun = Instant::now();
    read_back(&mut client, &task, outcomes).await?;
    let read = begun.elapsed();
    let per_second = |length: std::time::Duration| count(outcomes) / length.as_secs_f64();
    let what = format!("{outcomes} outcomes of one job, 10,000 a call, one caller");
    harness
        .report(Row::new("outcomes-written", what, per_second(took), "/s").goal(Goal::FigureAtLeast(RATE)));
    let what = format!("the same read back, {PAGE} a page");
    harness.report(Row::new("outcomes-read", what, per_second(read), "/s"));
    for (name, share) in [("outcomes-dequeue-p50", 0.5), ("outcomes-dequeue-p99", 0.99)] {
        let (now, then) = (meanwhile.quantile(share), before.quantile(share));
        let row = Row::new(name, "a dequeue of one task while they are written", now, "ms");
        harness.report(row.against(then, "while nothing is written".to_owned()).ratio(now / then));
    }
    target.close().await
}

/// A task that records, leased for longer than that takes.
async fn lease(client: &mut Client) -> Result<Value, BenchError> {
    client.post("/v1/jobs", &json!({"type": "recorded"})).await?;
    let request = json!({"types": ["recorded"], "worker_id": "bench-1", "lease_seconds": 3_600});
    let leased = client.post(DEQUEUE, &request).await?;
    let first = array(&leased, "tasks")?.first().cloned();
    first.ok_or_else(|| BenchError::Unexpected("the task that records is not free".to_owned()))
}

async fn write(client: &mut Client, task: &Value, outcomes: usize) -> Result<(), BenchError> {
    let path = format!("/v1/tasks/{}/outcomes", text(task, "id")?);
    let token = text(task, "lease_token")?;
    for from in (0..outcomes).step_by(CALL) {
        let call = from..outcomes.min(from + CALL);
        let accepted =
            client.call("POST", &path, body(&token, call.clone()).as_bytes()).await?["accepted"].clone();
        if accepted != json!(call.len()) {
            return Err(BenchError::Unexpected(format!(
                "{accepted} of {} outcomes were recorded",
                call.len()
            )));
        }
    }
    Ok(())
}

/// A call with these outcomes; every tenth has failed, with a reason.
fn body(token: &str, numbers: std::ops::Range<usize>) -> String {
    let mut body = format!("{{\"lease_token\":\"{token}\",\"outcomes\":[");
    for number in numbers.clone() {
        let comma = if number == numbers.start { "" } else { "," };
        let said = if number % 10 == 0 { "failed\",\"reason\":\"no such gene" } else { "succeeded" };
        let one = format_args!(
            "{comma}{{\"subject\":\"variant-{number}\",\"kind\":\"annotate\",\"version\":\"2026-11\",\"disposition\":\"{said}\"}}"
        );
        write!(body, "{one}").expect("a string takes all that is written");
    }
    body + "]}"
}

/// Walks over all pages of the job, and counts.
async fn read_back(client: &mut Client, task: &Value, outcomes: usize) -> Result<(), BenchError> {
    let list = format!("/v1/outcomes?job_id={}&limit={PAGE}", text(task, "job_id")?);
    let (mut read, mut path) = (0, list.clone());
    loop {
        let page = client.call("GET", &path, b"").await?;
        read += array(&page, "items")?.len();
        match page["next_cursor"].as_str() {
            Some(cursor) => path = format!("{list}&cursor={cursor}"),
            None if read == outcomes => return Ok(()),
            None => {
                return Err(BenchError::Unexpected(format!("{read} of {outcomes} outcomes were read back")));
            }
        }
    }
}

/// What dequeues take while nothing else happens.
async fn cycles_for_a_while(harness: &Harness, address: Address) -> Result<Sample, BenchError> {
    let (begun, window) = (Instant::now(), harness.scale.window.unwrap_or_default());
    cycles(address, || begun.elapsed() >= window * 2).await
}

/// One worker that dequeues and completes, one task a call, until it is `enough`; how long each dequeue took, in milliseconds.
async fn cycles(address: Address, enough: impl Fn() -> bool) -> Result<Sample, BenchError> {
    let mut worker = Connection::open(address).await?;
    let mut lengths = Sample::default();
    loop {
        let begun = Instant::now();
        let answer = worker.ask("POST", DEQUEUE, REQUEST).await?.succeeded("POST", DEQUEUE)?;
        let length = begun.elapsed();
        let leased: Value = serde_json::from_slice(answer.body)?;
        lengths.push(milliseconds(length));
        for task in array(&leased, "tasks")? {
            let path = format!("/v1/tasks/{}/complete", text(task, "id")?);
            let body = json!({"lease_token": text(task, "lease_token")?}).to_string();
            worker.ask("POST", &path, body.as_bytes()).await?.succeeded("POST", &path)?;
        }
        if enough() {
            return Ok(lengths);
        }
    }
}
