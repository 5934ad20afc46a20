//! What is said of a webhook: of a new one, and of one that is changed.

use windlass_domain::{EventPattern, WebhookFormat};

/// A webhook to make. It has no `Debug`: URL and secret are nobody's to see.
#[derive(Clone)]
pub struct NewWebhook {
    /// Where its deliveries go.
    pub url: String,
    /// Which events it wants, none twice.
    pub events: Vec<EventPattern>,
    /// Which of them, as JSON.
    pub filter: String,
    /// In which words.
    pub format: WebhookFormat,
    /// For people.
    pub description: Option<String>,
    /// Whether it begins paused.
    pub paused: bool,
    /// What signs, as it is kept.
    pub secret: Vec<u8>,
}

/// What changes of a webhook; `None`: nothing.
#[derive(Clone, Default)]
pub struct WebhookChange {
    /// Where its deliveries go, those that are pending as well.
    pub url: Option<String>,
    /// Which events it wants, none twice.
    pub events: Option<Vec<EventPattern>>,
    /// Which of them, as JSON.
    pub filter: Option<String>,
    /// In which words.
    pub format: Option<WebhookFormat>,
    /// For people; a change to `None` takes it off.
    pub description: Option<Option<String>>,
    /// Whether it is paused.
    pub paused: Option<bool>,
}
