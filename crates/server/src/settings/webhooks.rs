//! Whom webhooks may call, and how their secrets are kept.

use crate::outbound::{AllowedAddresses, SecretKey, WebhookRoots};

/// The settings of webhooks.
#[derive(Clone, Default)]
pub struct Webhooks {
    /// Networks that may be called beside what is public, also without TLS; default none.
    pub allowed: AllowedAddresses,
    /// Authorities that vouch for receivers beside those of the machine; default none.
    pub roots: WebhookRoots,
    /// What secrets are sealed by; default none: they are kept in clear.
    pub secret_key: Option<SecretKey>,
    /// What they were sealed by before, and are not any more once the server has started; default none.
    pub secret_key_before: Option<SecretKey>,
}
