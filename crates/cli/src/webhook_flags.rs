//! What can be said about webhooks: whom they may call, and how their secrets are kept.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

/// Whom webhooks may call; names and meanings of the settings.
#[derive(Args, Serialize)]
pub(crate) struct WebhookFlags {
    /// Networks, separated by commas, that webhooks may call beside public addresses, also by plain http, such as
    /// `10.1.0.0/16,fd00::/8` [default: none]
    #[arg(long, env = "WINDLASS_WEBHOOK_ALLOW", value_name = "CIDRS", value_delimiter = ',')]
    #[serde(skip_serializing_if = "Option::is_none")]
    webhook_allow: Option<Vec<String>>,

    /// File with certificates, in PEM, of authorities that vouch for receivers of webhooks beside those of the machine; read at the
    /// start [default: none]
    #[arg(long, env = "WINDLASS_WEBHOOK_CA", value_name = "FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    webhook_ca: Option<PathBuf>,

    /// File with the key that the secrets of webhooks are kept sealed by, alone on one line: base64 of 32 bytes; read at the start
    /// [default: none, they are kept in clear]
    #[arg(long, env = "WINDLASS_SECRET_KEY_FILE", value_name = "FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    secret_key_file: Option<PathBuf>,

    /// File with the key that sealed them before, with --secret-key-file; the start writes them anew [default: none]
    #[arg(long, env = "WINDLASS_SECRET_KEY_FILE_BEFORE", value_name = "FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    secret_key_file_before: Option<PathBuf>,
}
