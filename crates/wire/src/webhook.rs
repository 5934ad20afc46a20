//! Webhooks: who is told of what happens.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::patch::null_is_a_value;

/// The form of a delivery's body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum WebhookFormat {
    /// As Standard Webhooks has it: type, timestamp and data.
    #[default]
    Standard,
    /// `CloudEvents` 1.0, structured.
    CloudEvents,
    /// A message for Slack and its like: a text.
    Slack,
}

/// Which of the events of its list a webhook wants: all conditions that are set have to hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct WebhookFilter {
    /// Only those of pipelines of this name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false, min_length = 1, max_length = 200))]
    pub pipeline_name: Option<String>,
    /// Only those of pipelines made from the template of this name, and of schedules of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false, pattern = "^[A-Za-z0-9._-]{1,100}$"))]
    pub template: Option<String>,
    /// Only those of the schedule of this name and of its pipelines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false, pattern = "^[A-Za-z0-9._-]{1,100}$"))]
    pub schedule: Option<String>,
    /// Only those of jobs of these types and their tasks, 1 to 50; none of pipelines and schedules.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false, min_items = 1, max_items = 50))]
    pub types: Option<Vec<String>>,
    /// Only those of pipelines whose metadata has exactly these texts as top-level members, 1 to 50.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub metadata: Option<BTreeMap<String, String>>,
}

/// A webhook as it is shown: the fields that every answer has, and those of its own at the end.
macro_rules! webhook {
    ($(#[$about:meta])* $name:ident { $($own:tt)* }) => {
        $(#[$about])*
        #[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub struct $name {
            /// `UUIDv7`, made by the server.
            pub id: Uuid,
            /// Where deliveries go; to a key without the scope `operate` only scheme, host and port, and `/…`.
            #[cfg_attr(feature = "openapi", schema(examples("https://hooks.example/windlass")))]
            pub url: String,
            /// Which events it is told: of the list, or wildcards.
            #[cfg_attr(feature = "openapi", schema(examples(json!(["pipeline.failed"]))))]
            pub events: Vec<String>,
            /// Which of these.
            pub filter: WebhookFilter,
            /// In which words.
            pub format: WebhookFormat,
            /// For people.
            #[cfg_attr(feature = "openapi", schema(required))]
            pub description: Option<String>,
            /// Whether nothing is delivered.
            pub paused: bool,
            /// Why it is paused, as a person or the server put it.
            #[cfg_attr(feature = "openapi", schema(required))]
            pub reason: Option<String>,
            /// When it was made.
            pub created_at: DateTime<Utc>,
            /// The name of the key that made it; null where none was needed.
            #[cfg_attr(feature = "openapi", schema(required))]
            pub created_by: Option<String>,
            /// When it was last changed.
            pub updated_at: DateTime<Utc>,
            /// When a delivery last succeeded.
            #[cfg_attr(feature = "openapi", schema(required))]
            pub last_delivered_at: Option<DateTime<Utc>>,
            /// When an attempt first failed since the last success; null where none has.
            #[cfg_attr(feature = "openapi", schema(required))]
            pub failing_since: Option<DateTime<Utc>>,
            /// Deliveries that are to be tried, 100,000 at the most, with those that were retried by hand.
            pub pending: u64,
            /// Deliveries that were not tried because too many were pending; the newest 100,000 of them can be retried.
            pub overflowed: u64,
            $($own)*
        }
    };
}

webhook! {
    /// A webhook, without its secret. It has no `Debug`: its URL may be one.
    Webhook {}
}

webhook! {
    /// A [`Webhook`] with its secret, as it is shown when it was made and after a rotation, and never again. It has no `Debug`, so that no log shows it.
    WebhookWithSecret {
        /// What signs deliveries: `whsec_` and base64 of 24 to 64 bytes.
        #[cfg_attr(feature = "openapi", schema(pattern = "^whsec_[A-Za-z0-9+/]+={0,2}$"))]
        pub secret: String,
    }
}

/// A webhook to make.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewWebhook {
    /// Where deliveries go, up to 2,000 characters: https, port 443 or 1024 and up, no user, and no address that is not public; what the
    /// setting `--webhook-allow` names as well.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 2000))]
    pub url: String,
    /// Which events it is told, 1 to 50, none twice: `pipeline.STATE`, `job.STATE`, `task.STATE`, `pipeline.paused` and `pipeline.resumed`, likewise of
    /// jobs, `schedule.failed`, `schedule.missed`, or the wildcards `pipeline.*`, `job.*`, `task.*`, `schedule.*`, `*`.
    #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 50))]
    pub events: Vec<String>,
    /// Which of these; default `{}`, all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub filter: Option<WebhookFilter>,
    /// In which words, default `standard`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub format: Option<WebhookFormat>,
    /// For people, up to 1,000 characters; default null.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 1000))]
    pub description: Option<String>,
    /// What signs: `whsec_` and base64 of 24 to 64 bytes; default null, the server makes one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(pattern = "^whsec_[A-Za-z0-9+/]+={0,2}$"))]
    pub secret: Option<String>,
    /// Whether it begins paused; default false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub paused: Option<bool>,
}

/// What to change of a webhook; what is left out stays.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PatchWebhook {
    /// Where deliveries go; one that ends in `/…`, as it is shown where it is masked, is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false, min_length = 1, max_length = 2000))]
    pub url: Option<String>,
    /// Which events it is told, 1 to 50, none twice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false, min_items = 1, max_items = 50))]
    pub events: Option<Vec<String>>,
    /// Which of these, as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub filter: Option<WebhookFilter>,
    /// In which words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub format: Option<WebhookFormat>,
    /// For people, up to 1,000 characters; null takes it off.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "null_is_a_value")]
    #[cfg_attr(feature = "openapi", schema(max_length = 1000))]
    pub description: Option<Option<String>>,
    /// Whether it is paused, as the verbs do it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub paused: Option<bool>,
}

/// How to give a webhook a new secret; the whole body is optional. It has no `Debug`, so that no log shows it.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RotateWebhookSecret {
    /// The new one: `whsec_` and base64 of 24 to 64 bytes; default null, the server makes one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(pattern = "^whsec_[A-Za-z0-9+/]+={0,2}$"))]
    pub secret: Option<String>,
    /// Seconds for which the one before signs as well, 0 to 30 days; default 86,400, a day.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "crate::number::plain_or_null"
    )]
    #[cfg_attr(feature = "openapi", schema(nullable = false, minimum = 0, maximum = 2_592_000))]
    pub overlap_seconds: Option<f64>,
}

/// How to try a webhook out: there is nothing to say; the whole body is optional.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TestWebhook {}

/// What became of a test.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WebhookTest {
    /// Whether the receiver has taken it: any status of 2xx within 15 s.
    pub delivered: bool,
    /// The status of the answer; null where there was none.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub status: Option<u16>,
    /// Why it did not succeed.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub error: Option<DeliveryError>,
    /// How long it took.
    #[serde(serialize_with = "crate::number::plain")]
    pub took_seconds: f64,
}

/// The state of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// To be tried, now or later.
    Pending,
    /// The receiver has taken it.
    Delivered,
    /// It is not tried any more.
    Failed,
}

/// Why an attempt did not succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DeliveryError {
    /// The name has no address.
    Dns,
    /// An address is none that may be called.
    AddressRefused,
    /// Nobody took the connection.
    Connect,
    /// The other side has not proved who it is.
    Tls,
    /// No answer came within 15 s.
    Timeout,
    /// The connection ended before an answer.
    Reset,
    /// The answer was none of 2xx.
    HttpStatus,
    /// The server that made the attempt has gone.
    Interrupted,
    /// It was not tried: too many were pending.
    Overflow,
}

/// One attempt of a delivery.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeliveryAttempt {
    /// When it began.
    pub at: DateTime<Utc>,
    /// The status of the answer; null where there was none. Nothing else of an answer is kept.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub status: Option<u16>,
    /// Why it did not succeed; null where it did.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub error: Option<DeliveryError>,
    /// How long it took; null of one that was interrupted.
    #[serde(serialize_with = "crate::number::plain_or_null")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub took_seconds: Option<f64>,
}

/// An event for a webhook, and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Delivery {
    /// `UUIDv7`, made by the server; `webhook-id` is `msg_` and this.
    pub id: Uuid,
    /// The id of the event.
    pub event_id: String,
    /// What happened.
    #[cfg_attr(feature = "openapi", schema(examples("pipeline.failed")))]
    pub r#type: String,
    /// What became of it.
    pub state: DeliveryState,
    /// Its attempts, the newest 100, oldest first.
    pub attempts: Vec<DeliveryAttempt>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it is tried next; null where it has ended.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub next_attempt_at: Option<DateTime<Utc>>,
    /// When the receiver took it.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub delivered_at: Option<DateTime<Utc>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_said_is_not_sent() {
        let new = NewWebhook {
            url: "https://a.example".to_owned(),
            events: vec!["*".to_owned()],
            ..NewWebhook::default()
        };
        assert_eq!(serde_json::to_string(&new).unwrap(), r#"{"url":"https://a.example","events":["*"]}"#);
        assert_eq!(serde_json::to_string(&PatchWebhook::default()).unwrap(), "{}");
        let off = PatchWebhook { description: Some(None), ..PatchWebhook::default() };
        assert_eq!(serde_json::to_string(&off).unwrap(), r#"{"description":null}"#);
        assert!(serde_json::from_str::<PatchWebhook>(r#"{"description":null}"#).unwrap() == off);
        assert_eq!(serde_json::to_string(&RotateWebhookSecret::default()).unwrap(), "{}");
    }

    #[test]
    fn formats_and_errors_are_the_contracts_words() {
        let words = [WebhookFormat::Standard, WebhookFormat::CloudEvents, WebhookFormat::Slack];
        assert_eq!(serde_json::to_string(&words).unwrap(), r#"["standard","cloudevents","slack"]"#);
        assert_eq!(serde_json::to_string(&DeliveryError::AddressRefused).unwrap(), r#""address_refused""#);
    }
}
