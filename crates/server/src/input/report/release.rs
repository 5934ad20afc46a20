//! Reading a release.

use uuid::Uuid;
use windlass_domain::Limits;
use windlass_store::{Caller, Release};

use super::fields::{take_checkpoint, take_token};
use crate::input::json::Object;
use crate::input::log::take_lines;

/// The fields of a release beside the id.
pub(crate) fn take_release(report: &mut Object<'_>, caller: Caller, id: Uuid) -> Option<Release> {
    let token = take_token(report);
    let delay = report.optional("delay_seconds", |field| field.seconds(Limits::DELAY_SECONDS));
    let checkpoint = take_checkpoint(report);
    let lines = take_lines(report).unwrap_or_default();
    Some(Release { caller, id, token: token?, delay: delay.unwrap_or_default(), checkpoint, lines })
}
