//! A proxy that serves below a path of its own, and takes that path off before it asks its server.

use std::io::{BufRead, BufReader, Read, Result, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;

/// Its port, before the server is known whose public URL names it.
pub(crate) struct StrippingProxy {
    listener: TcpListener,
    prefix: &'static str,
}

impl StrippingProxy {
    pub(crate) fn below(prefix: &'static str) -> Self {
        Self { listener: TcpListener::bind("127.0.0.1:0").unwrap(), prefix }
    }

    /// Host and port where it listens.
    pub(crate) fn address(&self) -> String {
        self.listener.local_addr().unwrap().to_string()
    }

    /// Relays to a server from now on, one request a connection.
    pub(crate) fn relay_to(self, server: &str) {
        let server = server.to_owned();
        thread::spawn(move || {
            for client in self.listener.incoming().filter_map(Result::ok) {
                // A client that has gone is no fault of the proxy.
                let _ = relay(client, &server, self.prefix);
            }
        });
    }
}

fn relay(mut client: TcpStream, server: &str, prefix: &str) -> Result<()> {
    let mut request = BufReader::new(client.try_clone()?);
    let mut line = String::new();
    request.read_line(&mut line)?;
    let Some(stripped) = line.split_once(prefix).filter(|(_, rest)| rest.starts_with('/')) else {
        return client.write_all(b"HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
    };
    let mut far = TcpStream::connect(server)?;
    far.write_all(format!("{}{}", stripped.0, stripped.1).as_bytes())?;
    let mut length = 0;
    loop {
        line.clear();
        request.read_line(&mut line)?;
        far.write_all(line.as_bytes())?;
        if let Some(said) = line.strip_prefix("content-length: ") {
            length = said.trim().parse().unwrap_or(0);
        }
        if line == "\r\n" {
            break;
        }
    }
    let mut body = vec![0; length];
    request.read_exact(&mut body)?;
    far.write_all(&body)?;
    std::io::copy(&mut far, &mut client)?;
    client.shutdown(Shutdown::Both)
}
