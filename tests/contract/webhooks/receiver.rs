//! A receiver: takes what is sent, and answers as the test says.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use windlass_tests::eventually;

/// How it answers.
#[derive(Debug, Clone)]
pub(super) enum Reply {
    /// This status, and further headers, each with its end of line.
    Status(u16, String),
    /// Never.
    Hang,
    /// By hanging up.
    HangUp,
    /// 200, and a body without end.
    Endless,
}

/// What came.
#[derive(Debug, Clone)]
pub(super) struct Got {
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

/// A receiver that listens.
pub(super) struct Receiver {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    got: Mutex<Vec<Got>>,
    /// The next answers; then the last one for ever.
    replies: Mutex<VecDeque<Reply>>,
    under_way: AtomicUsize,
    most: AtomicUsize,
}

impl Got {
    /// A header, as text.
    pub(super) fn header(&self, name: &str) -> String {
        let value = self.headers.get(name).unwrap_or_else(|| panic!("no {name} in {:?}", self.headers));
        value.to_str().unwrap().to_owned()
    }

    /// The body as JSON.
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("no JSON ({error}): {}", self.body))
    }

    /// Its type, as a standard body has it.
    pub(super) fn kind(&self) -> String {
        self.json()["type"].as_str().unwrap().to_owned()
    }
}

impl Receiver {
    /// One that takes everything.
    pub(super) async fn start() -> Self {
        Self::answering(Reply::Status(200, String::new())).await
    }

    /// One that answers so.
    pub(super) async fn answering(reply: Reply) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            got: Mutex::default(),
            replies: Mutex::new([reply].into()),
            under_way: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
        });
        let serving = shared.clone();
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                tokio::spawn(serving.clone().serve(connection));
            }
        });
        Self { address, shared }
    }

    /// Answers so from now on.
    pub(super) fn answer(&self, reply: Reply) {
        *self.shared.replies.lock().unwrap() = [reply].into();
    }

    /// Answers so, one after another, and then as the last one for ever.
    pub(super) fn answer_in_turn(&self, replies: Vec<Reply>) {
        *self.shared.replies.lock().unwrap() = replies.into();
    }

    /// Where it is.
    pub(super) fn url(&self) -> String {
        format!("http://{}/hook?a=b", self.address)
    }

    /// What has come.
    pub(super) fn got(&self) -> Vec<Got> {
        self.shared.got.lock().unwrap().clone()
    }

    /// What has come once it is so much.
    pub(super) async fn wait_for(&self, count: usize) -> Vec<Got> {
        eventually(&format!("{count} calls, {} came", self.got().len()), || async {
            Some(self.got()).filter(|got| got.len() >= count)
        })
        .await
    }

    /// The types of what has come once it is so much, sorted.
    pub(super) async fn kinds(&self, count: usize) -> Vec<String> {
        let mut kinds: Vec<String> = self.wait_for(count).await.iter().map(Got::kind).collect();
        kinds.sort();
        kinds
    }

    /// How many calls are under way.
    pub(super) fn under_way(&self) -> usize {
        self.shared.under_way.load(Ordering::SeqCst)
    }

    /// How many calls were under way at once at the most.
    pub(super) fn most(&self) -> usize {
        self.shared.most.load(Ordering::SeqCst)
    }
}

impl Shared {
    async fn serve(self: Arc<Self>, mut connection: TcpStream) {
        let Some(got) = read(&mut connection).await else { return };
        let under_way = self.under_way.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(under_way, Ordering::SeqCst);
        self.got.lock().unwrap().push(got);
        let reply = {
            let mut replies = self.replies.lock().unwrap();
            if replies.len() > 1 { replies.pop_front() } else { replies.front().cloned() }
        };
        self.reply(&mut connection, reply.unwrap()).await;
        self.under_way.fetch_sub(1, Ordering::SeqCst);
    }

    async fn reply(&self, connection: &mut TcpStream, reply: Reply) {
        match reply {
            Reply::Status(status, headers) => {
                let answer = format!("HTTP/1.1 {status} x\r\ncontent-length: 2\r\n{headers}\r\nok");
                let _ = connection.write_all(answer.as_bytes()).await;
            }
            // Until the other side gives up.
            Reply::Hang => drop(connection.read(&mut [0; 1]).await),
            Reply::HangUp => {}
            Reply::Endless => {
                let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
                let mut sent = connection.write_all(head.as_bytes()).await;
                while sent.is_ok() {
                    sent = connection.write_all(b"4\r\nmore\r\n").await;
                }
            }
        }
    }
}

/// One request of HTTP/1.1; `None`: it was broken off.
async fn read(connection: &mut TcpStream) -> Option<Got> {
    let mut bytes = Vec::new();
    let end = loop {
        if connection.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break at;
        }
    };
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let mut lines = head.split("\r\n");
    assert_eq!(lines.next(), Some("POST /hook?a=b HTTP/1.1"));
    let header = |line: &str| {
        let (name, value) = line.split_once(": ").unwrap();
        (HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_str(value).unwrap())
    };
    let headers: HeaderMap = lines.map(header).collect();
    let length: usize = headers["content-length"].to_str().unwrap().parse().unwrap();
    let mut body = bytes[end + 4..].to_vec();
    while body.len() < length {
        if connection.read_buf(&mut body).await.ok()? == 0 {
            return None;
        }
    }
    Some(Got { headers, body: String::from_utf8(body).unwrap() })
}
