//! One hot job with 4 servers: they meet on its row and skip each other's tasks.

use crate::bench::lab::Lab;
use crate::bench::line::Line;
use crate::bench::report::Row;
use crate::bench::sample::Sample;
use crate::failure::Failure;

/// Servers on the database.
const SERVERS: usize = 4;

pub(in crate::bench) async fn servers(lab: &Lab) -> Result<(), Failure> {
    let (alone, together) = (lab.site(1).await?, lab.site(SERVERS).await?);
    let mut at_one = Line::open(&alone, "hot").await?;
    let mut at_four = Line::open(&together, "hot").await?;
    for (name, clients, max_tasks) in
        [("servers-4-1", lab.scale.clients[0], 1), ("servers-4-50", lab.scale.batch_clients, 50)]
    {
        let (mut rates, mut ceiling) = (Sample::default(), Sample::default());
        for _ in 0..lab.scale.few_rounds {
            ceiling.push(at_one.measure(clients, max_tasks).await?.rate);
            rates.push(at_four.measure(clients, max_tasks).await?.rate);
        }
        let what = format!("{max_tasks} a call, {clients} clients on {SERVERS} servers, one hot job");
        lab.report(
            Row::new(name, what, rates.median(), "tasks/s")
                .against(ceiling.median(), "one server".to_owned())
                .watched(&rates.over(&ceiling)),
        );
    }
    alone.close().await?;
    together.close().await
}
