//! A database that goes away and comes back, as a server sees it.
//!
//! A relay on a unix socket of its own is between the server and the test Postgres; cutting it closes what is open and refuses what is
//! new, and the Postgres that other tests use notices nothing.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::{JoinHandle, JoinSet};

/// The relay before a database.
pub struct Outage {
    directory: PathBuf,
    target: PathBuf,
    relaying: Option<JoinHandle<()>>,
    doomed: Doomed,
}

/// What a connection says, one after the other, before its answer is lost.
type Doomed = Arc<Mutex<Vec<String>>>;

impl Outage {
    /// A relay to the Postgres of a URL, and the URL through the relay.
    pub(crate) async fn before(url: &str) -> (Self, String) {
        let socket = socket_of(url);
        let directory = PathBuf::from(format!("/tmp/windlass-outage.{}", uuid::Uuid::new_v4().simple()));
        tokio::fs::create_dir(&directory).await.expect("a directory for the relay");
        let through = url.replacen(socket, &directory.display().to_string().replace('/', "%2F"), 1);
        let target = file_in(&PathBuf::from(decoded(socket)));
        let mut outage = Self { directory, target, relaying: None, doomed: Doomed::default() };
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
        self.relaying = Some(tokio::spawn(relay(listener, self.target.clone(), Arc::clone(&self.doomed))));
        tokio::task::yield_now().await;
    }

    /// The first connection to the database that says these words, one request after the other, has the last one carried out; its answer is
    /// lost with the connection.
    ///
    /// # Panics
    /// When a relay has panicked.
    pub fn lose_the_answer_to(&self, words: &[&str]) {
        *self.doomed.lock().expect("no relay panics") = words.iter().map(ToString::to_string).collect();
    }

    /// Removes the relay.
    pub async fn finish(mut self) {
        self.begin().await;
        tokio::fs::remove_dir(&self.directory).await.expect("the relay's directory is empty");
    }
}

async fn relay(listener: UnixListener, target: PathBuf, doomed: Doomed) {
    // Dropping the set with this task closes every connection.
    let mut connections = JoinSet::new();
    while let Ok((near, _)) = listener.accept().await {
        let (target, doomed) = (target.clone(), Arc::clone(&doomed));
        connections.spawn(async move {
            if let Ok(far) = UnixStream::connect(target).await {
                drop(between(near, far, &doomed).await);
            }
        });
    }
}

/// Relays until one side closes, or the doomed request has been answered.
async fn between(mut near: UnixStream, mut far: UnixStream, doomed: &Doomed) -> std::io::Result<()> {
    let mut said = 0;
    let (mut request, mut answer) = (vec![0; 64 * 1024], vec![0; 64 * 1024]);
    loop {
        tokio::select! {
            read = near.read(&mut request) => {
                let read = read?;
                far.write_all(&request[..read]).await?;
                if read == 0 {
                    return Ok(());
                }
                if is_doomed(&request[..read], doomed, &mut said) {
                    let _unheard = far.read(&mut answer).await?;
                    return Ok(());
                }
            }
            read = far.read(&mut answer) => {
                let read = read?;
                if read == 0 {
                    return Ok(());
                }
                near.write_all(&answer[..read]).await?;
            }
        }
    }
}

fn is_doomed(request: &[u8], doomed: &Doomed, said: &mut usize) -> bool {
    let mut doomed = doomed.lock().expect("no relay panics");
    let Some(words) = doomed.get(*said) else { return false };
    if request.windows(words.len()).any(|window| window == words.as_bytes()) {
        *said += 1;
    }
    let is_last = *said > 0 && *said == doomed.len();
    if is_last {
        doomed.clear();
    }
    is_last
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
