//! `windlass serve`: a Postgres, the server upon it, and an orderly end.
//!
//! The first SIGTERM lets the server drain and then stops our own Postgres, all within 20 s; SIGINT skips the
//! part of the drain in which it still serves. A second signal ends both at once. If our own Postgres can no longer run, the server drains too and the command
//! fails. SIGHUP has files that settings name read again.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::thread;
use std::time::Duration;

use tokio::time::Instant;
use windlass_server::Server;

use crate::database::Database;
use crate::descriptors::{raise_limit, within_limit};
use crate::failure::Failure;
use crate::reload::{BootstrapFile, DatabaseFile, Followed, TlsFiles, follow};
use crate::settings::Settings;
use crate::signals::{Asked, Signals, hangups};
use crate::slow;
use crate::traces::traces;
use crate::webhook_files::webhooks;
use windlass_postgres::Stop;

/// How long the server and its Postgres may take to end, within the 20 s of the contract: the last log lines have 1 s more.
const END: Duration = Duration::from_millis(18_500);

/// Serves until a signal comes. How many lines the log has dropped is served too.
pub(crate) async fn serve(settings: Settings, dropped_log_lines: Arc<AtomicU64>) -> Result<(), Failure> {
    raise_limit();
    let traces = traces()?;
    let mut signals = Signals::catch()?;
    // Whether there is something to read again or not, it does not end the process.
    let (of_database, of_tls, of_bootstrap) = (hangups()?, hangups()?, hangups()?);
    let opened = match settings.tls_files() {
        Some((certificate, key)) => Some(TlsFiles::open(certificate, key).await?),
        None => None,
    };
    let tls = opened.as_ref().map(|(files, _)| files.tls());
    let scheme = if tls.is_some() { "https" } else { "http" };
    let bootstrap = match settings.bootstrap_key_file.clone() {
        Some(file) => Some(BootstrapFile::open(file).await?),
        None => None,
    };
    let webhooks = webhooks(&settings).await?;
    let mut database = tokio::select! {
        opened = slow::told("waiting for Postgres to start", Database::open(&settings)) => opened?,
        _ = signals.next() => return Ok(()),
    };
    let (url, present) = (settings.database_url(), database.url());
    let bootstrap_key = bootstrap.as_ref().map(|(file, _)| file.key()).unwrap_or_default();
    let settings = windlass_server::Settings {
        traces,
        dropped_log_lines,
        tls,
        bootstrap_key,
        webhooks,
        ..settings.server(database.url())
    };
    let start = async { Server::start(within_limit(settings)?).await.map_err(Failure::from) };
    let waiting = format!("waiting for the database, or for its migrations: {}", database.place());
    let started = tokio::select! {
        started = slow::told(&waiting, start) => started.map(Some),
        _ = signals.next() => Ok(None),
    };
    let mut end = End::default();
    let served = match started {
        Ok(Some(server)) => {
            announce(&[
                format!("listening on {scheme}://{}", server.local_addr()),
                data(&database),
                format!("pages for people at {}", server.dashboard()),
                "stop with Ctrl-C".to_owned(),
            ]);
            let database_file = url.and_then(|url| DatabaseFile::of(&url, server.database()));
            let database_file = database_file.map(|file| Followed::new(file, present, of_database));
            let tls_files = opened.map(|(files, pair)| Followed::new(files, pair, of_tls));
            let bootstrap_file = bootstrap.map(|(file, line)| Followed::new(file, line, of_bootstrap));
            tokio::select! {
                ended = run(server, &mut database, &mut signals, &mut end) => ended,
                never = follow(database_file) => match never {},
                never = follow(tls_files) => match never {},
                never = follow(bootstrap_file) => match never {},
            }
        }
        Ok(None) => Ok(()),
        Err(failure) => Err(failure),
    };
    close(database, served, &mut signals, end).await
}

/// What a new user has to know; scripts wait for the first line, which says where it listens. A standard output that is closed or full is no reason not to
/// serve, or not to end.
fn announce(lines: &[String]) {
    let text = lines.join("\n");
    let line = move || writeln!(io::stdout(), "{text}");
    let _ = thread::Builder::new().name("announce".to_owned()).spawn(line);
}

/// Where the data lies.
fn data(database: &Database) -> String {
    match database {
        Database::Own { .. } => format!("data in {}, in a Postgres of its own", database.place()),
        Database::External { .. } => format!("data in {}", database.place()),
    }
}

/// Runs the server to its end, which a signal or the loss of our Postgres brings about.
async fn run(
    server: Server,
    database: &mut Database,
    signals: &mut Signals,
    end: &mut End,
) -> Result<(), Failure> {
    let stop = server.stop();
    let run = server.run();
    tokio::pin!(run);
    let mut lost = None;
    loop {
        tokio::select! {
            () = &mut run => return lost.map_or(Ok(()), Err),
            asked = signals.next() => {
                if stop.is_requested() {
                    return Err(Failure::Interrupted("the drain"));
                }
                tracing::info!("draining; a second signal ends at once");
                end.begin();
                match asked {
                    Asked::Terminate => stop.drain(),
                    Asked::Interrupt => stop.now(),
                }
            }
            failure = database.keep_running(), if lost.is_none() => {
                lost = Some(failure);
                end.begin();
                stop.now();
            }
        }
    }
}

/// When all must be over, counted from the first reason to end.
#[derive(Debug, Default)]
struct End(Option<Instant>);

impl End {
    fn begin(&mut self) -> Instant {
        *self.0.get_or_insert_with(|| Instant::now() + END)
    }
}

/// Stops our own Postgres: in order, unless the drain was cut off or a signal comes meanwhile.
async fn close(
    database: Database,
    served: Result<(), Failure>,
    signals: &mut Signals,
    mut end: End,
) -> Result<(), Failure> {
    let interrupted = matches!(served, Err(Failure::Interrupted(_)));
    let how = if interrupted { Stop::Immediate } else { Stop::Orderly { by: end.begin() } };
    tokio::select! {
        () = database.close(how) => served,
        _ = signals.next() => Err(Failure::Interrupted("the end of Postgres")),
    }
}
