//! The rates over a great backlog, against the same over a small one.
//!
//! Each backlog lies in a database of its own, and so does the small one, so that neither borrows the other's tables. The small side
//! has as many tasks waiting as its measurement takes, since a thousand would be gone in a tenth of a second.

use serde_json::json;

use crate::client::array;
use crate::error::BenchError;
use crate::fill::{fill, fill_with_jobs};
use crate::lab::Lab;
use crate::line::Line;
use crate::report::{Goal, Row};
use crate::sample::Sample;
use crate::site::Site;

/// The type of all tasks here.
const TYPE: &str = "hot";

/// Paused jobs among which the paused tasks are spread.
const PAUSED_JOBS: usize = 10;

/// What stands before or among the tasks that are dequeued.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Backlog {
    OneJob,
    ManyJobs,
    Paused,
    Exhausted,
}

pub(super) async fn backlog(lab: &Lab) -> Result<(), BenchError> {
    for backlog in [Backlog::OneJob, Backlog::ManyJobs, Backlog::Paused, Backlog::Exhausted] {
        compare(lab, backlog).await?;
    }
    Ok(())
}

async fn compare(lab: &Lab, backlog: Backlog) -> Result<(), BenchError> {
    let (large, small) = (lab.site(1).await?, lab.site(1).await?);
    lab.say(&format!("filling: {}", backlog.tell(lab)));
    backlog.stand_before(&large).await?;
    let mut many = backlog.line(&large).await?;
    let mut few = backlog.line(&small).await?;
    many.ensure(backlog.waiting(lab)).await?;
    for (clients, max_tasks) in [(lab.scale.clients[0], 1), (lab.scale.batch_clients, 50)] {
        let (mut rates, mut ceiling) = (Sample::default(), Sample::default());
        for round in 1..=lab.scale.few_rounds {
            ceiling.push(few.measure(clients, max_tasks).await?.rate);
            rates.push(many.measure(clients, max_tasks).await?.rate);
            let (small, large) = (ceiling.last(), rates.last());
            lab.say(&format!("round {round}: small backlog {small:.0}, great {large:.0} tasks/s"));
        }
        let name = format!("backlog-{}-{max_tasks}", backlog.name());
        let what = format!("{max_tasks} a call, {clients} clients, {}", backlog.tell(lab));
        lab.report(
            Row::new(&name, what, rates.median(), "tasks/s")
                .against(ceiling.median(), "small backlog".to_owned())
                .ratios(&rates.over(&ceiling), Goal::AtLeast(0.85)),
        );
    }
    large.close().await?;
    small.close().await
}

impl Backlog {
    fn name(self) -> &'static str {
        match self {
            Self::OneJob => "one-job",
            Self::ManyJobs => "many-jobs",
            Self::Paused => "paused",
            Self::Exhausted => "exhausted",
        }
    }

    fn tell(self, lab: &Lab) -> String {
        let scale = lab.scale;
        match self {
            Self::OneJob => format!("one job of {} tasks", scale.million),
            Self::ManyJobs => format!("{} jobs of one task", scale.jobs),
            Self::Paused => format!("behind {} tasks of paused jobs", scale.million),
            Self::Exhausted => format!("behind {} exhausted running jobs", scale.exhausted),
        }
    }

    /// Tasks that wait to be dequeued, beside what stands before them.
    fn waiting(self, lab: &Lab) -> usize {
        match self {
            Self::OneJob => lab.scale.million,
            Self::ManyJobs => lab.scale.jobs,
            Self::Paused | Self::Exhausted => 0,
        }
    }

    async fn line<'a>(self, site: &'a Site<'a>) -> Result<Line<'a>, BenchError> {
        match self {
            Self::ManyJobs => Ok(Line::of_jobs(site, TYPE)),
            _ => Line::open(site, TYPE).await,
        }
    }

    /// What opens first, and so is ahead in line.
    async fn stand_before(self, site: &Site<'_>) -> Result<(), BenchError> {
        match self {
            Self::OneJob | Self::ManyJobs => Ok(()),
            Self::Paused => paused(site).await,
            Self::Exhausted => exhausted(site).await,
        }
    }
}

async fn paused(site: &Site<'_>) -> Result<(), BenchError> {
    let mut client = site.client().await?;
    for _ in 0..PAUSED_JOBS {
        let job = client.unsealed_job(TYPE).await?;
        client.post(&format!("/v1/jobs/{job}/pause"), &json!({})).await?;
        fill(site.addresses()[0], &job, site.lab.scale.million / PAUSED_JOBS).await?;
    }
    Ok(())
}

/// Leases every task of as many jobs, for longer than all of this takes.
async fn exhausted(site: &Site<'_>) -> Result<(), BenchError> {
    let mut left = fill_with_jobs(site.addresses()[0], TYPE, site.lab.scale.exhausted).await?;
    let mut client = site.client().await?;
    let wish = json!({"types": [TYPE], "worker_id": "bench-0", "max_tasks": 100, "lease_seconds": 86_400});
    while left > 0 {
        let leased = client.post("/v1/tasks/dequeue", &wish).await?;
        match array(&leased, "tasks")?.len() {
            0 => return Err(BenchError::Unexpected(format!("{left} tasks could not be leased"))),
            taken => left -= taken,
        }
    }
    Ok(())
}
