//! Whether the background loops and the database are well, as `/readyz` says it.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;
use windlass_store::Outage;

/// The duty whose failure means that the database is away.
pub(crate) const DATABASE: &str = "ping";

/// How much longer than its rhythm a loop may be silent.
const GRACE: Duration = Duration::from_secs(4);
/// How long the database must have been away before waiting polls are answered.
const AWAY: Duration = Duration::from_secs(2);

/// What each loop last said.
#[derive(Debug)]
pub(crate) struct Health {
    loops: Mutex<BTreeMap<&'static str, Loop>>,
    away: watch::Sender<bool>,
}

#[derive(Debug)]
struct Loop {
    every: Duration,
    last_well: Instant,
    failing_since: Option<Instant>,
    outage: Option<Outage>,
}

/// What is not well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The database cannot be used, and why.
    Database(Outage),
    /// This loop fails or is silent.
    Loop(&'static str),
}

impl Default for Health {
    fn default() -> Self {
        Self { loops: Mutex::default(), away: watch::Sender::new(false) }
    }
}

impl Health {
    /// Expects `name` to report that it is well this often from now on.
    pub(crate) fn begin(&self, name: &'static str, every: Duration) {
        self.lock()
            .insert(name, Loop { every, last_well: Instant::now(), failing_since: None, outage: None });
    }

    /// Notes a tick that worked; whether the one before had failed.
    pub(crate) fn well(&self, name: &'static str) -> bool {
        if name == DATABASE {
            self.away.send_replace(false);
        }
        let mut loops = self.lock();
        let Some(entry) = loops.get_mut(name) else { return false };
        entry.last_well = Instant::now();
        entry.outage = None;
        entry.failing_since.take().is_some()
    }

    /// Notes a tick that failed, and what its failure says of the database; whether the one before had worked.
    pub(crate) fn unwell(&self, name: &'static str, outage: Option<Outage>) -> bool {
        let mut loops = self.lock();
        let Some(entry) = loops.get_mut(name) else { return false };
        if name == DATABASE && entry.last_well.elapsed() >= AWAY {
            self.away.send_replace(true);
        }
        entry.outage = outage;
        let news = entry.failing_since.is_none();
        entry.failing_since.get_or_insert_with(Instant::now);
        news
    }

    /// What is not well. The loops fail with the database, so one is named only if a ping has worked since and it does not know better.
    pub(crate) fn trouble(&self) -> Option<Trouble> {
        let loops = self.lock();
        let ping = loops.get(DATABASE);
        if let Some(ping) = ping.filter(|ping| ping.is_unwell()) {
            return Some(Trouble::Database(ping.outage.unwrap_or(Outage::Away)));
        }
        let (name, unwell) = loops.iter().find(|(_, entry)| entry.is_unwell())?;
        match (unwell.outage, ping, unwell.failing_since) {
            (Some(known), _, _) if known != Outage::Away => Some(Trouble::Database(known)),
            (_, Some(ping), Some(since)) if ping.last_well < since => Some(Trouble::Database(Outage::Away)),
            _ => Some(Trouble::Loop(name)),
        }
    }

    /// Waits until the database has been away for some time.
    pub(crate) async fn database_is_away(&self) {
        let mut away = self.away.subscribe();
        // The sender lives as long as `self`.
        drop(away.wait_for(|away| *away).await);
    }

    /// Each duty: its name, whether it is well, and for how many seconds that has not been said.
    pub(crate) fn duties(&self) -> Vec<(String, bool, f64)> {
        let loops = self.lock();
        let duty = |(name, entry): (&&'static str, &Loop)| {
            ((*name).to_owned(), !entry.is_unwell(), entry.last_well.elapsed().as_secs_f64())
        };
        loops.iter().map(duty).collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<&'static str, Loop>> {
        self.loops.lock().expect("nobody panics while holding the loops")
    }
}

impl Loop {
    fn is_unwell(&self) -> bool {
        self.failing_since.is_some() || self.last_well.elapsed() > self.every + GRACE
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_silent_loop_is_trouble_and_well_again_when_it_speaks() {
        let health = Health::default();
        health.begin("sweep", Duration::from_millis(500));
        assert_eq!(health.trouble(), None);
        advance(Duration::from_secs(5)).await;
        assert_eq!(health.trouble(), Some(Trouble::Loop("sweep")));
        health.well("sweep");
        assert_eq!(health.trouble(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn the_database_comes_first_and_waiting_polls_are_answered_when_it_stays_away() {
        let health = Health::default();
        health.begin("sweep", Duration::from_millis(500));
        health.begin(DATABASE, Duration::from_secs(1));
        advance(Duration::from_millis(1)).await;
        health.unwell("sweep", Some(Outage::Away));
        assert_eq!(health.trouble(), Some(Trouble::Database(Outage::Away)), "no ping has worked since");
        health.well(DATABASE);
        assert_eq!(health.trouble(), Some(Trouble::Loop("sweep")));
        assert!(health.unwell(DATABASE, None), "the first failure is news");
        assert_eq!(health.trouble(), Some(Trouble::Database(Outage::Away)));
        assert!(health.database_is_away().now_or_never().is_none());
        advance(Duration::from_secs(2)).await;
        assert!(!health.unwell(DATABASE, None));
        assert!(health.database_is_away().now_or_never().is_some());
        assert!(health.well(DATABASE), "so is the recovery");
        assert!(health.database_is_away().now_or_never().is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn the_cause_is_named_whoever_met_it() {
        let health = Health::default();
        health.begin("servers", Duration::from_secs(5));
        health.begin(DATABASE, Duration::from_secs(1));
        health.unwell("servers", Some(Outage::DiskFull));
        assert_eq!(health.trouble(), Some(Trouble::Database(Outage::DiskFull)), "a ping writes nothing");
        health.unwell(DATABASE, Some(Outage::ReadOnly));
        assert_eq!(health.trouble(), Some(Trouble::Database(Outage::ReadOnly)));
        health.well(DATABASE);
        health.well("servers");
        assert_eq!(health.trouble(), None);
    }
}
