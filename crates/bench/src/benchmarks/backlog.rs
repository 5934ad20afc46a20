//! The rates over a great backlog, against the same over a small one.
//!
//! Each backlog lies in a database of its own, and so does the small one, so that neither borrows the other's tables. The small side
//! has as many tasks waiting as its measurement takes, since a thousand would be gone in a tenth of a second.

use serde_json::json;

use crate::backlog::Backlog;
use crate::client::array;
use crate::error::BenchError;
use crate::fill::{fill, fill_with_jobs};
use crate::harness::Harness;
use crate::report::{Goal, Row};
use crate::sample::Sample;
use crate::target::Target;

/// The type of all tasks here.
const TYPE: &str = "hot";

/// Paused jobs among which the paused tasks are spread.
const PAUSED_JOBS: usize = 10;

/// What comes before the tasks that are dequeued, or is among them.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    OneJob,
    ManyJobs,
    Paused,
    Exhausted,
}

pub(super) async fn backlog(harness: &Harness) -> Result<(), BenchError> {
    for shape in [Shape::OneJob, Shape::ManyJobs, Shape::Paused, Shape::Exhausted] {
        compare(harness, shape).await?;
    }
    Ok(())
}

async fn compare(harness: &Harness, shape: Shape) -> Result<(), BenchError> {
    let (large, small) = (Target::open(harness, 1).await?, Target::open(harness, 1).await?);
    harness.say(&format!("filling: {}", shape.describe(harness)));
    shape.add_before(&large).await?;
    let mut many = shape.backlog(&large).await?;
    let mut few = shape.backlog(&small).await?;
    many.ensure(shape.waiting(harness)).await?;
    for (clients, max_tasks) in [(harness.scale.clients[0], 1), (harness.scale.batch_clients, 50)] {
        let (mut rates, mut ceiling) = (Sample::default(), Sample::default());
        for round in 1..=harness.scale.few_rounds {
            ceiling.push(few.measure(clients, max_tasks).await?.rate);
            rates.push(many.measure(clients, max_tasks).await?.rate);
            let (small, large) = (ceiling.last(), rates.last());
            harness.say(&format!("round {round}: small backlog {small:.0}, great {large:.0} tasks/s"));
        }
        let name = format!("backlog-{}-{max_tasks}", shape.name());
        let what = format!("{max_tasks} a call, {clients} clients, {}", shape.describe(harness));
        harness.report(
            Row::new(&name, what, rates.median(), "tasks/s")
                .against(ceiling.median(), "small backlog".to_owned())
                .ratios(&rates.over(&ceiling), Goal::AtLeast(0.85)),
        );
    }
    large.close().await?;
    small.close().await
}

impl Shape {
    fn name(self) -> &'static str {
        match self {
            Self::OneJob => "one-job",
            Self::ManyJobs => "many-jobs",
            Self::Paused => "paused",
            Self::Exhausted => "exhausted",
        }
    }

    fn describe(self, harness: &Harness) -> String {
        let scale = harness.scale;
        match self {
            Self::OneJob => format!("one job of {} tasks", scale.million),
            Self::ManyJobs => format!("{} jobs of one task", scale.jobs),
            Self::Paused => format!("behind {} tasks of paused jobs", scale.million),
            Self::Exhausted => format!("behind {} exhausted running jobs", scale.exhausted),
        }
    }

    /// Tasks that wait to be dequeued, beside what comes before them.
    fn waiting(self, harness: &Harness) -> usize {
        match self {
            Self::OneJob => harness.scale.million,
            Self::ManyJobs => harness.scale.jobs,
            Self::Paused | Self::Exhausted => 0,
        }
    }

    async fn backlog<'a>(self, target: &'a Target<'a>) -> Result<Backlog<'a>, BenchError> {
        match self {
            Self::ManyJobs => Ok(Backlog::of_jobs(target, TYPE)),
            _ => Backlog::open(target, TYPE).await,
        }
    }

    /// What opens first, and so is dequeued first.
    async fn add_before(self, target: &Target<'_>) -> Result<(), BenchError> {
        match self {
            Self::OneJob | Self::ManyJobs => Ok(()),
            Self::Paused => paused(target).await,
            Self::Exhausted => exhausted(target).await,
        }
    }
}

async fn paused(target: &Target<'_>) -> Result<(), BenchError> {
    let mut client = target.client().await?;
    for _ in 0..PAUSED_JOBS {
        let job = client.unsealed_job(TYPE).await?;
        client.post(&format!("/v1/jobs/{job}/pause"), &json!({})).await?;
        fill(target.addresses()[0], &job, target.harness.scale.million / PAUSED_JOBS).await?;
    }
    Ok(())
}

/// Leases every task of as many jobs, for longer than all of this takes.
async fn exhausted(target: &Target<'_>) -> Result<(), BenchError> {
    let mut left = fill_with_jobs(target.addresses()[0], TYPE, target.harness.scale.exhausted).await?;
    let mut client = target.client().await?;
    let request = json!({"types": [TYPE], "worker_id": "bench-0", "max_tasks": 100, "lease_seconds": 86_400});
    while left > 0 {
        let leased = client.post("/v1/tasks/dequeue", &request).await?;
        match array(&leased, "tasks")?.len() {
            0 => return Err(BenchError::Unexpected(format!("{left} tasks could not be leased"))),
            taken => left -= taken,
        }
    }
    Ok(())
}
