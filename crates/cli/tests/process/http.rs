//! As much of an HTTP client as these tests need: one request a connection.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

/// A request under way.
pub(crate) struct Request(TcpStream);

/// Status, head and body, as text and as JSON.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) text: String,
    pub(crate) body: Value,
}

impl Request {
    /// Sends a request with its body.
    pub(crate) fn send(address: &str, method: &str, path: &str, body: &str) -> Self {
        Self::head(address, method, path, body.len(), "").with(body)
    }

    /// Sends the head of a request, and waits until the server has begun it and asks for its body.
    pub(crate) fn begin(address: &str, method: &str, path: &str, length: usize) -> Self {
        Self::head(address, method, path, length, "expect: 100-continue\r\n").invited()
    }

    /// The same with a form from a page of the server itself.
    pub(crate) fn begin_form(address: &str, path: &str, length: usize) -> Self {
        let mut stream = connect(address);
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: {address}\r\norigin: http://{address}\r\nconnection: close\r\n\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: {length}\r\nexpect: 100-continue\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).unwrap();
        Self(stream).invited()
    }

    fn invited(mut self) -> Self {
        let mut asked = [0; b"HTTP/1.1 100 Continue\r\n\r\n".len()];
        self.0.read_exact(&mut asked).unwrap();
        assert!(asked.starts_with(b"HTTP/1.1 100 "), "{}", String::from_utf8_lossy(&asked));
        self
    }

    /// Sends the body of a request that was begun.
    pub(crate) fn with(mut self, body: &str) -> Self {
        self.0.write_all(body.as_bytes()).unwrap();
        self
    }

    /// Waits for the head of an answer whose body goes on and on, and reads no further.
    pub(crate) fn begun(mut self) -> Self {
        let head = self.head_of_answer();
        assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
        self
    }

    /// Waits for the head of the answer, and reads no further.
    pub(crate) fn head_of_answer(&mut self) -> String {
        let (mut head, mut byte) = (Vec::new(), [0]);
        while !head.ends_with(b"\r\n\r\n") {
            self.0.read_exact(&mut byte).unwrap();
            head.push(byte[0]);
        }
        String::from_utf8(head).unwrap()
    }

    /// Whether the server has not closed the connection; what it says is not read.
    pub(crate) fn is_open(&mut self) -> bool {
        self.0.set_nonblocking(true).unwrap();
        let peeked = self.0.peek(&mut [0]);
        self.0.set_nonblocking(false).unwrap();
        peeked.map_or_else(|error| error.kind() == std::io::ErrorKind::WouldBlock, |length| length > 0)
    }

    /// Waits for the answer.
    pub(crate) fn answer(mut self) -> Answer {
        let mut answer = String::new();
        self.0.read_to_string(&mut answer).unwrap();
        let (head, text) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer in {answer:?}"));
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let body = serde_json::from_str(text).unwrap_or(Value::Null);
        Answer { status, head: head.to_owned(), text: text.to_owned(), body }
    }

    /// Sends a request without a body, after which the connection could stay open.
    pub(crate) fn reusable(address: &str, method: &str, path: &str) -> Self {
        let mut stream = connect(address);
        stream.write_all(format!("{method} {path} HTTP/1.1\r\nhost: {address}\r\n\r\n").as_bytes()).unwrap();
        Self(stream)
    }

    fn head(address: &str, method: &str, path: &str, length: usize, more: &str) -> Self {
        let mut stream = connect(address);
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\
             content-type: application/json\r\ncontent-length: {length}\r\n{more}\r\n"
        );
        stream.write_all(head.as_bytes()).unwrap();
        Self(stream)
    }
}

fn connect(address: &str) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
    stream
}

/// Asks with more headers, each ended by a line break, and waits for the answer.
pub(crate) fn ask_with(address: &str, method: &str, path: &str, headers: &str, body: &str) -> Answer {
    Request::head(address, method, path, body.len(), headers).with(body).answer()
}

/// Asks by a key, and waits for the answer.
pub(crate) fn ask_by(address: &str, method: &str, path: &str, body: &str, key: &str) -> Answer {
    ask_with(address, method, path, &format!("authorization: Bearer {key}\r\n"), body)
}

/// Asks and waits for the answer.
pub(crate) fn ask(address: &str, method: &str, path: &str, body: &str) -> Answer {
    Request::send(address, method, path, body).answer()
}
