//! Sends what webhooks are to be told: claims what is due, has the attempts of each slot made by a task of its own, and writes down how they ended.
//!
//! No receiver holds up another: one has four attempts under way at the most, over all servers, and a server 64; one whose last attempt had no
//! answer in time has a single one, and all such together 32 of the 64. No transaction is open while a receiver is waited for.
//!
//! What it deliberately does not do: wait for attempts at a stop. How it fails: a tick only if the database does; an attempt is written down as soon as that
//! works again, or is made anew once its claim has run out.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep_until, timeout};
use windlass_store::{ClaimedDelivery, Error, FinishedAttempt};

use super::tick::Ticked;
use crate::app::App;
use crate::telemetry;
use crate::webhooks;

/// An attempt is under way within 2 s of its event.
pub(super) const EVERY: Duration = Duration::from_millis(200);
/// Attempts that are under way at once, on this server.
const PLACES: usize = 64;
/// How many of them may be of receivers that are slow.
const PLACES_OF_SLOW: usize = 32;
/// How long a tick goes on before the next one begins.
const LONGEST: Duration = Duration::from_secs(2);
/// From one claim to the next at the least. A claim, and writing down what became of one, cost the database more than the calls of a quick receiver:
/// what ends meanwhile, and what becomes due, share them.
const GATHERS: Duration = Duration::from_millis(50);

/// Where attempts are made, and what became of them.
#[derive(Clone)]
pub(super) struct Places(Arc<Shared>);

struct Shared {
    all: Arc<Semaphore>,
    of_slow: Arc<Semaphore>,
    finished: Mutex<Vec<FinishedAttempt>>,
    /// A place is free again.
    ended: Notify,
}

impl Default for Places {
    fn default() -> Self {
        Self(Arc::new(Shared {
            all: Arc::new(Semaphore::new(PLACES)),
            of_slow: Arc::new(Semaphore::new(PLACES_OF_SLOW)),
            finished: Mutex::default(),
            ended: Notify::new(),
        }))
    }
}

/// Claims, sends and writes down until nothing is due and nothing is under way, or it has taken long.
pub(super) async fn tick(app: App, places: Places) -> Result<Ticked, Error> {
    if !places.are_busy() && !app.webhooks().are_any(app.own_store()).await? {
        return Ok(Ticked::default());
    }
    let (begun, mut rows) = (Instant::now(), 0);
    loop {
        places.write_down(&app).await?;
        let gathered = Instant::now() + GATHERS;
        let claimed = places.claim(&app).await?;
        rows += claimed;
        if claimed == 0 && !places.are_busy() {
            return Ok(Ticked { rows, full: false });
        }
        if begun.elapsed() > LONGEST {
            return Ok(Ticked { rows, full: true });
        }
        // Whatever ends first makes room; what becomes due meanwhile is found soon.
        let _ = timeout(EVERY, places.0.ended.notified()).await;
        sleep_until(gathered.into()).await;
    }
}

impl Places {
    /// Whether an attempt is under way, or was not written down yet.
    fn are_busy(&self) -> bool {
        self.0.all.available_permits() < PLACES
            || !self.0.finished.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// Writes down how attempts ended; those of a try that fails are kept for the next one.
    async fn write_down(&self, app: &App) -> Result<(), Error> {
        let finished = std::mem::take(&mut *self.0.finished.lock().unwrap_or_else(PoisonError::into_inner));
        if finished.is_empty() {
            return Ok(());
        }
        match app.own_store().finish_attempts(&finished).await {
            Ok(paused) => {
                finished.iter().for_each(telemetry::count_delivery_attempt);
                for cause in paused {
                    telemetry::count_paused_webhook(cause);
                    tracing::warn!(webhook_id = %cause.id(), reason = cause.reason(), "a webhook has paused itself");
                }
                Ok(())
            }
            Err(error) => {
                self.0.finished.lock().unwrap_or_else(PoisonError::into_inner).extend(finished);
                Err(error)
            }
        }
    }

    /// Claims as many as there are places, and hands each to a task of its own.
    async fn claim(&self, app: &App) -> Result<usize, Error> {
        let (free, free_of_slow) = (self.0.all.available_permits(), self.0.of_slow.available_permits());
        if free == 0 {
            return Ok(0);
        }
        let asked = Instant::now();
        let claimed = app.own_store().claim_deliveries(free, free_of_slow).await?;
        let count = claimed.iter().map(Vec::len).sum();
        for run in claimed {
            self.begin(app, run, asked);
        }
        Ok(count)
    }

    /// Only this tick takes places, so those that it has counted are there.
    fn begin(&self, app: &App, run: Vec<ClaimedDelivery>, asked: Instant) {
        let place = Arc::clone(&self.0.all).try_acquire_owned().ok();
        let is_slow = run.iter().any(|delivery| delivery.slow);
        let slow = is_slow.then(|| Arc::clone(&self.0.of_slow).try_acquire_owned().ok()).flatten();
        let (app, shared) = (app.clone(), Arc::clone(&self.0));
        tokio::spawn(async move {
            let tell = |ended| shared.finished.lock().unwrap_or_else(PoisonError::into_inner).push(ended);
            webhooks::attempts(app.client(), app.secret_keys(), run, asked, tell).await;
            leave(place, slow);
            shared.ended.notify_one();
        });
    }
}

/// Gives the places back: after what became of the attempt is there to be written down.
fn leave(place: Option<OwnedSemaphorePermit>, slow: Option<OwnedSemaphorePermit>) {
    drop((place, slow));
}
