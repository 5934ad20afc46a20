//! The server as a whole: started, run, stopped.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use windlass_store::{ConnectError, Migrated, Pooler, Ready, Retention, Schema, Store, Watch};

use crate::Settings;
use crate::app::{App, Parts};
use crate::background;
use crate::document::document;
use crate::engine::{Announcements, Engine, Progress, Tail, Waiters, exchange};
use crate::health::Health;
use crate::history::Minutes;
use crate::http::{self, Budget, Crowd, CutOff, Doors, Keys, Times, jobnik_openapi_json, openapi_json};
use crate::jobnik::Jobnik;
use crate::listener::listen;
use crate::outbound::{Client, SecretKeys};
use crate::settings::Auth;
use crate::stop::Stop;
use crate::telemetry::{self, Ends, Follower, follow};
use crate::templates::Renderer;
use crate::tls::Tls;
use crate::warnings;
use crate::webhooks::{Renewal, renew};

/// How long background ticks in mid-work are waited for at the end, and the last word to other servers.
const LAST_TICKS: Duration = Duration::from_millis(500);
/// How long the database connections may take to close.
const CLOSE: Duration = Duration::from_secs(1);

/// Why a server could not start. The message names what failed and where, and never holds a password.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// Any page of any browser could do all.
    #[error(
        "--cors-origins * is for mode keys only: without keys any page in a browser could do all; list the origins instead"
    )]
    AnyOrigin,
    /// Secrets of webhooks are sealed by a key that the settings do not bring.
    #[error(
        "the secrets of {count} webhooks cannot be opened: --secret-key-file names another key than the one that sealed them, or none; \
         give that one as --secret-key-file-before beside the new one"
    )]
    SecretKey {
        /// Of how many.
        count: usize,
    },
    /// There is nothing by which receivers of webhooks can be verified.
    #[error("cannot verify receivers of webhooks: {source}")]
    Client {
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The secrets of webhooks cannot be read.
    #[error("cannot read the secrets of webhooks: {source}")]
    Secrets {
        /// Why.
        source: windlass_store::Error,
    },
    /// Which servers run on the database cannot be read.
    #[error("cannot read which servers run on the database: {source}")]
    Servers {
        /// Why.
        source: windlass_store::Error,
    },
    /// The database cannot be used.
    #[error(transparent)]
    Database(#[from] ConnectError),
}

/// A server that listens and has a database; [`run`](Self::run) makes it answer.
pub struct Server {
    app: App,
    listener: TcpListener,
    address: SocketAddr,
    tls: Option<Tls>,
    /// The listener for metrics and health alone.
    metrics: Option<TcpListener>,
    retention: Retention,
    /// What is to be announced to other servers; `None`: nothing is.
    announcements: Option<Arc<Announcements>>,
    /// What has ended and is to have its spans; `None`: nothing is traced.
    ends: Option<Ends>,
    times: Times,
}

impl Server {
    /// Takes the address, connects, and brings the schema up to date or checks that it is.
    ///
    /// # Errors
    /// [`StartError`], within 30 s; within 2 min where somebody else holds the lock of migrations.
    pub async fn start(settings: Settings) -> Result<Self, StartError> {
        if settings.auth == Auth::Open && settings.cors_origins.are_any() {
            return Err(StartError::AnyOrigin);
        }
        // First, because it is the cheapest to find out; clients wait in the backlog until `run`.
        let (listener, address) = listen(settings.listen).await.map_err(refused(settings.listen))?;
        let metrics = match settings.metrics_listen {
            Some(address) => Some(listen(address).await.map_err(refused(address))?.0),
            None => None,
        };
        let waiters = Arc::new(Waiters::default());
        let has_sessions = settings.pooler == Pooler::None;
        let announcements = (settings.notify && has_sessions).then(Arc::<Announcements>::default);
        let webhooks = settings.webhooks.clone();
        let client = Client::new(webhooks.allowed, &webhooks.roots)
            .map_err(|source| StartError::Client { source: source.into() })?;
        let secret_keys = SecretKeys { present: webhooks.secret_key, before: webhooks.secret_key_before };
        let store = Store::connect(&of_store(&settings), ready(&waiters, announcements.clone())).await?;
        if settings.migrate && has_sessions {
            store.migrate().await?;
        } else {
            store.check_schema().await?;
        }
        renew_secrets(&store, &secret_keys).await?;
        warnings::warn(&store, address, settings.auth, &settings.bootstrap_key).await;
        let (follower, ends) = settings.traces.as_ref().map(|_| Follower::new()).unzip();
        let minutes = Arc::<Minutes>::default();
        let store =
            store.watched(watch(minutes.clone(), follower)).keeping_log_bytes(settings.limits.log_bytes);
        let stop = Stop::default();
        // Before the batchers, whose counters are known from their beginning.
        let recorder = telemetry::recorder();
        let health = Arc::new(Health::default());
        let sharing = store.leaving_a_share();
        let jobnik = Jobnik::new(settings.jobnik, document(jobnik_openapi_json, settings.public_url.clone()));
        let parts = Parts {
            engine: Engine::start(
                &store,
                &sharing,
                waiters,
                health.clone(),
                stop.clone(),
                (settings.traces.clone(), minutes.clone()),
            ),
            auth: settings.auth,
            keys: Arc::new(Keys::new(sharing.clone(), store.clone(), settings.bootstrap_key, health.clone())),
            own_store: store,
            tail: Arc::new(Tail::new()),
            progress: Arc::new(Progress::new()),
            renderer: Renderer::default(),
            schedule_renderer: Renderer::for_schedules(background::SCHEDULE_PLACES),
            limits: settings.limits,
            connections: settings.connections,
            bodies: Budget::new(settings.connections.bodies_bytes),
            crowd: Arc::new(Crowd::new(&settings.connections)),
            health,
            vitals: Arc::default(),
            minutes,
            metrics: recorder,
            traces: settings.traces,
            dropped_log_lines: settings.dropped_log_lines,
            openapi: document(openapi_json, settings.public_url.clone()),
            public_url: settings.public_url,
            has_tls: settings.tls.is_some(),
            allowed_hosts: settings.allowed_hosts,
            cors_origins: settings.cors_origins,
            client,
            secret_keys,
            jobnik,
            webhooks: Arc::default(),
            stop,
            begun: TaskTracker::new(),
            arriving: TaskTracker::new(),
        };
        let app = App::new(parts, sharing);
        app.jobnik().look(app.own_store()).await.map_err(|source| StartError::Servers { source })?;
        let times = Times { drain: settings.drain, connections: settings.connections };
        let (retention, tls) = (settings.retention, settings.tls);
        Ok(Self { app, listener, address, tls, metrics, retention, announcements, ends, times })
    }

    /// Where it listens; with port 0 in the settings, the port that the system chose.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Where people look at it.
    pub fn dashboard(&self) -> String {
        dashboard(&self.app, self.address)
    }

    /// How the running server reaches its database.
    pub fn database(&self) -> DatabaseAccess {
        DatabaseAccess { store: self.app.own_store().clone() }
    }

    /// Asks it to end, also while it runs.
    pub fn stop(&self) -> Stop {
        self.app.stop().clone()
    }

    /// Answers until it is asked to [stop](Self::stop), and then until what was begun is answered: all within 18 s, the drain included. What
    /// cannot be answered by then, as a rule because its client is slow, is cut off, and the log shows how much that was.
    pub async fn run(self) {
        let Self { app, listener, address, tls, metrics, retention, announcements, ends, times } = self;
        let ticks_stop = CancellationToken::new();
        let mut ticks = background::start(&app, retention, &ticks_stop);
        ticks.spawn(app.tail().clone().run(app.own_store().clone(), ticks_stop.clone()));
        ticks.spawn(app.progress().clone().run(app.own_store().clone(), ticks_stop.clone()));
        if let Some(announcements) = announcements {
            ticks.spawn(exchange(
                app.own_store().clone(),
                app.engine().waiters().clone(),
                announcements,
                ticks_stop.clone(),
            ));
        }
        if let (Some(traces), Some(ends)) = (app.traces(), ends) {
            ticks.spawn(follow(traces.clone(), app.own_store().clone(), ends, ticks_stop.clone()));
        }
        tracing::info!(%address, tls = tls.is_some(), dashboard = dashboard(&app, address), "listening");
        if let Some(address) = metrics.as_ref().and_then(|listener| listener.local_addr().ok()) {
            tracing::info!(%address, "listening for metrics and health alone");
        }
        let clients = (listener, http::router(&app));
        let metrics = metrics.map(|listener| (listener, http::metrics_router(&app)));
        log(http::accept(Doors { clients, tls, metrics }, &app, times).await);
        ticks_stop.cancel();
        let last_ticks = async {
            while ticks.join_next().await.is_some() {}
            // If this fails, others forget it as they do one that was killed.
            let history = async {
                let seen = app.minutes().take();
                if seen.is_empty() { Ok(0) } else { app.own_store().add_history(&seen).await }
            };
            drop(tokio::join!(app.store().unregister_server(), app.keys().write_uses(), history));
        };
        drop(tokio::time::timeout(LAST_TICKS, last_ticks).await);
        tracing::debug!("background loops ended");
        let last_spans = async {
            if let Some(traces) = app.traces() {
                traces.finish().await;
            }
        };
        drop(tokio::join!(tokio::time::timeout(CLOSE, app.own_store().close()), last_spans));
        tracing::debug!("database connections closed");
    }
}

/// Where people look: at the public URL if there is one.
fn dashboard(app: &App, address: SocketAddr) -> String {
    let scheme = if app.has_tls() { "https" } else { "http" };
    app.public_url().map_or_else(|| format!("{scheme}://{address}/ui/"), |url| format!("{url}/ui/"))
}

/// Has the secrets of webhooks kept as the settings say.
async fn renew_secrets(store: &Store, keys: &SecretKeys) -> Result<(), StartError> {
    let Renewal { renewed, unopened } =
        renew(store, keys).await.map_err(|source| StartError::Secrets { source })?;
    if unopened > 0 {
        return Err(StartError::SecretKey { count: unopened });
    }
    if renewed > 0 {
        tracing::info!(webhooks = renewed, "sealed the secrets of webhooks anew");
    }
    Ok(())
}

/// Why the address cannot be listened on.
fn refused(address: SocketAddr) -> impl FnOnce(std::io::Error) -> StartError {
    move |source| StartError::Listen { address, source }
}

/// Says what was left undone at the end.
fn log(cut_off: CutOff) {
    let CutOff { unanswered, unsent, connections } = cut_off;
    if unanswered > 0 {
        tracing::warn!(calls = unanswered, "cut off calls before they were answered");
    }
    if unsent > 0 || connections > 0 {
        tracing::info!(calls = unsent, connections, "cut off clients that did not send or read in time");
    }
    tracing::info!("drained");
}

/// How a running server reaches its database: whoever knows the URL may say another one.
pub struct DatabaseAccess {
    store: Store,
}

impl DatabaseAccess {
    /// Returns when the database has refused a login since the last call.
    pub async fn login_refused(&self) {
        self.store.login_refused().await;
    }

    /// Connects by this URL from now on; connections of before are used on if it leads to the same place.
    ///
    /// # Errors
    /// [`StartError::Database`] within 1 s; what was open is used on.
    pub async fn use_url(&self, url: &str) -> Result<(), StartError> {
        Ok(self.store.use_url(url).await?)
    }
}

/// Brings the schema of a database up to date, and does nothing else.
///
/// # Errors
/// [`StartError::Database`], within 30 s unless a migration itself takes longer.
pub async fn migrate(database_url: &str, schema: &Schema) -> Result<Migrated, StartError> {
    let settings = of_one_connection(database_url, schema);
    let store = Store::connect(&settings, Arc::new(|_, _| {})).await?;
    let migrated = store.migrate().await?;
    store.close().await;
    Ok(migrated)
}

/// Looks whether a migration would change anything, and changes nothing.
///
/// # Errors
/// [`StartError::Database`], with [`ConnectError::Outdated`] where it would, and [`ConnectError::TooNew`] where this version cannot work on the schema.
pub async fn check_schema(database_url: &str, schema: &Schema) -> Result<(), StartError> {
    let store = Store::connect(&of_one_connection(database_url, schema), Arc::new(|_, _| {})).await?;
    store.check_schema().await?;
    store.close().await;
    Ok(())
}

/// For a command that works on the database itself.
pub(crate) fn of_one_connection(database_url: &str, schema: &Schema) -> windlass_store::Settings {
    windlass_store::Settings {
        max_connections: 1,
        schema: schema.clone(),
        ..windlass_store::Settings::new(database_url)
    }
}

/// What the store needs of the settings.
fn of_store(settings: &Settings) -> windlass_store::Settings {
    let Settings { database_url, max_connections, schema, pooler, .. } = settings;
    windlass_store::Settings {
        max_connections: *max_connections,
        schema: schema.clone(),
        pooler: *pooler,
        ..windlass_store::Settings::new(database_url)
    }
}

/// Tasks that can be leased are for this server's waiting polls first; what they leave is announced to the others.
fn ready(waiters: &Arc<Waiters>, announcements: Option<Arc<Announcements>>) -> Ready {
    let waiters = Arc::clone(waiters);
    Arc::new(move |type_name, tasks| {
        let left = waiters.wake(type_name, tasks);
        if let (1.., Some(announcements)) = (left, &announcements) {
            announcements.add(type_name);
        }
    })
}

/// What has ended is counted, for the metrics and for the history of its queue, and has its spans where somebody follows.
fn watch(minutes: Arc<Minutes>, follower: Option<Follower>) -> Watch {
    Arc::new(move |happened| {
        telemetry::count_happened(&happened);
        minutes.ended(&happened);
        if let Some(follower) = &follower {
            follower.report(happened);
        }
    })
}

#[cfg(test)]
mod tests {
    use windlass_domain::TypeName;

    use super::*;

    #[test]
    fn only_what_the_own_waiting_polls_leave_is_announced() {
        let (waiters, announcements) = (Arc::new(Waiters::default()), Arc::new(Announcements::default()));
        let ready = ready(&waiters, Some(Arc::clone(&announcements)));
        let types = [TypeName::parse("a").unwrap()].into();
        let _waiter = waiters.register(&types, 2);
        ready("a", 2);
        assert!(announcements.take().is_empty());
        ready("a", 1);
        ready("b", 5);
        assert_eq!(announcements.take(), ["a", "b"]);
    }
}
