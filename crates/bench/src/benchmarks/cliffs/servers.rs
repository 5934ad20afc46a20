//! One hot job with 4 servers: they meet on its row and skip each other's tasks.

use crate::backlog::Backlog;
use crate::error::BenchError;
use crate::harness::Harness;
use crate::report::Row;
use crate::sample::Sample;
use crate::target::Target;

/// Servers on the database.
const SERVERS: usize = 4;

pub(crate) async fn servers(harness: &Harness) -> Result<(), BenchError> {
    let (alone, together) = (Target::open(harness, 1).await?, Target::open(harness, SERVERS).await?);
    let mut at_one = Backlog::open(&alone, "hot").await?;
    let mut at_four = Backlog::open(&together, "hot").await?;
    for (name, clients, max_tasks) in
        [("servers-4-1", harness.scale.clients[0], 1), ("servers-4-50", harness.scale.batch_clients, 50)]
    {
        let (mut rates, mut ceiling) = (Sample::default(), Sample::default());
        for _ in 0..harness.scale.few_rounds {
            ceiling.push(at_one.measure(clients, max_tasks).await?.rate);
            rates.push(at_four.measure(clients, max_tasks).await?.rate);
        }
        let what = format!("{max_tasks} a call, {clients} clients on {SERVERS} servers, one hot job");
        harness.report(
            Row::new(name, what, rates.median(), "tasks/s")
                .against(ceiling.median(), "one server".to_owned())
                .watched(&rates.over(&ceiling)),
        );
    }
    alone.close().await?;
    together.close().await
}
