//! Reading progress.

use uuid::Uuid;
use windlass_domain::Message;
use windlass_store::Progress;

use super::fields::{take_checkpoint, take_token};
use crate::input::json::Object;

/// The fields of progress beside the id.
pub(crate) fn take_progress(report: &mut Object<'_>, id: Uuid) -> Option<Progress> {
    let token = take_token(report);
    let current = report.required("current", |field| field.number((0.0, f64::MAX)));
    let total = report.optional("total", |field| field.number((0.0, f64::MAX)));
    let message = report.optional("message", |field| field.text(Message::parse).map(Message::into_string));
    let checkpoint = take_checkpoint(report);
    Some(Progress { id, token: token?, current: current?, total, message, checkpoint })
}
