//! Clients that are slow on purpose: they hold connections, and send or take next to nothing.
//!
//! They run on a thread of their own. Each connection that the server ends is made again, so that as many are there all the time. They begin one after
//! the other over a second, as clients do that know nothing of each other: were all to send their bytes at the same instants, the cores that they share
//! with the server would be theirs alone for as long as that takes.

use std::net::SocketAddr;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use futures_util::future::join_all;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::time::sleep;

/// Between two bytes of one.
const PAUSE: Duration = Duration::from_secs(1);

/// Slow clients, until this is dropped.
pub(crate) struct SlowClients {
    over: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// In which way a client is slow.
#[derive(Debug, Clone, Copy)]
enum Way {
    /// It says nothing.
    Silent,
    /// A head comes a byte a second.
    Head,
    /// A body does.
    Body,
    /// It asks for answers and takes none.
    Unread,
}

const WAYS: [Way; 4] = [Way::Silent, Way::Head, Way::Body, Way::Unread];

impl SlowClients {
    /// Connects so many.
    pub(crate) fn begin(address: SocketAddr, clients: usize) -> std::io::Result<Self> {
        let (over, ended) = oneshot::channel::<()>();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let thread = thread::Builder::new().name("slow-clients".to_owned()).spawn(move || {
            runtime.block_on(async {
                let all = u32::try_from(clients).unwrap_or(u32::MAX);
                let clients = (0..all).zip(WAYS.iter().cycle()).map(|(number, way)| async move {
                    sleep(PAUSE * number / all).await;
                    again_and_again(address, *way).await;
                });
                tokio::select! {
                    _ = ended => {}
                    _ = join_all(clients) => {}
                }
            });
        })?;
        Ok(Self { over: Some(over), thread: Some(thread) })
    }
}

impl Drop for SlowClients {
    fn drop(&mut self) {
        drop(self.over.take());
        if let Some(thread) = self.thread.take() {
            // It has no more to say than that it is over.
            let _ = thread.join();
        }
    }
}

async fn again_and_again(address: SocketAddr, way: Way) {
    loop {
        // How the server ends it is what is to be found out elsewhere.
        let _ = be_slow(address, way).await;
        sleep(PAUSE).await;
    }
}

/// Until the server ends the connection.
async fn be_slow(address: SocketAddr, way: Way) -> std::io::Result<()> {
    let mut stream = TcpStream::connect(address).await?;
    let head = format!("POST /v1/jobs HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\n");
    match way {
        Way::Silent => {}
        Way::Head => return trickle(stream, head.as_bytes()).await,
        Way::Body => {
            stream.write_all(format!("{head}content-length: 1000\r\n\r\n").as_bytes()).await?;
            return trickle(stream, &[b' '; 1000]).await;
        }
        Way::Unread => {
            let call = format!("GET /openapi.json HTTP/1.1\r\nhost: {address}\r\n\r\n");
            stream.write_all(call.repeat(100).as_bytes()).await?;
            return until_reset(stream).await;
        }
    }
    stream.read(&mut [0]).await.map(drop)
}

/// Sends a byte a second until all are sent, or nobody takes them.
async fn trickle(mut stream: TcpStream, bytes: &[u8]) -> std::io::Result<()> {
    for byte in bytes {
        stream.write_all(&[*byte]).await?;
        sleep(PAUSE).await;
    }
    stream.read(&mut [0]).await.map(drop)
}

/// Waits until the connection is broken, without taking anything.
async fn until_reset(mut stream: TcpStream) -> std::io::Result<()> {
    loop {
        sleep(PAUSE).await;
        stream.write_all(b"\r\n").await?;
    }
}
