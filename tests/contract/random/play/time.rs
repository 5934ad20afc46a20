//! Time passes, and the service does by itself what time brings.

use std::time::{Duration, Instant};

use super::bodies::seconds;
use super::{Disagreement, Player};
use crate::random::compare;
use crate::random::script::HALF_A_TICK;

impl Player<'_> {
    /// Moves the database's clock, and waits until both say the same again. It stops at each deadline: whether that or a lease's end came first
    /// would be the service's to choose.
    pub(super) async fn advance(&mut self, ticks: u64) -> Result<(), Disagreement> {
        let end = self.model.now + ticks;
        let mut ahead = 0;
        while let Some(deadline) = self.model.next_deadline(end) {
            if deadline > self.model.now {
                self.pass(deadline - self.model.now, ahead).await?;
            }
            self.move_clock(HALF_A_TICK).await;
            ahead = HALF_A_TICK;
            self.model.meet_deadlines(deadline);
            self.agree_on_touched().await?;
        }
        self.pass(end - self.model.now, ahead).await
    }

    async fn move_clock(&mut self, seconds: u64) {
        self.lines.push(format!("# the database's clock moves ahead by {seconds} s"));
        self.app.advance(seconds).await;
    }

    /// Lets ticks pass of which the clock is some seconds ahead.
    async fn pass(&mut self, ticks: u64, ahead: u64) -> Result<(), Disagreement> {
        self.move_clock(seconds(ticks) - ahead).await;
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
        self.agree_on_touched().await
    }

    async fn agree_on_touched(&mut self) -> Result<(), Disagreement> {
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
