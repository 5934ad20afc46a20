//! Tries a webhook out: one call now, in no list and no counter.

use chrono::{DateTime, Utc};
use serde_json::value::RawValue;
use windlass_domain::WebhookFormat;
use windlass_store::{PlannedDelivery, StoredSecrets};

use super::body::{Cloud, message_id, raw, standard};
use super::message::body_of_text;
use super::send::open;
use crate::outbound::{Call, Called, Client, SecretKeys, Unopened};

/// What it is called, in every format.
const TEST: &str = "windlass.test";

/// Sends a test to a webhook.
///
/// # Errors
/// No key of this server opens its secret.
pub(crate) async fn test(
    client: &Client,
    keys: &SecretKeys,
    to: &StoredSecrets,
    at: DateTime<Utc>,
    public_url: Option<&str>,
) -> Result<Called, Unopened> {
    let secrets = open(keys, to)?;
    let format = WebhookFormat::parse(&to.format).unwrap_or(WebhookFormat::Standard);
    let id = message_id(PlannedDelivery::next_id());
    let body = body(format, &id, at, public_url);
    let call = Call { url: &to.url, id, at, media_type: format.media_type(), body, secrets: &secrets };
    Ok(client.call(call).await)
}

/// An object without members.
fn nothing() -> Box<RawValue> {
    raw(&serde_json::Map::new())
}

fn body(format: WebhookFormat, id: &str, at: DateTime<Utc>, public_url: Option<&str>) -> String {
    match format {
        WebhookFormat::Standard => standard(TEST, at, nothing()),
        WebhookFormat::CloudEvents => {
            let cloud = Cloud { id: id.to_owned(), kind: TEST, subject: None, source: public_url, at };
            cloud.body(nothing())
        }
        WebhookFormat::Slack => body_of_text("windlass.test: deliveries reach this channel"),
    }
}
