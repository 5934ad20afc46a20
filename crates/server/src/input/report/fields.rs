//! What the reports of a worker have in common: the token and the metrics.

use uuid::Uuid;
use windlass_domain::{Json, Limits};
use windlass_store::Checkpoint;

use crate::input::json::Object;

/// The token of the lease. Text that is no UUID was never a token: it reads as one that nobody holds, and what
/// becomes of it is the store's to say, as for any other token that is not current.
pub(super) fn take_token(report: &mut Object<'_>) -> Option<Uuid> {
    report.required("lease_token", |field| {
        field.string().map(|text| Uuid::try_parse(&text).unwrap_or(Uuid::nil()))
    })
}

/// What becomes of the checkpoint: left out it stays, null takes it away.
pub(super) fn take_checkpoint(report: &mut Object<'_>) -> Checkpoint {
    let said = report.present("checkpoint", |field| {
        if field.is_null() {
            return Some(Checkpoint::Dropped);
        }
        field.json(Limits::CHECKPOINT_BYTES).map(Checkpoint::Set)
    });
    said.unwrap_or_default()
}

/// Up to 32 numbers by name, passed on as they came.
pub(super) fn take_metrics(report: &mut Object<'_>, limits: &Limits) -> Option<Json> {
    report.optional("metrics", |field| {
        field.map(0..=Limits::METRICS, |_, number| number.number((f64::MIN, f64::MAX)).map(|_| ()))?;
        field.json_object(limits.json_bytes)
    })
}
