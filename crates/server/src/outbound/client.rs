//! Makes a call: one connection, one request, the status of its answer.

use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::{CONTENT_TYPE, HeaderName, RETRY_AFTER};
use tokio::time::{Instant, timeout};
use windlass_domain::AttemptError;

use super::allowed::AllowedAddresses;
use super::failure::word_of;
use super::resolver::Resolver;
use super::retry_after;
use super::roots::WebhookRoots;
use super::secret::Secret;
use super::signature::signatures;
use super::target::Target;

/// How long a call may take, from the look for addresses to the answer's head.
const LONGEST: Duration = Duration::from_secs(15);
const USER_AGENT: &str = concat!("windlass/", env!("CARGO_PKG_VERSION"));
const WEBHOOK_ID: HeaderName = HeaderName::from_static("webhook-id");
const WEBHOOK_TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");
const WEBHOOK_SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");

/// Calls receivers.
#[derive(Clone)]
pub(crate) struct Client {
    by_tls: reqwest::Client,
    plain: reqwest::Client,
    allowed: AllowedAddresses,
}

/// A call to make.
pub(crate) struct Call<'a> {
    /// The URL, as it was set.
    pub(crate) url: &'a str,
    /// `webhook-id`.
    pub(crate) id: String,
    /// When it is made.
    pub(crate) at: DateTime<Utc>,
    /// The media type of the body.
    pub(crate) media_type: &'static str,
    /// What is sent.
    pub(crate) body: String,
    /// What signs it.
    pub(crate) secrets: &'a [Secret],
}

/// What became of a call.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Called {
    /// The status of the answer, if there was one.
    pub(crate) status: Option<u16>,
    /// Why it did not succeed; `None`: it did.
    pub(crate) error: Option<AttemptError>,
    /// How long the receiver asks to be left alone.
    pub(crate) retry_after: Option<Duration>,
    /// How long it took.
    pub(crate) took: Duration,
}

impl Client {
    /// One that calls what is public and what is allowed.
    ///
    /// # Errors
    /// The machine has no way to verify whom it calls.
    pub(crate) fn new(allowed: AllowedAddresses, roots: &WebhookRoots) -> Result<Self, reqwest::Error> {
        let client = |plain: bool| {
            let client = || {
                reqwest::Client::builder()
                    .user_agent(USER_AGENT)
                    .no_proxy()
                    .redirect(reqwest::redirect::Policy::none())
                    .referer(false)
                    // A connection that is kept would not be looked for anew.
                    .pool_max_idle_per_host(0)
                    .dns_resolver(Resolver { allowed: allowed.clone(), plain })
            };
            client().tls_certs_merge(roots.certificates()).build().or_else(|error| {
                // A machine without any is no reason not to start; calls to receivers of whom nobody vouches fail.
                tracing::warn!(%error, "the machine has no certificates to verify receivers of webhooks by; --webhook-ca names some");
                client().tls_certs_only(roots.certificates()).build()
            })
        };
        Ok(Self { by_tls: client(false)?, plain: client(true)?, allowed })
    }

    /// What it may call beside what is public.
    pub(crate) fn allowed(&self) -> &AllowedAddresses {
        &self.allowed
    }

    /// Makes a call.
    pub(crate) async fn call(&self, call: Call<'_>) -> Called {
        let begun = Instant::now();
        let Ok(target) = Target::parse(call.url, &self.allowed) else {
            // It was taken under other settings.
            return Called {
                status: None,
                error: Some(AttemptError::AddressRefused),
                retry_after: None,
                took: begun.elapsed(),
            };
        };
        let answered = timeout(LONGEST, self.send(&target, &call)).await;
        let took = begun.elapsed();
        let response = match answered {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => {
                return Called { status: None, error: Some(word_of(&error)), retry_after: None, took };
            }
            Err(_) => {
                return Called { status: None, error: Some(AttemptError::Timeout), retry_after: None, took };
            }
        };
        let status = response.status();
        let error = (!status.is_success()).then_some(AttemptError::HttpStatus);
        let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        let retry_after = error.and(retry_after).and_then(|text| retry_after::read(text, call.at + took));
        // Its body is not read: with the answer, the connection ends.
        Called { status: Some(status.as_u16()), error, retry_after, took }
    }

    async fn send(&self, target: &Target, call: &Call<'_>) -> Result<reqwest::Response, reqwest::Error> {
        let client = if target.is_plain() { &self.plain } else { &self.by_tls };
        let timestamp = call.at.timestamp();
        let signature = signatures(call.secrets, &call.id, timestamp, call.body.as_bytes());
        client
            .post(target.url().clone())
            .header(CONTENT_TYPE, call.media_type)
            .header(WEBHOOK_ID, &call.id)
            .header(WEBHOOK_TIMESTAMP, timestamp)
            .header(WEBHOOK_SIGNATURE, signature)
            .body(call.body.clone())
            .send()
            .await
    }
}
