//! Where the server listens.

use std::io;
use std::net::SocketAddr;

use tokio::net::TcpListener;

/// What the system takes of an answer beyond what is on its way to the client, in bytes. Without a bound it takes some megabytes for each client that does
/// not read, and their copies take the time of those who do (`slow-connections` in BENCHMARKS.md).
const UNSENT: u32 = 64 * 1024;

/// Takes an address, and says which; with port 0, the port that the system chose.
pub(crate) async fn listen(address: SocketAddr) -> io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind(address).await?;
    bound_unsent(&listener)?;
    let bound = listener.local_addr()?;
    Ok((listener, bound))
}

/// Each connection has it from its listener.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn bound_unsent(listener: &TcpListener) -> io::Result<()> {
    socket2::SockRef::from(listener).set_tcp_notsent_lowat(UNSENT)
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn bound_unsent(_: &TcpListener) -> io::Result<()> {
    Ok(())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use tokio::net::TcpStream;

    use super::*;

    #[tokio::test]
    async fn what_a_client_does_not_read_is_bounded_on_each_connection() {
        let (listener, address) = listen(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
        let (_client, accepted) = tokio::join!(TcpStream::connect(address), listener.accept());
        let (connection, _) = accepted.unwrap();
        assert_eq!(socket2::SockRef::from(&connection).tcp_notsent_lowat().unwrap(), UNSENT);
    }
}
