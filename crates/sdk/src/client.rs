//! The client: where the server is, and how patiently it is spoken to.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;

use crate::key::PresentKey;
use crate::resilience::{Backoff, Breaker, BreakerSettings, BreakerState};
use crate::{Error, Key, TraceContext, ca_file};

/// How long a connection is silent before the kernel asks whether its peer is still there, and between two such questions.
const KEEPALIVE: Duration = Duration::from_secs(5);

/// A typed client; cheap to clone, all clones share one pool of connections.
#[derive(Clone, Debug)]
pub struct Client {
    pub(crate) http: reqwest::Client,
    pub(crate) base: Url,
    pub(crate) timeout: Duration,
    pub(crate) backoff: Backoff,
    pub(crate) breaker: Breaker,
    pub(crate) key: PresentKey,
    pub(crate) idempotency_key: Option<Arc<str>>,
    pub(crate) trace: Option<Arc<TraceContext>>,
    /// Reports on leases that the key got: a 401 to them passes, since keys rotate.
    pub(crate) reports_on_leases: bool,
}

/// Settings of a [`Client`].
#[derive(Clone, Debug)]
pub struct ClientBuilder {
    url: String,
    timeout: Duration,
    connect_timeout: Duration,
    backoff: Backoff,
    breaker: BreakerSettings,
    key: Key,
    ca_file: Option<PathBuf>,
}

impl Client {
    /// A client of the server at `url`, such as `http://127.0.0.1:7070`; a path in it is used as prefix. Its key, if there is one, and
    /// the authorities that it trusts come from the environment: [`ClientBuilder::key`], [`ClientBuilder::ca_file`].
    ///
    /// # Errors
    /// As for [`ClientBuilder::build`].
    pub fn new(url: impl Into<String>) -> Result<Self, Error> {
        Self::builder(url).build()
    }

    /// A client with settings of its own.
    pub fn builder(url: impl Into<String>) -> ClientBuilder {
        ClientBuilder {
            url: url.into(),
            timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(5),
            backoff: Backoff::default(),
            breaker: BreakerSettings::default(),
            key: Key::default(),
            ca_file: None,
        }
    }

    /// The same client, whose calls carry `context`: what they create belongs to that trace. With the feature `opentelemetry` a
    /// span's own context, where there is one, goes before it.
    #[must_use]
    pub fn traced(&self, context: TraceContext) -> Self {
        Self { trace: Some(context.into()), ..self.clone() }
    }

    /// Whether calls are sent at present, as this client and all its clones see it.
    pub fn breaker_state(&self) -> BreakerState {
        self.breaker.state()
    }

    /// The same client, whose next create carries `key` (1 to 200 visible characters): made again with the
    /// same body it answers the first answer, so it is also repeated by itself. One key, one create.
    #[must_use]
    pub fn idempotent(&self, key: &str) -> Self {
        Self { idempotency_key: Some(key.into()), ..self.clone() }
    }
}

impl ClientBuilder {
    /// The longest that one try may take, default 30 s; a dequeue's wait is added to it.
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// The longest that connecting may take, default 5 s.
    #[must_use]
    pub fn connect_timeout(self, connect_timeout: Duration) -> Self {
        Self { connect_timeout, ..self }
    }

    /// How safe calls are repeated.
    #[must_use]
    pub fn backoff(self, backoff: Backoff) -> Self {
        Self { backoff, ..self }
    }

    /// When calls are held back because the server does not answer.
    #[must_use]
    pub fn breaker(self, breaker: BreakerSettings) -> Self {
        Self { breaker, ..self }
    }

    /// The key that is sent with every call; default [`Key::environment`].
    #[must_use]
    pub fn key(self, key: Key) -> Self {
        Self { key, ..self }
    }

    /// A file of certificates (PEM) of authorities that are trusted beside those of the machine, for a server with `https`; default the
    /// one that the variable `WINDLASS_CA_FILE` names.
    #[must_use]
    pub fn ca_file(self, path: impl Into<PathBuf>) -> Self {
        Self { ca_file: Some(path.into()), ..self }
    }

    /// The client. It reads the key and the certificates.
    ///
    /// # Errors
    /// When the URL is no address of an HTTP server, or the key or a certificate cannot be read.
    pub fn build(self) -> Result<Client, Error> {
        let base = Url::parse(&self.url).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let base = base.ok_or(Error::Address { url: self.url })?;
        let key = self.key.read()?;
        let http = reqwest::Client::builder()
            .connect_timeout(self.connect_timeout)
            // A peer that vanished without a word is found out by the kernel, rather than by the limit of a call.
            .tcp_keepalive(KEEPALIVE)
            .tcp_keepalive_interval(KEEPALIVE)
            .tcp_keepalive_retries(2)
            .redirect(reqwest::redirect::Policy::none())
            .tls_certs_merge(ca_file::certificates(self.ca_file)?)
            .user_agent(concat!("windlass-sdk/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|source| Error::Transport {
                url: base.to_string(),
                unsent: true,
                source: source.into(),
            })?;
        let breaker = Breaker::new(self.breaker, base.origin().ascii_serialization());
        let (timeout, backoff) = (self.timeout, self.backoff);
        Ok(Client {
            http,
            base,
            timeout,
            backoff,
            breaker,
            key,
            idempotency_key: None,
            trace: None,
            reports_on_leases: false,
        })
    }
}
