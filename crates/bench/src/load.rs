//! Many clients at once, and what they got done in a stretch of time.
//!
//! Clients run on threads of their own, a single-threaded runtime each, with nothing shared but a counter: hundreds of connections cost
//! one thread little more than the system calls. Its CPU share is shown with every rate, and the same clients asking `/healthz` show the
//! ceiling of HTTP alone.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::{BoxFuture, FutureExt, try_join_all};

use crate::address::Address;
use crate::connection::Connection;
use crate::cpu::{Meter, Shares, cores};
use crate::cycle::{Cycle, Worker};
use crate::error::BenchError;
use crate::jobnik::JobnikWorker;
use crate::sample::count;

/// Clients connect, and batches fill, before anything is counted.
pub(crate) const WARM_UP: Duration = Duration::from_millis(300);

/// What each client does, over and over.
#[derive(Debug, Clone)]
pub(crate) enum Work {
    /// Dequeues and completes tasks; counted in tasks.
    Cycle(Cycle),
    /// The same through the surface for Jobnik's clients, tasks of this type.
    Jobnik(String),
    /// Asks `/healthz`; counted in answers.
    Baseline,
    /// Posts the same body again and again; counted in what is in it.
    Post {
        /// Where to; a client takes the path of its number.
        paths: Vec<String>,
        /// The request's body.
        body: Arc<str>,
        /// Tasks or jobs in it.
        each: usize,
    },
}

/// Clients and what they do.
#[derive(Debug, Clone)]
pub(crate) struct Load {
    /// Servers, taken in rotation.
    pub(crate) addresses: Vec<Address>,
    pub(crate) clients: usize,
    pub(crate) work: Work,
}

/// What was done.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Measured {
    /// A second, within the window.
    pub(crate) rate: f64,
    /// In all, before and after the window too.
    pub(crate) total: usize,
    /// CPU within the window.
    pub(crate) shares: Shares,
}

/// When a client has done enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Until {
    /// When it is stopped.
    Stopped,
    /// After one cycle.
    Once,
    /// When all of them together have done so much, or nothing is left.
    Drained(usize),
}

#[derive(Default)]
struct Progress {
    done: AtomicUsize,
    stop: AtomicBool,
}

/// However the measurement ends, its clients end with it.
struct StopOnDrop(Arc<Progress>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.stop.store(true, Ordering::Relaxed);
    }
}

impl Load {
    /// Runs for a window after the warm-up; without one, each client goes once.
    ///
    /// # Errors
    /// A call was refused, or the tasks ran out.
    pub(crate) async fn run(&self, window: Option<Duration>, meter: &Meter) -> Result<Measured, BenchError> {
        let progress = Arc::new(Progress::default());
        let stop = StopOnDrop(Arc::clone(&progress));
        let until = if window.is_some() { Until::Stopped } else { Until::Once };
        let mut clients = self.start(&progress, until);
        let done = || (Instant::now(), progress.done.load(Ordering::Relaxed), meter.read());
        let mut before = done();
        let mut after = None;
        if let Some(window) = window {
            pass(WARM_UP, &mut clients).await?;
            before = done();
            pass(window, &mut clients).await?;
            after = Some(done());
            drop(stop);
        }
        clients.await?;
        let after = after.unwrap_or_else(done);
        let seconds = (after.0 - before.0).as_secs_f64();
        Ok(Measured {
            rate: count(after.1 - before.1) / seconds,
            total: progress.done.load(Ordering::Relaxed),
            shares: before.2.until(&after.2),
        })
    }

    /// Runs until so much is done; returns how much it was in all, as clients end what they have begun.
    ///
    /// # Errors
    /// A call was refused, or there was less to do.
    pub(crate) async fn drain(&self, all: usize) -> Result<usize, BenchError> {
        let progress = Arc::new(Progress::default());
        let _stop = StopOnDrop(Arc::clone(&progress));
        self.start(&progress, Until::Drained(all)).await?;
        let done = progress.done.load(Ordering::Relaxed);
        if done >= all {
            Ok(done)
        } else {
            Err(BenchError::Unexpected(format!("{done} of {all} tasks were there")))
        }
    }

    fn start(&self, progress: &Arc<Progress>, until: Until) -> BoxFuture<'static, Result<(), BenchError>> {
        let threads = (cores() / 4).clamp(1, self.clients.max(1));
        let thread = |at: usize| {
            let (load, progress) = (self.clone(), Arc::clone(progress));
            tokio::task::spawn_blocking(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
                let own = (at..load.clients).step_by(threads);
                let clients = own.map(|number| load.client(number, &progress, until));
                runtime.block_on(try_join_all(clients)).map(drop)
            })
        };
        let threads: Vec<_> = (0..threads).map(thread).collect();
        async move {
            for ended in try_join_all(threads).await? {
                ended?;
            }
            Ok(())
        }
        .boxed()
    }

    async fn client(&self, number: usize, progress: &Progress, until: Until) -> Result<(), BenchError> {
        let address = self.addresses[number % self.addresses.len()];
        let mut client = Client::open(address, number, &self.work).await?;
        while !progress.stop.load(Ordering::Relaxed) {
            let done = client.cycle().await?;
            let all = progress.done.fetch_add(done, Ordering::Relaxed) + done;
            match until {
                Until::Stopped if done == 0 && !self.work.may_wait() => {
                    return Err(BenchError::Unexpected(
                        "the tasks ran out during the measurement".to_owned(),
                    ));
                }
                Until::Once => break,
                Until::Drained(enough) if all >= enough || done == 0 => break,
                Until::Stopped | Until::Drained(_) => {}
            }
        }
        Ok(())
    }
}

impl Work {
    /// Whether having found nothing is no surprise.
    fn may_wait(&self) -> bool {
        matches!(self, Self::Cycle(cycle) if cycle.wait_seconds > 0)
    }
}

/// Lets time pass, unless the clients end, which they should not.
async fn pass(
    length: Duration,
    clients: &mut BoxFuture<'static, Result<(), BenchError>>,
) -> Result<(), BenchError> {
    tokio::select! {
        ended = clients => ended.and(Err(BenchError::Unexpected("the load ended too early".to_owned()))),
        () = tokio::time::sleep(length) => Ok(()),
    }
}

enum Client {
    Worker(Worker),
    Jobnik(JobnikWorker),
    Baseline(Connection),
    Producer { connection: Connection, path: String, body: Arc<str>, each: usize },
}

impl Client {
    async fn open(address: Address, number: usize, work: &Work) -> Result<Self, BenchError> {
        Ok(match work {
            Work::Cycle(cycle) => Self::Worker(Worker::open(address, number, cycle).await?),
            Work::Jobnik(type_name) => Self::Jobnik(JobnikWorker::open(address, type_name).await?),
            Work::Baseline => Self::Baseline(Connection::open(address).await?),
            Work::Post { paths, body, each } => Self::Producer {
                connection: Connection::open(address).await?,
                path: paths[number % paths.len()].clone(),
                body: Arc::clone(body),
                each: *each,
            },
        })
    }

    async fn cycle(&mut self) -> Result<usize, BenchError> {
        match self {
            Self::Worker(worker) => worker.cycle().await,
            Self::Jobnik(worker) => worker.cycle().await,
            Self::Baseline(connection) => {
                connection.ask("GET", "/healthz", b"").await?.succeeded("GET", "/healthz")?;
                Ok(1)
            }
            Self::Producer { connection, path, body, each } => {
                let answer = connection.ask("POST", path, body.as_bytes()).await?.succeeded("POST", path)?;
                // One of many that was refused; the first of them shows it.
                if *each > 1 && answer.body.starts_with(b"{\"results\":[{\"problem\"") {
                    let text = std::str::from_utf8(answer.body)?;
                    return Err(BenchError::Unexpected(format!("a job was refused: {text}")));
                }
                Ok(*each)
            }
        }
    }
}
