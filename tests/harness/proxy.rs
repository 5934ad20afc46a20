//! A bad network between a client and a server.
//!
//! A proxy on a port of its own relays bytes, and does what a test asks: loses answers, hangs, fails, is slow, or is gone. Other clients
//! reach the server directly and notice nothing.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

/// What becomes of requests and answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Both pass.
    Through,
    /// Requests are carried out; their connection is cut before the answer.
    LosesAnswers,
    /// Connections stay open, and nothing passes: on those that were open or opened meanwhile, nothing ever will.
    Hangs,
    /// Every request is answered 500, and carried out by nobody.
    Fails,
    /// Answers come later by this much.
    Slow(Duration),
}

/// The proxy before a server; it ends when dropped.
pub struct Proxy {
    address: SocketAddr,
    target: SocketAddr,
    way: watch::Sender<Way>,
    relaying: Option<JoinHandle<()>>,
}

impl Proxy {
    /// A proxy before a server, through which all passes.
    pub fn before(target: SocketAddr) -> Self {
        let listener = listen(SocketAddr::from(([127, 0, 0, 1], 0)));
        let address = listener.local_addr().expect("a bound port");
        let way = watch::Sender::new(Way::Through);
        let relaying = Some(tokio::spawn(relay(listener, target, way.subscribe())));
        Self { address, target, way, relaying }
    }

    /// Its address for a client.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Changes what becomes of requests and answers from now on.
    pub fn set(&self, way: Way) {
        self.way.send_replace(way);
    }

    /// Cuts all connections, and refuses new ones.
    pub async fn cut(&mut self) {
        if let Some(relaying) = self.relaying.take() {
            relaying.abort();
            drop(relaying.await);
        }
    }

    /// Accepts connections again.
    pub fn mend(&mut self) {
        let relay = relay(listen(self.address), self.target, self.way.subscribe());
        self.relaying = Some(tokio::spawn(relay));
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        if let Some(relaying) = &self.relaying {
            relaying.abort();
        }
    }
}

/// A listener on an address that connections of before may still linger on.
fn listen(address: SocketAddr) -> TcpListener {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_reuseaddr(true).expect("an option of sockets");
    socket.bind(address).expect("the port is the proxy's");
    socket.listen(1024).expect("the proxy listens")
}

async fn relay(listener: TcpListener, target: SocketAddr, way: watch::Receiver<Way>) {
    // Dropping the set with this task closes every connection.
    let mut connections = JoinSet::new();
    while let Ok((near, _)) = listener.accept().await {
        let way = way.clone();
        connections.spawn(async move {
            if let Ok(far) = TcpStream::connect(target).await {
                drop(between(near, far, way).await);
            }
        });
    }
}

/// Relays until one side closes or the way ends the connection.
async fn between(
    mut near: TcpStream,
    mut far: TcpStream,
    mut way: watch::Receiver<Way>,
) -> std::io::Result<()> {
    let (mut request, mut answer) = (vec![0; 64 * 1024], vec![0; 64 * 1024]);
    loop {
        let present = *way.borrow_and_update();
        if present == Way::Hangs {
            return std::future::pending().await;
        }
        tokio::select! {
            // First the way: what is sent after it was set goes by it.
            biased;
            changed = way.changed() => if changed.is_err() { return Ok(()) },
            read = near.read(&mut request) => match read? {
                0 => return Ok(()),
                _ if present == Way::Fails => return fail(&mut near).await,
                read => far.write_all(&request[..read]).await?,
            },
            read = far.read(&mut answer) => match (read?, present) {
                (0, _) | (_, Way::LosesAnswers) => return Ok(()),
                (read, Way::Slow(delay)) => {
                    tokio::time::sleep(delay).await;
                    near.write_all(&answer[..read]).await?;
                }
                (read, _) => near.write_all(&answer[..read]).await?,
            },
        }
    }
}

async fn fail(near: &mut TcpStream) -> std::io::Result<()> {
    near.write_all(
        b"HTTP/1.1 500 Internal Server Error\r\ncontent-length: 4\r\nconnection: close\r\n\r\noops",
    )
    .await?;
    near.shutdown().await?;
    // What else the request has is read, or closing would take the answer back.
    let mut rest = [0; 4096];
    while near.read(&mut rest).await? > 0 {}
    Ok(())
}
