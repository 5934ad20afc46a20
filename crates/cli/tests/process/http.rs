//! As much of an HTTP client as these tests need: one request a connection.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

/// A request under way.
pub(crate) struct Request(TcpStream);

/// Status and body.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Request {
    /// Sends a request with a body that is complete.
    pub(crate) fn send(address: &str, method: &str, path: &str, body: &str) -> Self {
        let mut request = Self::announce(address, method, path, body.len());
        request.0.write_all(body.as_bytes()).unwrap();
        request
    }

    /// Sends the head of a request whose body does not follow.
    pub(crate) fn announce(address: &str, method: &str, path: &str, length: usize) -> Self {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\
             content-type: application/json\r\ncontent-length: {length}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).unwrap();
        Self(stream)
    }

    /// Waits for the answer.
    pub(crate) fn answer(mut self) -> Answer {
        let mut text = String::new();
        self.0.read_to_string(&mut text).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer in {text:?}"));
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answer { status, body: serde_json::from_str(body).unwrap_or(Value::Null) }
    }
}

/// Asks and waits for the answer.
pub(crate) fn ask(address: &str, method: &str, path: &str, body: &str) -> Answer {
    Request::send(address, method, path, body).answer()
}
