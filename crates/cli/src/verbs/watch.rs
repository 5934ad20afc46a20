//! Following a pipeline to its end.
//!
//! The pipeline is read again and again, rather than its events: one small answer holds all that is shown,
//! and a server that restarts in between costs nothing. A server that is away is waited for; one that
//! cannot be reached at the first look is an error.

use std::io::{self, IsTerminal};
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};
use uuid::Uuid;
use windlass_sdk::wire::{Pipeline, PipelineState};
use windlass_sdk::{Client, Error};

use super::bars::Bars;
use super::lines::Lines;
use super::target::{Target, refused};
use super::words::word;
use super::{output, table, why};
use crate::failure::Failure;

/// How often the pipeline is read.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Where progress is shown.
enum Display {
    Bars(Bars),
    Lines(Lines),
}

/// Shows the jobs' progress until the pipeline has ended, and then all of it; an error unless it succeeded.
pub(super) async fn watch(target: &Target, id: Uuid) -> Result<(), Failure> {
    let client = target.client()?;
    let pipeline = follow(&client, id).await.map_err(refused)?;
    if target.json {
        output::json(&pipeline)?;
    } else {
        output::text(&table::pipeline(&pipeline))?;
        if let Some(why) = why::of_pipeline(&client, &pipeline).await {
            output::text(&format!("\n{why}"))?;
        }
    }
    verdict(&pipeline)
}

async fn follow(client: &Client, id: Uuid) -> Result<Pipeline, Error> {
    let mut display = Display::new();
    let mut pipeline = client.get_pipeline(id).await?;
    let mut looks = interval(LOOK_EVERY);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        display.show(&pipeline);
        if pipeline.state.is_terminal() {
            display.end();
            return Ok(pipeline);
        }
        looks.tick().await;
        match client.get_pipeline(id).await {
            Ok(newer) => pipeline = newer,
            Err(error) if error.is_transient() => display.away(&error),
            Err(error) => return Err(error),
        }
    }
}

fn verdict(pipeline: &Pipeline) -> Result<(), Failure> {
    if pipeline.state == PipelineState::Succeeded {
        return Ok(());
    }
    let reason = pipeline.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
    Err(Failure::Error(format!("pipeline {} ended {}{reason}", pipeline.id, word(&pipeline.state))))
}

impl Display {
    fn new() -> Self {
        if io::stderr().is_terminal() { Self::Bars(Bars::new()) } else { Self::Lines(Lines::default()) }
    }

    fn show(&mut self, pipeline: &Pipeline) {
        let jobs = pipeline.jobs.as_deref().unwrap_or_default();
        match self {
            Self::Bars(bars) => bars.show(jobs),
            Self::Lines(lines) => lines.show(jobs),
        }
    }

    fn away(&mut self, error: &Error) {
        match self {
            Self::Bars(bars) => bars.away(error),
            Self::Lines(lines) => lines.away(error),
        }
    }

    fn end(&self) {
        if let Self::Bars(bars) = self {
            bars.end();
        }
    }
}
