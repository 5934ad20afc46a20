//! A plain TCP connection, for what no HTTP client would send.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::{Answer, LONG};

/// One connection to a server.
pub struct RawConnection {
    stream: TcpStream,
    received: Vec<u8>,
}

impl RawConnection {
    /// Connects.
    pub async fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.expect("the server accepts");
        // Each piece goes when it is sent.
        stream.set_nodelay(true).expect("a TCP connection");
        Self { stream, received: Vec::new() }
    }

    /// Sends bytes as they are.
    pub async fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.expect("the server reads");
    }

    /// Sends the same bytes again and again until the server answers or refuses to read, at most `times`.
    pub async fn send_until_answered(&mut self, bytes: &[u8], times: usize) {
        let (mut reader, mut writer) = self.stream.split();
        let mut received = [0; 4096];
        let answer = tokio::select! {
            answer = reader.read(&mut received) => answer.expect("the server answers"),
            () = async {
                for _ in 0..times {
                    if writer.write_all(bytes).await.is_err() {
                        break;
                    }
                }
            } => reader.read(&mut received).await.expect("the server answers"),
        };
        self.received.extend_from_slice(&received[..answer]);
    }

    /// Sends the same bytes again and again until the server closes, which it must before it has taken them so many times.
    pub async fn send_until_closed(&mut self, bytes: &[u8], times: usize) {
        for _ in 0..times {
            let sent = tokio::time::timeout(LONG, self.stream.write_all(bytes)).await;
            if sent.expect("the server reads or closes").is_err() {
                return;
            }
        }
        self.closed().await;
    }

    /// Waits until the server closes, without an answer.
    pub async fn closed(&mut self) {
        let read = tokio::time::timeout(LONG, self.stream.read_buf(&mut self.received)).await;
        let read = read.expect("the server closes in time");
        assert!(matches!(read, Ok(0) | Err(_)), "{:?}", String::from_utf8_lossy(&self.received));
    }

    /// Reads one answer to its end.
    pub async fn answer(&mut self) -> Answer {
        tokio::time::timeout(LONG, self.read_answer()).await.expect("the server answers in time")
    }

    async fn read_answer(&mut self) -> Answer {
        let head_end = loop {
            if let Some(at) = self.received.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            self.read_more().await;
        };
        let head = String::from_utf8(self.received[..head_end].to_vec()).expect("a head in ASCII");
        let (status, headers) = parse_head(&head);
        let length: usize = headers
            .get("content-length")
            .map_or(0, |length| length.to_str().expect("ASCII").parse().expect("a length"));
        while self.received.len() < head_end + length {
            self.read_more().await;
        }
        let body: Vec<u8> = self.received.drain(..head_end + length).skip(head_end).collect();
        Answer { status, headers, text: String::from_utf8(body).expect("a body in UTF-8") }
    }

    async fn read_more(&mut self) {
        let count = self.stream.read_buf(&mut self.received).await.expect("the connection is open");
        assert!(count > 0, "the server closed after {:?}", String::from_utf8_lossy(&self.received));
    }
}

fn parse_head(head: &str) -> (u16, reqwest::header::HeaderMap) {
    let mut lines = head.trim_end().split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).expect("a status line");
    let headers = lines
        .map(|line| {
            let (name, value) = line.split_once(": ").expect("a header line");
            (name.parse().expect("a name"), value.parse().expect("a value"))
        })
        .collect::<Vec<(reqwest::header::HeaderName, reqwest::header::HeaderValue)>>();
    (status.parse().expect("a status"), headers.into_iter().collect())
}
