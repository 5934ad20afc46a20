//! What every request and loop shares.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio_util::task::TaskTracker;
use windlass_domain::{Limits, Scopes};
use windlass_store::Store;

use crate::background::LastVitals;
use crate::document::Document;
use crate::engine::{Engine, Progress, Tail};
use crate::health::Health;
use crate::history::Minutes;
use crate::http::{Budget, Crowd, Keys};
use crate::jobnik::Jobnik;
use crate::outbound::{Client, SecretKeys};
use crate::settings::{AllowedHost, Auth, Connections, CorsOrigins, PublicUrl};
use crate::stop::Stop;
use crate::telemetry::Traces;
use crate::templates::Renderer;
use crate::webhooks::KnownWebhooks;

/// Handles to what is shared; cheap to clone.
#[derive(Clone)]
pub(crate) struct App {
    parts: Arc<Parts>,
    /// Where everything is stored, for calls that leave workers a share of the connections.
    store: Arc<Store>,
}

/// What an [`App`] is made of.
pub(crate) struct Parts {
    /// Where everything is stored, with all connections to it.
    pub(crate) own_store: Store,
    /// Whether callers need a key.
    pub(crate) auth: Auth,
    /// The keys that are known.
    pub(crate) keys: Arc<Keys>,
    pub(crate) engine: Engine,
    pub(crate) tail: Arc<Tail>,
    pub(crate) progress: Arc<Progress>,
    /// Where templates are filled in.
    pub(crate) renderer: Renderer,
    /// The same for schedules, whose runs never wait for what people ask for.
    pub(crate) schedule_renderer: Renderer,
    pub(crate) limits: Limits,
    pub(crate) connections: Connections,
    /// How many bytes of bodies are held at once.
    pub(crate) bodies: Budget,
    /// All connections of clients.
    pub(crate) crowd: Arc<Crowd>,
    pub(crate) health: Arc<Health>,
    /// How the database was doing when it was last asked.
    pub(crate) vitals: Arc<LastVitals>,
    /// What of the history of queues this server has not added yet.
    pub(crate) minutes: Arc<Minutes>,
    pub(crate) metrics: PrometheusHandle,
    /// Where traces go.
    pub(crate) traces: Option<Traces>,
    /// How many lines the process's log has dropped.
    pub(crate) dropped_log_lines: Arc<AtomicU64>,
    /// The document served at `/openapi.json`.
    pub(crate) openapi: Document,
    /// Where clients reach the server; `None`: as they did.
    pub(crate) public_url: Option<PublicUrl>,
    /// Whether clients speak TLS to it.
    pub(crate) has_tls: bool,
    /// By which hosts it may be reached without one.
    pub(crate) allowed_hosts: Vec<AllowedHost>,
    /// Pages of which origins may call.
    pub(crate) cors_origins: CorsOrigins,
    /// Calls receivers of webhooks.
    pub(crate) client: Client,
    /// What their secrets are sealed by.
    pub(crate) secret_keys: SecretKeys,
    /// Jobnik's surface.
    pub(crate) jobnik: Jobnik,
    /// What is known of webhooks.
    pub(crate) webhooks: Arc<KnownWebhooks>,
    /// How it is asked to end.
    pub(crate) stop: Stop,
    /// Calls that were begun before that, and are yet to be answered.
    pub(crate) begun: TaskTracker,
    /// Bodies that are yet to come to their end.
    pub(crate) arriving: TaskTracker,
}

impl App {
    /// Shares the parts, and the store for calls that leave workers a share of the connections.
    pub(crate) fn new(parts: Parts, sharing: Store) -> Self {
        Self { parts: Arc::new(parts), store: Arc::new(sharing) }
    }

    /// The same, in which lists look that long for rows that no index finds; default 1 s.
    pub(crate) fn looking_for(&self, looks_for: Duration) -> Self {
        Self { store: Arc::new(self.store.looking_for(looks_for)), ..self.clone() }
    }

    /// Where everything is stored, for calls of those who are no workers: they leave workers a share of the database connections.
    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    /// The same for the server's own work and what workers report, with all connections.
    pub(crate) fn own_store(&self) -> &Store {
        &self.parts.own_store
    }

    /// Whether callers need a key.
    pub(crate) fn auth(&self) -> Auth {
        self.parts.auth
    }

    /// Whether there is anything that callers may do without a key.
    pub(crate) fn may_be_asked_without_a_key(&self) -> bool {
        self.auth() == Auth::Open || self.jobnik().settings.anonymous != Scopes::default()
    }

    /// The keys that are known.
    pub(crate) fn keys(&self) -> &Arc<Keys> {
        &self.parts.keys
    }

    /// What dequeues and reports go through.
    pub(crate) fn engine(&self) -> &Engine {
        &self.parts.engine
    }

    /// The audit's end, for all who watch it.
    pub(crate) fn tail(&self) -> &Arc<Tail> {
        &self.parts.tail
    }

    /// How far jobs are, for all who watch it.
    pub(crate) fn progress(&self) -> &Arc<Progress> {
        &self.parts.progress
    }

    /// Where templates are checked and filled in.
    pub(crate) fn renderer(&self) -> &Renderer {
        &self.parts.renderer
    }

    /// Where the runs of schedules are filled in.
    pub(crate) fn schedule_renderer(&self) -> &Renderer {
        &self.parts.schedule_renderer
    }

    /// The bounds towards clients.
    pub(crate) fn connections(&self) -> &Connections {
        &self.parts.connections
    }

    /// How many bytes of bodies are held at once.
    pub(crate) fn bodies(&self) -> &Budget {
        &self.parts.bodies
    }

    /// All connections of clients.
    pub(crate) fn crowd(&self) -> &Arc<Crowd> {
        &self.parts.crowd
    }

    /// The configured bounds.
    pub(crate) fn limits(&self) -> &Limits {
        &self.parts.limits
    }

    /// Whether the database and the background loops are well.
    pub(crate) fn health(&self) -> &Arc<Health> {
        &self.parts.health
    }

    /// How the database was doing when it was last asked.
    pub(crate) fn vitals(&self) -> &Arc<LastVitals> {
        &self.parts.vitals
    }

    /// What of the history of queues this server has not added yet.
    pub(crate) fn minutes(&self) -> &Arc<Minutes> {
        &self.parts.minutes
    }

    /// The metrics of this process.
    pub(crate) fn metrics(&self) -> &PrometheusHandle {
        &self.parts.metrics
    }

    /// Where traces go; `None`: nothing is traced.
    pub(crate) fn traces(&self) -> Option<&Traces> {
        self.parts.traces.as_ref()
    }

    /// How many lines the process's log has dropped so far.
    pub(crate) fn dropped_log_lines(&self) -> u64 {
        self.parts.dropped_log_lines.load(Ordering::Relaxed)
    }

    /// The document served at `/openapi.json`; all answers share its bytes.
    pub(crate) fn openapi(&self) -> Bytes {
        Bytes::clone(&self.parts.openapi)
    }

    /// Where clients reach the server; `None`: as they did.
    pub(crate) fn public_url(&self) -> Option<&PublicUrl> {
        self.parts.public_url.as_ref()
    }

    /// Whether clients speak TLS to it.
    pub(crate) fn has_tls(&self) -> bool {
        self.parts.has_tls
    }

    /// By which hosts it may be reached without one, beside those of loopback and its own addresses.
    pub(crate) fn allowed_hosts(&self) -> &[AllowedHost] {
        &self.parts.allowed_hosts
    }

    /// Pages of which origins may call, beside its own.
    pub(crate) fn cors_origins(&self) -> &CorsOrigins {
        &self.parts.cors_origins
    }

    /// Calls receivers of webhooks.
    pub(crate) fn client(&self) -> &Client {
        &self.parts.client
    }

    /// What the secrets of webhooks are sealed by.
    pub(crate) fn secret_keys(&self) -> &SecretKeys {
        &self.parts.secret_keys
    }

    /// Jobnik's surface.
    pub(crate) fn jobnik(&self) -> &Jobnik {
        &self.parts.jobnik
    }

    /// What is known of webhooks.
    pub(crate) fn webhooks(&self) -> &Arc<KnownWebhooks> {
        &self.parts.webhooks
    }

    /// Whether the server was asked to end, and how far it is.
    pub(crate) fn stop(&self) -> &Stop {
        &self.parts.stop
    }

    /// Calls that were begun before the stop.
    pub(crate) fn begun(&self) -> &TaskTracker {
        &self.parts.begun
    }

    /// Bodies that are yet to come to their end.
    pub(crate) fn arriving(&self) -> &TaskTracker {
        &self.parts.arriving
    }
}
