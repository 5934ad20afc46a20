//! What can be said about connections: bounds towards clients.

use std::num::{NonZeroU32, NonZeroUsize};

use clap::Args;
use serde::Serialize;

use crate::seconds::Seconds;

/// Bounds towards clients; names and meanings of the settings.
#[derive(Args, Serialize)]
pub(crate) struct ConnectionFlags {
    /// Connections of clients at once, at the most; past it the one idle for longest is closed [default: 20000]
    #[arg(long, env = "WINDLASS_MAX_CLIENT_CONNECTIONS", value_name = "CONNECTIONS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    max_client_connections: Option<NonZeroUsize>,

    /// How long a connection is kept open between two calls, in seconds, 1 to 3600; longer than a proxy
    /// before the server keeps its own [default: 75]
    #[arg(long, env = "WINDLASS_IDLE_TIMEOUT", value_name = "SECONDS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    idle_timeout: Option<Seconds<1, 3600>>,

    /// How long the head of a request may take, in seconds, 1 to 3600 [default: 10]
    #[arg(long, env = "WINDLASS_HEAD_TIMEOUT", value_name = "SECONDS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    head_timeout: Option<Seconds<1, 3600>>,

    /// How long a client may take no byte of an answer before its connection is closed, in seconds,
    /// 1 to 3600 [default: 60]
    #[arg(long, env = "WINDLASS_WRITE_TIMEOUT", value_name = "SECONDS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    write_timeout: Option<Seconds<1, 3600>>,

    /// How long a client may pause within a body, in seconds, 1 to 3600 [default: 30]
    #[arg(long, env = "WINDLASS_BODY_IDLE_TIMEOUT", value_name = "SECONDS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    body_idle_timeout: Option<Seconds<1, 3600>>,

    /// How long a whole body may take, in seconds, 1 to 3600 [default: 300]
    #[arg(long, env = "WINDLASS_BODY_TIMEOUT", value_name = "SECONDS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    body_timeout: Option<Seconds<1, 3600>>,

    /// Length of all bodies that are held at once, at the most, in bytes; those up to 64 KiB have 16 MiB
    /// beside [default: 268435456]
    #[arg(long, env = "WINDLASS_MAX_BODIES_BYTES", value_name = "BYTES")]
    #[serde(skip_serializing_if = "Option::is_none")]
    max_bodies_bytes: Option<NonZeroUsize>,

    /// Calls at once on one HTTP/2 connection, at the most [default: 250]
    #[arg(long, env = "WINDLASS_MAX_STREAMS", value_name = "STREAMS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    max_streams: Option<NonZeroU32>,

    /// Calls a minute that a client may take back on one HTTP/2 connection before they are answered; past it
    /// the connection is closed [default: 100]
    #[arg(long, env = "WINDLASS_MAX_RESETS", value_name = "RESETS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    max_resets: Option<NonZeroU32>,

    /// Length of a request's head, at the most, in bytes, 8192 to 1048576 [default: 32768]
    #[arg(long, env = "WINDLASS_MAX_HEAD_BYTES", value_name = "BYTES")]
    #[serde(skip_serializing_if = "Option::is_none")]
    max_head_bytes: Option<u32>,

    /// Headers of a request, at the most [default: 100]
    #[arg(long, env = "WINDLASS_MAX_HEADERS", value_name = "HEADERS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    max_headers: Option<NonZeroUsize>,
}
