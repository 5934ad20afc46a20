//! What can be said about who may call.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use crate::settings::AuthMode;

/// Who may call; names and meanings of the settings.
#[derive(Args, Serialize)]
pub(crate) struct AccessFlags {
    /// Whether callers need a key: `keys`, or `open` for none; `windlass key create` makes the first one
    /// [default: open where --listen is a loopback address, else keys]
    #[arg(long, env = "WINDLASS_AUTH", value_name = "MODE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    auth: Option<AuthMode>,

    /// File that holds a key of your own that may do everything, alone on one line of 32 to 512 visible ASCII characters;
    /// it exists for as long as this is set, and is read again on SIGHUP and within 10 seconds of a change
    /// [default: none]
    #[arg(long, env = "WINDLASS_BOOTSTRAP_KEY_FILE", value_name = "FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    bootstrap_key_file: Option<PathBuf>,
}
