//! What every request and loop shares.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio_util::task::TaskTracker;
use windlass_domain::Limits;
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
pub(crate) struct App(Arc<Parts>);

/// What an [`App`] is made of.
pub(crate) struct Parts {
    /// Of which workers' calls and the server's own work use all connections, and other calls leave them a share.
    pub(crate) own_store: Store,
    /// The same for those other calls.
    pub(crate) store: Store,
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
    /// Shares the parts.
    pub(crate) fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// Where everything is stored, for calls of those who are no workers: they leave workers a share of the database connections.
    pub(crate) fn store(&self) -> &Store {
        &self.0.store
    }

    /// The same for the server's own work and what workers report, with all connections.
    pub(crate) fn own_store(&self) -> &Store {
        &self.0.own_store
    }

    /// Whether callers need a key.
    pub(crate) fn auth(&self) -> Auth {
        self.0.auth
    }

    /// The keys that are known.
    pub(crate) fn keys(&self) -> &Arc<Keys> {
        &self.0.keys
    }

    /// What dequeues and reports go through.
    pub(crate) fn engine(&self) -> &Engine {
        &self.0.engine
    }

    /// The audit's end, for all who watch it.
    pub(crate) fn tail(&self) -> &Arc<Tail> {
        &self.0.tail
    }

    /// How far jobs are, for all who watch it.
    pub(crate) fn progress(&self) -> &Arc<Progress> {
        &self.0.progress
    }

    /// Where templates are checked and filled in.
    pub(crate) fn renderer(&self) -> &Renderer {
        &self.0.renderer
    }

    /// Where the runs of schedules are filled in.
    pub(crate) fn schedule_renderer(&self) -> &Renderer {
        &self.0.schedule_renderer
    }

    /// The bounds towards clients.
    pub(crate) fn connections(&self) -> &Connections {
        &self.0.connections
    }

    /// How many bytes of bodies are held at once.
    pub(crate) fn bodies(&self) -> &Budget {
        &self.0.bodies
    }

    /// All connections of clients.
    pub(crate) fn crowd(&self) -> &Arc<Crowd> {
        &self.0.crowd
    }

    /// The configured bounds.
    pub(crate) fn limits(&self) -> &Limits {
        &self.0.limits
    }

    /// Whether the database and the background loops are well.
    pub(crate) fn health(&self) -> &Arc<Health> {
        &self.0.health
    }

    /// How the database was doing when it was last asked.
    pub(crate) fn vitals(&self) -> &Arc<LastVitals> {
        &self.0.vitals
    }

    /// What of the history of queues this server has not added yet.
    pub(crate) fn minutes(&self) -> &Arc<Minutes> {
        &self.0.minutes
    }

    /// The metrics of this process.
    pub(crate) fn metrics(&self) -> &PrometheusHandle {
        &self.0.metrics
    }

    /// Where traces go; `None`: nothing is traced.
    pub(crate) fn traces(&self) -> Option<&Traces> {
        self.0.traces.as_ref()
    }

    /// How many lines the process's log has dropped so far.
    pub(crate) fn dropped_log_lines(&self) -> u64 {
        self.0.dropped_log_lines.load(Ordering::Relaxed)
    }

    /// The document served at `/openapi.json`; all answers share its bytes.
    pub(crate) fn openapi(&self) -> Bytes {
        Bytes::clone(&self.0.openapi)
    }

    /// Where clients reach the server; `None`: as they did.
    pub(crate) fn public_url(&self) -> Option<&PublicUrl> {
        self.0.public_url.as_ref()
    }

    /// Whether clients speak TLS to it.
    pub(crate) fn has_tls(&self) -> bool {
        self.0.has_tls
    }

    /// By which hosts it may be reached without one, beside those of loopback and its own addresses.
    pub(crate) fn allowed_hosts(&self) -> &[AllowedHost] {
        &self.0.allowed_hosts
    }

    /// Pages of which origins may call, beside its own.
    pub(crate) fn cors_origins(&self) -> &CorsOrigins {
        &self.0.cors_origins
    }

    /// Calls receivers of webhooks.
    pub(crate) fn client(&self) -> &Client {
        &self.0.client
    }

    /// What the secrets of webhooks are sealed by.
    pub(crate) fn secret_keys(&self) -> &SecretKeys {
        &self.0.secret_keys
    }

    /// Jobnik's surface.
    pub(crate) fn jobnik(&self) -> &Jobnik {
        &self.0.jobnik
    }

    /// What is known of webhooks.
    pub(crate) fn webhooks(&self) -> &Arc<KnownWebhooks> {
        &self.0.webhooks
    }

    /// Whether the server was asked to end, and how far it is.
    pub(crate) fn stop(&self) -> &Stop {
        &self.0.stop
    }

    /// Calls that were begun before the stop.
    pub(crate) fn begun(&self) -> &TaskTracker {
        &self.0.begun
    }

    /// Bodies that are yet to come to their end.
    pub(crate) fn arriving(&self) -> &TaskTracker {
        &self.0.arriving
    }
}
