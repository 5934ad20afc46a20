//! Reading a call that records outcomes.

use uuid::Uuid;
use windlass_store::NewOutcome;

use super::fields::take_token;
use crate::input::json::Object;
use crate::input::outcomes::OutcomeReader;

/// The token and the outcomes, one at least.
pub(crate) fn take_outcomes(
    report: &mut Object<'_>,
    outcomes: &OutcomeReader,
) -> Option<(Uuid, Vec<NewOutcome>)> {
    let token = take_token(report);
    let outcomes = report.required("outcomes", |field| outcomes.read(field, 1));
    Some((token?, outcomes?))
}
