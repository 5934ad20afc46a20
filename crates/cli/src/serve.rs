//! `windlass serve`: a Postgres, the server upon it, and an orderly end.
//!
//! The first SIGTERM or SIGINT lets the server drain and then stops our own Postgres; a second one ends
//! both at once. If our own Postgres can no longer be kept running, the server drains too and the command
//! fails.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::thread;

use tokio_util::sync::CancellationToken;
use windlass_server::Server;

use crate::database::Database;
use crate::failure::Failure;
use crate::settings::Settings;
use crate::signals::Signals;
use crate::traces::traces;
use windlass_postgres::Stop;

/// Serves until a signal comes. How many lines the log has dropped is served too.
pub(crate) async fn serve(settings: Settings, dropped_log_lines: Arc<AtomicU64>) -> Result<(), Failure> {
    let traces = traces()?;
    let mut signals = Signals::catch()?;
    let mut database = tokio::select! {
        opened = Database::open(&settings) => opened?,
        () = signals.next() => return Ok(()),
    };
    let settings = windlass_server::Settings { traces, dropped_log_lines, ..settings.server(database.url()) };
    let started = tokio::select! {
        started = Server::start(settings) => started.map(Some).map_err(Failure::from),
        () = signals.next() => Ok(None),
    };
    let served = match started {
        Ok(Some(server)) => {
            announce(server.local_addr());
            drain_on_signal(server, &mut database, &mut signals).await
        }
        Ok(None) => Ok(()),
        Err(failure) => Err(failure),
    };
    close(database, served, &mut signals).await
}

/// The one line that says where; scripts wait for it. A standard output that is closed or full is no reason not to serve, or not to end.
fn announce(address: SocketAddr) {
    let line = move || writeln!(io::stdout(), "listening on http://{address}");
    let _ = thread::Builder::new().name("announce".to_owned()).spawn(line);
}

/// Runs the server to its end, which a signal or the loss of our Postgres brings about.
async fn drain_on_signal(
    server: Server,
    database: &mut Database,
    signals: &mut Signals,
) -> Result<(), Failure> {
    let stop = CancellationToken::new();
    let run = server.run(stop.clone());
    tokio::pin!(run);
    let mut lost = None;
    loop {
        tokio::select! {
            ended = &mut run => return lost.map_or(ended.map_err(Failure::from), Err),
            () = signals.next() => {
                if stop.is_cancelled() {
                    return Err(Failure::Interrupted("the drain"));
                }
                tracing::info!("draining; a second signal ends at once");
                stop.cancel();
            }
            failure = database.keep_running(), if lost.is_none() => {
                lost = Some(failure);
                stop.cancel();
            }
        }
    }
}

/// Stops our own Postgres: in order, unless the drain was cut off or a signal comes meanwhile.
async fn close(
    database: Database,
    served: Result<(), Failure>,
    signals: &mut Signals,
) -> Result<(), Failure> {
    let how = if matches!(served, Err(Failure::Interrupted(_))) { Stop::Immediate } else { Stop::Orderly };
    tokio::select! {
        () = database.close(how) => served,
        () = signals.next() => Err(Failure::Interrupted("the end of Postgres")),
    }
}
