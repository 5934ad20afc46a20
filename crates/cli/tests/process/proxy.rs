//! As much of a reverse proxy as a rolling restart needs: it leaves connections to its servers open, lets go of those that say
//! `connection: close`, and asks another server where one refuses to be connected. Nothing that was sent is sent again.

use std::io::{BufRead, BufReader, Error, ErrorKind, Read, Result, Write};
use std::net::TcpStream;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// A proxy before some servers; many threads may ask it.
pub(crate) struct Proxy {
    servers: Vec<Server>,
    next: AtomicUsize,
}

struct Server {
    address: String,
    idle: Mutex<Vec<BufReader<TcpStream>>>,
}

impl Proxy {
    /// Before servers at these addresses.
    pub(crate) fn before(addresses: &[String]) -> Self {
        let server = |address: &String| Server { address: address.clone(), idle: Mutex::default() };
        Self { servers: addresses.iter().map(server).collect(), next: AtomicUsize::new(0) }
    }

    /// Has one of the servers answer; its status.
    pub(crate) fn ask(&self, method: &str, path: &str, body: &str) -> Result<u16> {
        let first = self.next.fetch_add(1, Ordering::Relaxed);
        for number in first..first + self.servers.len() {
            let server = &self.servers[number % self.servers.len()];
            match server.connection() {
                Ok(connection) => return server.ask(connection, method, path, body),
                Err(error) if error.kind() == ErrorKind::ConnectionRefused => {}
                Err(error) => return Err(error),
            }
        }
        Err(Error::new(ErrorKind::ConnectionRefused, "no server can be connected to"))
    }
}

impl Server {
    /// An open one that the server has not closed, or a new one.
    fn connection(&self) -> Result<BufReader<TcpStream>> {
        while let Some(connection) = self.idle.lock().unwrap().pop() {
            if is_open(&connection) {
                return Ok(connection);
            }
        }
        let stream = TcpStream::connect(&self.address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        Ok(BufReader::new(stream))
    }

    fn ask(&self, mut connection: BufReader<TcpStream>, method: &str, path: &str, body: &str) -> Result<u16> {
        let call = format!(
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        connection.get_mut().write_all(call.as_bytes())?;
        let (status, is_last) = read_answer(&mut connection)?;
        if !is_last {
            self.idle.lock().unwrap().push(connection);
        }
        Ok(status)
    }
}

/// Whether nothing is to be read on a connection, not even its end.
fn is_open(connection: &BufReader<TcpStream>) -> bool {
    let stream = connection.get_ref();
    let peeked = stream.set_nonblocking(true).and_then(|()| stream.peek(&mut [0]));
    stream.set_nonblocking(false).is_ok() && peeked.is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
}

/// The status, and whether the connection ends with this answer.
fn read_answer(connection: &mut BufReader<TcpStream>) -> Result<(u16, bool)> {
    let (mut line, mut head) = (String::new(), String::new());
    while connection.read_line(&mut line)? > 2 {
        head.push_str(&line.to_ascii_lowercase());
        line.clear();
    }
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status =
        status.ok_or_else(|| Error::new(ErrorKind::UnexpectedEof, format!("no answer in {head:?}")))?;
    let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()?.parse().ok());
    let mut body = vec![0; length.expect("answers of this test have a length")];
    connection.read_exact(&mut body)?;
    Ok((status, head.contains("connection: close")))
}
