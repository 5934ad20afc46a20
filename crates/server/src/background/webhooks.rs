//! Reads the audit for webhooks, and writes down what each is to be told.
//!
//! One server at a time reads, whichever comes first; where it dies another one goes on after 3 s, from where it was. While there is no webhook, or none
//! waits for events, the audit is not read.
//!
//! What it deliberately does not do: call anybody. How it fails: as a whole; what was read and not written down is read again.

use std::time::{Duration, Instant};

use windlass_store::Error;

use super::tick::Ticked;
use crate::app::App;
use crate::settings::PublicUrl;
use crate::telemetry;
use crate::webhooks;

/// An attempt is under way within 2 s of its event; as much again passes until an event can be read.
pub(super) const EVERY: Duration = Duration::from_millis(200);
/// How long a tick goes on before the next one begins.
const LONGEST: Duration = Duration::from_secs(2);
/// How often numbers are asked for, and pauses that were not carried to their end are.
const SELDOM: Duration = Duration::from_secs(10);

/// When what is seldom was last done.
#[derive(Debug, Clone, Default)]
pub(super) struct Seldom(std::sync::Arc<std::sync::Mutex<Option<Instant>>>);

/// Reads until nothing is left, or it has taken long.
pub(super) async fn tick(app: App, seldom: Seldom) -> Result<Ticked, Error> {
    let store = app.own_store();
    if !app.webhooks().are_any(store).await? {
        app.webhooks().note(None);
        return Ok(Ticked::default());
    }
    if seldom.is_time() {
        store.end_old_periods().await?;
        app.webhooks().note(store.webhook_numbers().await.ok());
    }
    let (begun, mut rows) = (Instant::now(), 0);
    let public_url = app.public_url().map(PublicUrl::as_str);
    while let Some(progress) = webhooks::plan(store, public_url).await? {
        rows += progress.planned.pending;
        telemetry::count_overflow(progress.planned.overflowed);
        if !progress.more || !progress.planned.done {
            break;
        }
        if begun.elapsed() > LONGEST {
            return Ok(Ticked { rows, full: true });
        }
    }
    Ok(Ticked { rows, full: false })
}

impl Seldom {
    /// Whether it is time again; if so, it was done now.
    fn is_time(&self) -> bool {
        let mut last = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let due = last.is_none_or(|last| last.elapsed() >= SELDOM);
        if due {
            *last = Some(Instant::now());
        }
        due
    }
}
