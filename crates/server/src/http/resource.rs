//! How HTTP names the store's resources: in paths, and when there is none.

use windlass_store::Resource;
use windlass_wire::Code;

/// The first segment of its paths.
pub(super) const fn segment(resource: Resource) -> &'static str {
    said(resource).0
}

/// The code of its absence.
pub(super) const fn not_found(resource: Resource) -> Code {
    said(resource).1
}

const fn said(resource: Resource) -> (&'static str, Code) {
    match resource {
        Resource::Pipeline => ("pipelines", Code::PipelineNotFound),
        Resource::Job => ("jobs", Code::JobNotFound),
        Resource::Task => ("tasks", Code::TaskNotFound),
        Resource::Queue => ("queues", Code::QueueNotFound),
        Resource::Key => ("keys", Code::KeyNotFound),
        Resource::Schedule => ("schedules", Code::ScheduleNotFound),
        Resource::Template => ("templates", Code::TemplateNotFound),
        Resource::Webhook => ("webhooks", Code::WebhookNotFound),
        // Below its webhook: no path begins so.
        Resource::Delivery => ("deliveries", Code::DeliveryNotFound),
    }
}
