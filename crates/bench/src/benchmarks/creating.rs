//! Creating jobs of one task, one a call and 1,000 a call, against inserts of the same rows.
//!
//! The raw side inserts rows that it makes on the spot: nothing is sent, read or answered. One a call it commits each job by itself, as a producer does that
//! talks to Postgres; 1,000 a call it has one statement. Windlass' answer shows each job.

use crate::error::BenchError;
use crate::fill::PAYLOAD;
use crate::harness::Harness;
use crate::load::{Load, Work};
use crate::raw::{CREATE, CREATE_BATCH, Raw, Script};
use crate::report::{Goal, Row};
use crate::sample::Sample;
use crate::target::Target;

/// Jobs of a call for many.
const MANY: usize = 1_000;
/// Clients of calls for many.
const CLIENTS_OF_MANY: usize = 4;

/// One of the two ways to create jobs.
struct Way {
    name: &'static str,
    path: &'static str,
    body: String,
    jobs: usize,
    clients: usize,
    raw: Script,
    raw_clients: &'static [usize],
    /// Of the ratio, or of the rate.
    goal: Goal,
}

pub(super) async fn creating(harness: &Harness) -> Result<(), BenchError> {
    let job = format!("{{\"type\":\"created\",\"payload\":{PAYLOAD}}}");
    let one = Way {
        name: "job-create-64",
        path: "/v1/jobs",
        body: job.clone(),
        jobs: 1,
        clients: harness.scale.clients[0],
        raw: CREATE,
        raw_clients: harness.scale.raw_clients,
        goal: Goal::AtLeast(0.5),
    };
    let many = Way {
        name: "job-create-batch",
        path: "/v1/jobs/batch",
        body: format!("{{\"jobs\":[{}]}}", vec![job.as_str(); MANY].join(",")),
        jobs: MANY,
        clients: CLIENTS_OF_MANY,
        raw: CREATE_BATCH,
        raw_clients: harness.scale.adders,
        goal: Goal::FigureAtLeast(10_000.0),
    };
    compare(harness, one).await?;
    compare(harness, many).await
}

async fn compare(harness: &Harness, way: Way) -> Result<(), BenchError> {
    let target = Target::open(harness, 1).await?;
    let mut raw = Raw::open(harness, way.raw).await?;
    raw.choose_clients(way.raw_clients).await?;
    let work = Work::Post { paths: vec![way.path.to_owned()], body: way.body.into(), each: way.jobs };
    let load = Load { addresses: target.addresses(), clients: way.clients, work };
    let (mut rates, mut ceiling, mut all) = (Sample::default(), Sample::default(), Vec::new());
    for round in 1..=harness.scale.rounds {
        harness.settle().await?;
        ceiling.push(raw.measure().await?);
        harness.settle().await?;
        let measured = load.run(harness.scale.window, &target.meter()).await?;
        rates.push(measured.rate);
        all.push(measured);
        harness.say(&format!(
            "round {round}: raw {:.0}, windlass {:.0} jobs/s",
            ceiling.last(),
            rates.last()
        ));
    }
    let what = format!("jobs of one task, {} a call, {} clients", way.jobs, way.clients);
    harness.report(
        Row::new(way.name, what, rates.median(), "jobs/s")
            .against(ceiling.median(), raw.describe())
            .ratios(&rates.over(&ceiling), way.goal)
            .cpu(&all),
    );
    raw.close().await?;
    target.close().await
}
