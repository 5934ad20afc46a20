//! What can be said about TLS, the listener for metrics, and pages in browsers.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

/// How clients reach the server, and which; names and meanings of the settings.
#[derive(Args, Serialize)]
pub(crate) struct NetworkFlags {
    /// File with the certificate for HTTPS and those that vouch for it, in PEM, with --tls-key; read again on SIGHUP and
    /// within 10 seconds of a change [default: none, plain HTTP]
    #[arg(long, env = "WINDLASS_TLS_CERT", value_name = "FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    tls_cert: Option<PathBuf>,

    /// File with the certificate's private key, in PEM and not encrypted, with --tls-cert [default: none]
    #[arg(long, env = "WINDLASS_TLS_KEY", value_name = "FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    tls_key: Option<PathBuf>,

    /// Second address and port, where /metrics, /healthz and /readyz alone are answered, without TLS and without a key
    /// [default: none]
    #[arg(long, env = "WINDLASS_METRICS_LISTEN", value_name = "ADDRESS:PORT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    metrics_listen: Option<SocketAddr>,

    /// Names and addresses, separated by commas, by which a server that asks for no key may be reached beside localhost and the
    /// address that it was connected to, on any port [default: none]
    #[arg(long, env = "WINDLASS_ALLOWED_HOSTS", value_name = "HOSTS", value_delimiter = ',')]
    #[serde(skip_serializing_if = "Option::is_none")]
    allowed_hosts: Option<Vec<String>>,

    /// Origins, separated by commas, whose pages may call from a browser, such as `https://app.example`; `*` for all, only
    /// where keys are asked for [default: none]
    #[arg(long, env = "WINDLASS_CORS_ORIGINS", value_name = "ORIGINS", value_delimiter = ',')]
    #[serde(skip_serializing_if = "Option::is_none")]
    cors_origins: Option<Vec<String>>,
}
