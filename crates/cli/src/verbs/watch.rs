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

use super::bars::Bars;
use super::hints::Hints;
use super::lines::Lines;
use super::patience::{patient, told};
use super::server::{Server, refused};
use super::target::Target;
use super::words::word;
use super::{output, pipeline_table, why};
use crate::failure::Failure;

/// How often the pipeline is read.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Where progress is shown.
enum Display {
    Bars(Bars),
    Lines(Lines),
}

/// Shows the jobs' progress until the pipeline has ended, and then all of it; an error unless it succeeded, which says why.
pub(super) async fn watch(target: &Target, server: &Server, id: Uuid) -> Result<(), Failure> {
    let pipeline = follow(server, id).await?;
    match show(target, server, &pipeline).await {
        // How it ended is the exit code's to say, whoever reads the rest.
        Ok(()) | Err(Failure::ReaderGone) => verdict(server, &pipeline).await,
        Err(failure) => Err(failure),
    }
}

async fn show(target: &Target, server: &Server, pipeline: &Pipeline) -> Result<(), Failure> {
    output::one(target, pipeline, pipeline_table::pipeline)?;
    if target.json {
        return Ok(());
    }
    match why::of_pipeline(server, pipeline).await {
        Some(why) => output::text(&format!("\n{why}")),
        None => Ok(()),
    }
}

async fn follow(server: &Server, id: Uuid) -> Result<Pipeline, Failure> {
    let mut pipeline = server.answer(server.get_pipeline(id)).await?;
    let (mut display, mut hints) = (Display::new(), Hints::default());
    let mut looks = interval(LOOK_EVERY);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        display.show(&pipeline, &hints);
        if pipeline.state.is_terminal() {
            display.end();
            return Ok(pipeline);
        }
        looks.tick().await;
        let look = patient(server, Box::pin(server.get_pipeline(id)), |since, why| {
            display.away(&format!("waiting for {} ({} s): {why}", server.address(), since.as_secs()));
        });
        match look.await {
            Ok(newer) => {
                pipeline = newer;
                hints.learn(server, &pipeline).await;
            }
            Err(error) if error.is_transient() => display.away(&format!("{}, trying again", told(&error))),
            Err(error) => {
                display.end();
                return Err(refused(error));
            }
        }
    }
}

async fn verdict(server: &Server, pipeline: &Pipeline) -> Result<(), Failure> {
    if pipeline.state == PipelineState::Succeeded {
        return Ok(());
    }
    let reason = pipeline.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
    let why = why::in_short(server, pipeline).await.map(|why| format!(": {why}")).unwrap_or_default();
    Err(Failure::Error(format!("pipeline {} ended {}{reason}{why}", pipeline.id, word(&pipeline.state))))
}

impl Display {
    fn new() -> Self {
        if io::stderr().is_terminal() { Self::Bars(Bars::new()) } else { Self::Lines(Lines::default()) }
    }

    fn show(&mut self, pipeline: &Pipeline, hints: &Hints) {
        match self {
            Self::Bars(bars) => bars.show(pipeline, hints),
            Self::Lines(lines) => lines.show(pipeline.jobs.as_deref().unwrap_or_default(), hints),
        }
    }

    fn away(&mut self, why: &str) {
        match self {
            Self::Bars(bars) => bars.away(why),
            Self::Lines(lines) => lines.away(why),
        }
    }

    fn end(&self) {
        if let Self::Bars(bars) = self {
            bars.end();
        }
    }
}
