//! As little HTTP/1.1 as load needs: one keep-alive connection, one request at a time, no copies.
//!
//! A general client would use more CPU than the server it asks, and on a machine that both share it would measure itself.

use std::io::Write;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::address::Address;
use crate::error::BenchError;

/// A keep-alive connection.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    /// What every head has.
    host: String,
    request: Vec<u8>,
    answer: Vec<u8>,
}

/// Status and body.
#[derive(Debug)]
pub(crate) struct Answer<'a> {
    pub(crate) status: u16,
    pub(crate) body: &'a [u8],
}

/// What the head of an answer says.
struct Head {
    status: u16,
    body_at: usize,
    length: usize,
}

impl Connection {
    pub(crate) async fn open(address: Address) -> Result<Self, BenchError> {
        let connected = TcpStream::connect(address.socket).await;
        let stream = connected.map_err(BenchError::refused("cannot connect to the server"))?;
        stream.set_nodelay(true)?;
        let key = address.key.map(|key| format!("authorization: Bearer {key}\r\n")).unwrap_or_default();
        let host = format!("host: {address}\r\n{key}");
        Ok(Self { stream, host, request: Vec::new(), answer: Vec::new() })
    }

    /// Sends a request with a JSON body, or an empty one, and reads the answer.
    pub(crate) async fn ask(
        &mut self,
        method: &str,
        path: &str,
        body: &[u8],
    ) -> Result<Answer<'_>, BenchError> {
        self.send(method, path, body).await?;
        self.receive().await
    }

    /// Sends a request and does not wait.
    pub(crate) async fn send(&mut self, method: &str, path: &str, body: &[u8]) -> Result<(), BenchError> {
        self.request.clear();
        write!(self.request, "{method} {path} HTTP/1.1\r\n{}", self.host)?;
        if method != "GET" {
            write!(self.request, "content-type: application/json\r\ncontent-length: {}\r\n", body.len())?;
        }
        self.request.extend_from_slice(b"\r\n");
        self.request.extend_from_slice(body);
        Ok(self.stream.write_all(&self.request).await?)
    }

    /// Reads the answer to what was sent.
    pub(crate) async fn receive(&mut self) -> Result<Answer<'_>, BenchError> {
        self.answer.clear();
        let mut head = None;
        let head = loop {
            if let Some(Head { status, body_at, length }) = head
                && self.answer.len() >= body_at + length
            {
                break Head { status, body_at, length };
            }
            if self.stream.read_buf(&mut self.answer).await? == 0 {
                return Err(BenchError::Unexpected("the server closed the connection".to_owned()));
            }
            if head.is_none() {
                head = parse(&self.answer)?;
            }
        };
        Ok(Answer { status: head.status, body: &self.answer[head.body_at..head.body_at + head.length] })
    }
}

impl Answer<'_> {
    /// Refuses what is not a success, in the server's own words.
    pub(crate) fn succeeded(self, method: &str, path: &str) -> Result<Self, BenchError> {
        if (200..300).contains(&self.status) {
            return Ok(self);
        }
        let said = String::from_utf8_lossy(self.body);
        Err(BenchError::Unexpected(format!("{method} {path} answered {}: {said}", self.status)))
    }
}

/// An answer that never has a body, and so no length of one.
const NO_CONTENT: u16 = 204;

/// `None` while the head is not complete.
fn parse(answer: &[u8]) -> Result<Option<Head>, BenchError> {
    let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
    let strange = || BenchError::Unexpected(format!("no answer in {:?}", String::from_utf8_lossy(answer)));
    let text = std::str::from_utf8(&answer[..end])?;
    let status = text.get(9..12).and_then(|status| status.parse().ok()).ok_or_else(strange)?;
    let length = text.split("\r\n").find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    });
    let length = if status == NO_CONTENT { Some(0) } else { length };
    Ok(Some(Head { status, body_at: end + 4, length: length.ok_or_else(strange)? }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_shows_status_and_where_the_body_is() {
        let answer = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\nx-request-id: a\r\n\r\n{}";
        let head = parse(answer).unwrap().unwrap();
        assert_eq!((head.status, &answer[head.body_at..], head.length), (201, &b"{}"[..], 2));
    }

    #[test]
    fn an_answer_without_content_has_no_length() {
        let head = parse(b"HTTP/1.1 204 No Content\r\nx-request-id: a\r\n\r\n").unwrap().unwrap();
        assert_eq!((head.status, head.length), (204, 0));
    }

    #[test]
    fn an_incomplete_head_is_waited_for_and_one_without_a_length_refused() {
        assert!(parse(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n").unwrap().is_none());
        assert!(parse(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").is_err());
    }
}
