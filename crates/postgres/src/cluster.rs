//! The cluster as the rest of the program sees it: started, watched, stopped.

use std::path::Path;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::binaries::Installation;
use crate::directory::{self, DataDirectory};
use crate::error::ClusterError;
use crate::initialise::initialise;
use crate::orphan::take_over;
use crate::postmaster::{Postmaster, Stop};
use crate::programs::Programs;
use crate::socket::SocketDirectory;
use crate::tools::Tools;

/// How often in a row the server is started again before windlass gives up.
const RESTARTS: u32 = 5;

/// The pause before the first restart; it doubles with each one that follows.
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// A server that has run for so long is not one that ends again and again.
const STEADY: Duration = Duration::from_mins(1);

/// How long a start waits for what a crash has left behind to be gone.
const REMAINS: Duration = Duration::from_secs(10);

/// Our own running Postgres.
///
/// The directory's lock is held until the value is dropped, which [`Cluster::stop`] does after the server
/// process has ended.
#[derive(Debug)]
pub struct Cluster {
    /// `None` only while it is being started again, and after that has failed.
    postmaster: Option<Postmaster>,
    last_failure: Option<ClusterError>,
    socket: SocketDirectory,
    programs: Programs,
    more_settings: &'static [&'static str],
    directory: DataDirectory,
}

impl Cluster {
    /// Starts the cluster in `directory`, making it if it is not there. `binaries` restricts the search
    /// for the server binaries to one directory.
    ///
    /// Dropping the future ends what it has started.
    ///
    /// # Errors
    /// Whatever [`ClusterError`] lists; nothing is left running then.
    pub async fn start(directory: &Path, binaries: Option<&Path>) -> Result<Self, ClusterError> {
        Self::start_with(directory, binaries, &[]).await
    }

    /// As [`Cluster::start`], with more settings, each as `name=value`; they win over the usual ones.
    ///
    /// # Errors
    /// As [`Cluster::start`].
    pub async fn start_with(
        directory: &Path,
        binaries: Option<&Path>,
        more_settings: &'static [&'static str],
    ) -> Result<Self, ClusterError> {
        let found = directory::look(directory)?;
        let data = found.made_by.map(|major| (directory, major));
        let installation = Installation::find(binaries, data, found.user.as_ref())?;
        let directory = DataDirectory::open(directory)?;
        let programs = Programs { installation, user: directory.user().cloned() };
        if !directory.has_cluster() {
            initialise(&directory, &programs).await?;
        }
        take_over(&directory, &programs).await?;
        let socket = SocketDirectory::make(directory.path(), directory.user())?;
        let mut cluster =
            Self { postmaster: None, last_failure: None, socket, programs, more_settings, directory };
        cluster.run().await?;
        Ok(cluster)
    }

    /// How to connect; the same after a restart.
    pub fn url(&self) -> String {
        self.socket.url()
    }

    /// The installation's client programs, pointed at this cluster.
    pub fn tools(&self) -> Tools {
        Tools::new(self.programs.clone(), self.socket.path().to_owned())
    }

    /// The server's process id; `None` while it is not running.
    pub fn process_id(&self) -> Option<u32> {
        self.postmaster.as_ref().and_then(Postmaster::process_id)
    }

    /// Starts the server again whenever it ends; returns only when that has failed too often.
    ///
    /// The future may be dropped at any time: [`Cluster::stop`] ends what is running then.
    pub async fn keep_running(&mut self) -> ClusterError {
        let mut in_a_row = 0;
        loop {
            let since = Instant::now();
            let last = self.ended().await;
            in_a_row = if since.elapsed() > STEADY { 1 } else { in_a_row + 1 };
            if in_a_row > RESTARTS {
                return ClusterError::KeepsEnding { times: in_a_row, last: Box::new(last) };
            }
            tracing::error!(error = %last, "Postgres has ended; it is started again");
            sleep(FIRST_PAUSE * 2_u32.pow(in_a_row - 1)).await;
            self.last_failure = self.run().await.err();
        }
    }

    /// Waits for the end of the server, or says at once why it is not running.
    async fn ended(&mut self) -> ClusterError {
        if let Some(failure) = self.last_failure.take() {
            return failure;
        }
        let log = match &mut self.postmaster {
            Some(postmaster) => postmaster.ended().await,
            None => String::new(),
        };
        ClusterError::Ended { directory: self.directory.path().to_owned(), log }
    }

    /// Ends the server, then releases the directory.
    pub async fn stop(mut self, stop: Stop) {
        if let Some(postmaster) = self.postmaster.take() {
            postmaster.stop(stop).await;
        }
    }

    /// The children of a server that was killed live on for a moment, and block the next one.
    async fn run(&mut self) -> Result<(), ClusterError> {
        self.postmaster = None;
        let begun = Instant::now();
        loop {
            let socket = self.socket.path();
            match Postmaster::start(&self.directory, &self.programs, socket, self.more_settings).await {
                Err(error) if error.is_about_remains() && begun.elapsed() < REMAINS => {
                    sleep(FIRST_PAUSE).await;
                }
                Err(error) => return Err(error),
                Ok(postmaster) => {
                    self.postmaster = Some(postmaster);
                    return Ok(());
                }
            }
        }
    }
}
