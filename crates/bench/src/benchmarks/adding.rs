//! Adding tasks, 1,000 a call, against an insert of the same rows.

use crate::error::BenchError;
use crate::fill::{PAYLOAD, body};
use crate::harness::Harness;
use crate::load::{Load, Work};
use crate::raw::{ADD, Raw};
use crate::report::{Goal, Row};
use crate::sample::Sample;
use crate::target::Target;

/// Tasks a call.
const TASKS: usize = 1_000;

pub(super) async fn adding(harness: &Harness) -> Result<(), BenchError> {
    let target = Target::open(harness, 1).await?;
    let mut raw = Raw::open(harness, ADD).await?;
    raw.choose_clients(harness.scale.adders).await?;
    let clients = raw.clients();
    let mut producer = target.client().await?;
    let mut paths = Vec::with_capacity(clients);
    for _ in 0..clients {
        paths.push(format!("/v1/jobs/{}/tasks", producer.unsealed_job("added").await?));
    }
    let body = body(TASKS, &format!("{{\"payload\":{PAYLOAD}}}")).into();
    let load = Load { addresses: target.addresses(), clients, work: Work::Post { paths, body, each: TASKS } };
    let (mut rates, mut ceiling, mut all) = (Sample::default(), Sample::default(), Vec::new());
    for round in 1..=harness.scale.rounds {
        harness.settle().await?;
        ceiling.push(raw.measure().await?);
        harness.settle().await?;
        let measured = load.run(harness.scale.window, &target.meter()).await?;
        rates.push(measured.rate);
        all.push(measured);
        harness.say(&format!(
            "round {round}: raw {:.0}, windlass {:.0} tasks/s",
            ceiling.last(),
            rates.last()
        ));
    }
    harness.report(
        Row::new("adding", format!("1,000 a call, {clients} clients"), rates.median(), "tasks/s")
            .against(ceiling.median(), raw.describe())
            .ratios(&rates.over(&ceiling), Goal::AtLeast(0.5))
            .cpu(&all),
    );
    raw.close().await?;
    target.close().await
}
