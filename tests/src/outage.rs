//! A database that goes away and comes back, as a server sees it.
//!
//! A relay on a unix socket of its own stands between the server and the test Postgres; cutting it closes what is open and refuses what is
//! new, and the Postgres that other tests use notices nothing.

use std::path::{Path, PathBuf};

use tokio::io::copy_bidirectional;
use tokio::net::{UnixListener, UnixStream};
use tokio::task::{JoinHandle, JoinSet};

/// The relay before a database.
pub struct Outage {
    directory: PathBuf,
    target: PathBuf,
    relaying: Option<JoinHandle<()>>,
}

impl Outage {
    /// A relay to the Postgres of a URL, and the URL through the relay.
    pub(crate) async fn before(url: &str) -> (Self, String) {
        let socket = socket_of(url);
        let directory = PathBuf::from(format!("/tmp/windlass-outage.{}", uuid::Uuid::new_v4().simple()));
        tokio::fs::create_dir(&directory).await.expect("a directory for the relay");
        let through = url.replacen(socket, &directory.display().to_string().replace('/', "%2F"), 1);
        let mut outage = Self { directory, target: file_in(&PathBuf::from(decoded(socket))), relaying: None };
        outage.end().await;
        (outage, through)
    }

    /// Cuts the database off: open connections break, new ones are refused.
    pub async fn begin(&mut self) {
        if let Some(relaying) = self.relaying.take() {
            relaying.abort();
            drop(relaying.await);
            tokio::fs::remove_file(file_in(&self.directory)).await.expect("the relay's socket");
        }
    }

    /// Lets the database be reached again.
    pub async fn end(&mut self) {
        let listener = UnixListener::bind(file_in(&self.directory)).expect("the relay listens");
        self.relaying = Some(tokio::spawn(relay(listener, self.target.clone())));
        tokio::task::yield_now().await;
    }

    /// Removes the relay.
    pub async fn finish(mut self) {
        self.begin().await;
        tokio::fs::remove_dir(&self.directory).await.expect("the relay's directory is empty");
    }
}

async fn relay(listener: UnixListener, target: PathBuf) {
    // Dropping the set with this task closes every connection.
    let mut connections = JoinSet::new();
    while let Ok((mut near, _)) = listener.accept().await {
        let target = target.clone();
        connections.spawn(async move {
            if let Ok(mut far) = UnixStream::connect(target).await {
                drop(copy_bidirectional(&mut near, &mut far).await);
            }
        });
    }
}

/// The host of a URL, which is the directory of a unix socket in percent-encoding.
fn socket_of(url: &str) -> &str {
    let (_, after_user) = url.split_once('@').unwrap_or_else(|| panic!("{url} names no user"));
    let host = after_user.split([':', '/']).next().unwrap_or(after_user);
    assert!(host.starts_with("%2F"), "{url} names no unix socket");
    host
}

fn decoded(host: &str) -> String {
    let mut parts = host.split('%');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |decoded, part| {
        let (code, rest) = part.split_at(2);
        let byte = u8::from_str_radix(code, 16).expect("two hexadecimal digits");
        decoded + &char::from(byte).to_string() + rest
    })
}

fn file_in(directory: &Path) -> PathBuf {
    directory.join(".s.PGSQL.5432")
}
