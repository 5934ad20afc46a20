//! What a server must know.

mod allowed_host;
mod auth;
mod bootstrap_key;
mod connections;
mod host_name;
mod jobnik;
mod origins;
mod public_url;
mod webhooks;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use windlass_domain::Limits;
use windlass_store::{Pooler, Retention, Schema};

pub use allowed_host::{AllowedHost, NoHost};
pub use auth::Auth;
pub use bootstrap_key::{BootstrapKey, NoBootstrapKey};
pub use connections::Connections;
pub(crate) use host_name::HostName;
pub use jobnik::Jobnik;
pub(crate) use origins::Origin;
pub use origins::{CorsOrigins, NoOrigin};
pub use public_url::{NoPublicUrl, PublicUrl};
pub use webhooks::Webhooks;

use crate::telemetry::Traces;
use crate::tls::Tls;

/// The settings of a server.
#[derive(Clone)]
pub struct Settings {
    /// A `postgres://` URL; required. It may hold a password, so these settings are not shown by `Debug`.
    pub database_url: String,
    /// Where to listen; default 127.0.0.1:7070. Port 0 lets the system choose: see
    /// [`Server::local_addr`](crate::Server::local_addr).
    pub listen: SocketAddr,
    /// Whether callers need a key; default [`Auth::Open`].
    pub auth: Auth,
    /// The key that a setting brings, whose text may be changed while the server runs; default none.
    pub bootstrap_key: BootstrapKey,
    /// Where clients reach it behind a proxy; default none: `Location` is a path, and the document at `/openapi.json` names no server. The proxy
    /// takes the path of this URL off.
    pub public_url: Option<PublicUrl>,
    /// By which hosts a server in mode [`Auth::Open`] may be reached beside those of loopback and its own addresses; default none.
    pub allowed_hosts: Vec<AllowedHost>,
    /// Pages of which origins may call from a browser, beside its own; default none. Any in mode [`Auth::Keys`] only.
    pub cors_origins: CorsOrigins,
    /// Certificate and key; default none: plain HTTP.
    pub tls: Option<Tls>,
    /// Where to answer `/metrics`, `/healthz` and `/readyz` alone, plain and without a key, beside [`listen`](Self::listen); default nowhere.
    pub metrics_listen: Option<SocketAddr>,
    /// Bounds of what one request may carry, each with the default of the contract.
    pub limits: Limits,
    /// Database connections at the most; default 20.
    pub max_connections: u32,
    /// How long ended pipelines are kept, with all that hangs on them, and events; default 30 days each.
    pub retention: Retention,
    /// The schema of the database that the tables are in; default `public`. Servers of other schemas know nothing of each other.
    pub schema: Schema,
    /// What lies between this process and its database; default nothing. Behind a pooler by transaction nothing is announced to other servers, and
    /// a start leaves the schema as it is.
    pub pooler: Pooler,
    /// Whether servers on one database announce to each other by `NOTIFY` what can be leased; default true. Without it, a worker that waits at
    /// another server than the one that made a task ready gets it within a second.
    pub notify: bool,
    /// How long a server that is asked to [drain](crate::Stop::drain) serves on, so that proxies and clients find another one; default 5 s.
    /// More than 15 s leave too little of the 20 s that an end may take.
    pub drain: Duration,
    /// Whether a start brings the schema up to date; default true. Otherwise one that is not up to date ends the start.
    pub migrate: bool,
    /// Bounds towards clients.
    pub connections: Connections,
    /// Where traces go; default none: nothing is traced.
    pub traces: Option<Traces>,
    /// Whom webhooks may call, and how their secrets are kept.
    pub webhooks: Webhooks,
    /// What Jobnik's clients are answered.
    pub jobnik: Jobnik,
    /// How many lines the caller's log has dropped so far, for the metrics; default none.
    pub dropped_log_lines: Arc<AtomicU64>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            database_url: String::new(),
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 7070)),
            bootstrap_key: BootstrapKey::default(),
            public_url: None,
            auth: Auth::default(),
            allowed_hosts: Vec::new(),
            cors_origins: CorsOrigins::default(),
            tls: None,
            metrics_listen: None,
            limits: Limits::default(),
            max_connections: 20,
            schema: Schema::default(),
            pooler: Pooler::default(),
            retention: Retention::default(),
            notify: true,
            drain: Duration::from_secs(5),
            migrate: true,
            connections: Connections::default(),
            traces: None,
            webhooks: Webhooks::default(),
            jobnik: Jobnik::default(),
            dropped_log_lines: Arc::default(),
        }
    }
}
