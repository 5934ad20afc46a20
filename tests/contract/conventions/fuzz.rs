//! Random requests over plain connections: however a request is framed and cut, it is read alike, refused in the words of the contract, and the
//! connection is where it should be behind it.
//!
//! What it deliberately does not do: judge what bodies say; that is a test of the readers' own (`crates/server/src/fuzz`). `make fuzz` tries
//! more; `PROPTEST_RNG_SEED` repeats a run.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, TestRunner};
use windlass_tests::{Answer, RawConnection, TestApp};

/// Each makes two requests.
const CASES: u32 = 200;

const TARGETS: [&str; 7] = [
    "POST /v1/pipelines",
    "POST /v1/jobs",
    "POST /v1/tasks/dequeue",
    "POST /v1/tasks/complete",
    "PATCH /v1/queues/fuzzed",
    "POST /v1/pipelines/01940000-0000-7000-8000-000000000001/cancel",
    "POST /v1/nowhere",
];

const BODIES: [&str; 12] = [
    "",
    "{}",
    "null",
    "[1, \"é🦀\"]",
    r#"{"type": "fuzzed", "payload": {"a": [1, 2, 3]}}"#,
    r#"{"name": "fuzzed", "jobs": [{"key": "a", "type": "fuzzed"}, {"key": "b", "type": "fuzzed", "depends_on": ["a"]}]}"#,
    r#"{"types": ["unheard-of"], "worker_id": "w"}"#,
    r#"{"tasks": [{"id": "x"}]}"#,
    r#"{"paused": false}"#,
    r#"{"reason": "why", "colour": 1}"#,
    "{\"a\": ",
    "GET /healthz HTTP/1.1\r\n\r\n",
];

const CONTENT_TYPES: [&str; 5] = [
    "content-type: application/json\r\n",
    "Content-Type: Application/JSON; charset=utf-8\r\n",
    "content-type: text/plain\r\n",
    "content-type:\tapplication/json \r\ncontent-encoding: identity\r\n",
    "",
];

/// A request, how its body is announced, and where what is sent is cut.
#[derive(Debug)]
struct Framed {
    whole: Vec<u8>,
    in_chunks: Vec<u8>,
    cuts: Vec<Index>,
}

fn bodies() -> impl Strategy<Value = Vec<u8>> {
    let mangled = (select(&BODIES[..]), any::<Index>(), any::<u8>()).prop_map(|(body, at, byte)| {
        let mut body = body.as_bytes().to_vec();
        body.insert(at.index(body.len() + 1), byte);
        body
    });
    prop_oneof![3 => select(&BODIES[..]).prop_map(|body| body.as_bytes().to_vec()), 2 => mangled, 1 => vec(any::<u8>(), 0..300)]
}

fn requests() -> impl Strategy<Value = Framed> {
    let parts = (
        select(&TARGETS[..]),
        select(&CONTENT_TYPES[..]),
        bodies(),
        vec(any::<Index>(), 0..4),
        vec(any::<Index>(), 0..6),
    );
    parts.prop_map(|(target, content_type, body, chunks, cuts)| {
        let head = |framing: &str| {
            format!("{target} HTTP/1.1\r\nhost: localhost\r\n{content_type}{framing}\r\n\r\n").into_bytes()
        };
        let whole = [&head(&format!("content-length: {}", body.len()))[..], &body].concat();
        let mut in_chunks = head("transfer-encoding: chunked");
        for chunk in pieces(&body, &chunks).into_iter().filter(|chunk| !chunk.is_empty()) {
            in_chunks.extend(format!("{:X};note=x\r\n", chunk.len()).bytes());
            in_chunks.extend([chunk, b"\r\n"].concat());
        }
        in_chunks.extend(b"0\r\n\r\n");
        Framed { whole, in_chunks, cuts }
    })
}

fn pieces<'a>(bytes: &'a [u8], cuts: &[Index]) -> Vec<&'a [u8]> {
    let mut ends: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
    ends.extend([0, bytes.len()]);
    ends.sort_unstable();
    ends.windows(2).map(|ends| &bytes[ends[0]..ends[1]]).collect()
}

/// What is the same however often a request is made: its status, and the code where it is refused.
async fn outcome(app: &TestApp, request: &[&[u8]]) -> Result<(u16, String), TestCaseError> {
    let mut connection = RawConnection::open(app.address(0)).await;
    for piece in request {
        connection.send(piece).await;
        tokio::task::yield_now().await;
    }
    let answer: Answer = connection.answer().await;
    prop_assert!(answer.status < 500, "{}", answer.text);
    let mut code = String::new();
    if answer.status >= 400 {
        answer.json()["code"].as_str().unwrap_or_default().clone_into(&mut code);
        answer.problem(answer.status, &code);
    }
    if answer.header("connection") != Some("close") {
        connection.send(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
        let next = connection.answer().await;
        prop_assert_eq!(next.status, 200, "{}", next.text);
    }
    Ok((answer.status, code))
}

async fn check(app: &TestApp, request: &Framed) -> Result<(), TestCaseError> {
    let whole = outcome(app, &[&request.whole]).await?;
    let cut = outcome(app, &pieces(&request.in_chunks, &request.cuts)).await?;
    prop_assert_eq!(whole, cut);
    Ok(())
}

#[test]
fn a_request_is_read_alike_however_it_is_framed_and_cut() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let app = runtime.block_on(TestApp::start());
    let config = Config::default();
    let config = Config { cases: config.cases.max(CASES), failure_persistence: None, ..config };
    let tested = TestRunner::new(config).run(&requests(), |request| runtime.block_on(check(&app, &request)));
    tested.unwrap();
    runtime.block_on(app.finish());
}
