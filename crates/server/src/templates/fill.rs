//! A template filled in as it was ordered.

use std::time::{Duration, Instant};

use windlass_templates::{Given, RenderError, Rendered, Run, Template};

use super::failure::Failure;
use crate::input::Order;

/// How long one rendering may take.
const LONGEST: Duration = Duration::from_secs(2);

/// Fills a kept template in.
///
/// # Errors
/// [`Failure::Wrong`], [`Failure::Render`].
pub(super) fn fill(kept: &windlass_store::Template, order: &Order, run: &Run) -> Result<Rendered, Failure> {
    let begun = Instant::now();
    // A template that was put is well-formed. One that a later version of the server no longer takes fails like one that cannot be filled in.
    let template = Template::parse(&kept.parameters, &kept.pipeline).map_err(|mut faults| {
        let first = faults.swap_remove(0);
        Failure::from(RenderError::Failed(first))
    })?;
    let text = |value: &str| serde_json::to_string(value).expect("any text is JSON");
    let name = order.name.as_ref().map(|name| text(name.as_str()));
    let priority = order.priority.map(|priority| text(priority.as_str()));
    let correlation_id = order.correlation_id.as_ref().map(|id| text(id.as_str()));
    let deadline_at = order.deadline_at.as_deref().map(text);
    let given = Given {
        parameters: order.parameters.as_ref().map_or("{}", windlass_domain::Json::as_str),
        name: name.as_deref(),
        priority: priority.as_deref(),
        correlation_id: correlation_id.as_deref(),
        metadata: order.metadata.as_ref().map(windlass_domain::Json::as_str),
        paused: order.paused.map(|paused| if paused { "true" } else { "false" }),
        deadline_at: deadline_at.as_deref(),
    };
    Ok(template.render(&given, run, &|| begun.elapsed() > LONGEST)?)
}
