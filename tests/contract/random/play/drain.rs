//! The end of a script: everything is let go, all work is done, and every pipeline must end.

use super::{Disagreement, Player};
use crate::random::reference::State;
use crate::random::script::{BatchVerb, Call, Dequeue, KINDS, Level, Pick, QueueChange, Report, Step, Verb};

/// More rounds than any script needs; each round either works or lets time pass.
const ROUNDS: usize = 60;

impl Player<'_> {
    pub(super) async fn drain(&mut self) -> Result<(), Disagreement> {
        self.let_go().await?;
        for _ in 0..ROUNDS {
            if self.all_ended() {
                return Ok(());
            }
            let before = self.model.leases.len();
            let request =
                Dequeue { kinds: (0..KINDS).collect(), max: 100, lease: Some(200), worker: 9, key: None };
            self.next(Call::Dequeue(request)).await?;
            let current = self.model.current().len();
            if current > 0 {
                let complete = |number| (Pick::Current(number), Report::Complete { add: Vec::new() });
                self.next(Call::Batch {
                    verb: BatchVerb::Complete,
                    items: (0..current).map(complete).collect(),
                })
                .await?;
            } else if self.model.leases.len() == before {
                self.next(Call::Advance { ticks: 20 }).await?;
            }
        }
        Err("a pipeline does not end although everything goes on".to_owned())
    }

    async fn let_go(&mut self) -> Result<(), Disagreement> {
        for kind in 0..KINDS {
            let queue = self.model.queues[kind];
            if queue.paused {
                self.next(Call::Queue { kind, change: QueueChange::Paused(false) }).await?;
            }
            if queue.max_running.is_some() {
                self.next(Call::Queue { kind, change: QueueChange::MaxRunning(None) }).await?;
            }
        }
        for of in 0..self.model.pipelines.len() {
            let (paused, sealed) = (self.model.pipelines[of].paused, self.model.pipelines[of].seal.is_on());
            self.release(Level::Pipeline, of, self.model.pipelines[of].state, paused, sealed).await?;
        }
        for of in 0..self.model.jobs.len() {
            let (paused, sealed) = (self.model.jobs[of].paused, self.model.jobs[of].seal.is_on());
            self.release(Level::Job, of, self.model.jobs[of].state, paused, sealed).await?;
        }
        Ok(())
    }

    async fn release(
        &mut self,
        level: Level,
        of: usize,
        state: State,
        paused: bool,
        sealed: bool,
    ) -> Result<(), Disagreement> {
        if paused && !state.ended() {
            self.next(Call::Control { level, of, verb: Verb::Resume }).await?;
        }
        if !sealed && !state.ended() {
            self.next(Call::Control { level, of, verb: Verb::Seal }).await?;
        }
        Ok(())
    }

    fn all_ended(&self) -> bool {
        self.model.pipelines.iter().all(|pipeline| pipeline.state.ended())
    }

    async fn next(&mut self, call: Call) -> Result<(), Disagreement> {
        let server = 1 - self.server;
        self.step(&Step { server, call }).await
    }
}
