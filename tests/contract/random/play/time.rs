//! Time passes, and the service does by itself what time brings.

use std::time::{Duration, Instant};

use super::bodies::seconds;
use super::{Disagreement, Player};
use crate::random::compare;

impl Player<'_> {
    /// Moves the database's clock, and waits until both say the same again.
    pub(super) async fn advance(&mut self, ticks: u64) -> Result<(), Disagreement> {
        self.lines.push(format!("# the database's clock moves ahead by {} s", seconds(ticks)));
        self.app.advance(seconds(ticks)).await;
        let due = self.model.advance(ticks);
        let (mut failed, mut cancelled) = (Vec::new(), Vec::new());
        for lease in due {
            let (outcome, category) = self.outcome(lease).await?;
            match outcome.as_str() {
                "failed" if self.model.ends_of(lease).contains(&category.as_str()) => {
                    failed.push((lease, category));
                }
                "cancelled" => cancelled.push(lease),
                _ => return Err(format!("the expired $token{lease} ended as {outcome} {category}")),
            }
        }
        self.model.expire(&failed);
        if let Some(lease) = cancelled.into_iter().find(|lease| self.model.leases[*lease].current) {
            return Err(format!("the expired $token{lease} ended as cancelled, and nothing was"));
        }
        for pipeline in std::mem::take(&mut self.model.touched) {
            self.agree_in_time(pipeline).await?;
        }
        Ok(())
    }

    /// How a lease that was due has ended, and with which category: what its task's attempts list beyond what they should have listed before.
    async fn outcome(&self, lease: usize) -> Result<(String, String), Disagreement> {
        let (task, number) = (self.model.leases[lease].task, self.model.leases[lease].number);
        let begun = Instant::now();
        loop {
            let mut listed = compare::attempts(self.app, &self.names, task).await;
            for known in &self.model.tasks[task].attempts {
                let index =
                    listed.iter().position(|(number, outcome, _)| (*number, outcome.as_str()) == *known);
                listed.remove(index.ok_or_else(|| format!("$task{task} lost its attempt {known:?}"))?);
            }
            match listed.as_slice() {
                [(shown, outcome, category)] if *shown == number && outcome != "running" => {
                    return Ok((outcome.clone(), category.clone()));
                }
                _ if begun.elapsed() < self.patience => tokio::time::sleep(Duration::from_millis(20)).await,
                _ => {
                    return Err(format!("the expired $token{lease} of $task{task} is not ended: {listed:?}"));
                }
            }
        }
    }

    /// Compares until both say the same, as long as patience lasts.
    pub(super) async fn agree_in_time(&self, pipeline: usize) -> Result<(), Disagreement> {
        let begun = Instant::now();
        loop {
            match compare::pipeline(self.app, &self.model, &self.names, pipeline).await {
                Err(_) if begun.elapsed() < self.patience => {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                agreed => return agreed,
            }
        }
    }
}
