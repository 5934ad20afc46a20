//! Refusals come before the body is read.

use windlass_tests::{RawConnection, TestApp};

fn head(key: Option<&str>, length: usize) -> Vec<u8> {
    let key = key.map_or_else(String::new, |key| format!("authorization: Bearer {key}\r\n"));
    format!("POST /v1/pipelines HTTP/1.1\r\nhost: x\r\n{key}content-type: application/json\r\ncontent-length: {length}\r\n\r\n")
        .into_bytes()
}

#[tokio::test]
async fn a_refusal_comes_before_the_body_and_the_connection_stays_usable_up_to_1_mib() {
    let app = TestApp::start_with_keys().await;
    let reader = app.key("reader", &["read"]).await;
    let length = 1024 * 1024;
    for (key, status, code) in [(None, 401, "unauthorized"), (Some(&*reader), 403, "forbidden")] {
        let mut raw = RawConnection::open(app.address(0)).await;
        for _ in 0..2 {
            raw.send(&head(key, length)).await;
            raw.answer().await.problem(status, code);
            raw.send(&vec![b' '; length]).await;
        }
        raw.send(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await;
        raw.answer().await.expect(200);
    }
    app.finish().await;
}

#[tokio::test]
async fn a_longer_body_ends_the_connection_after_the_answer() {
    let app = TestApp::start_with_keys().await;
    let mut raw = RawConnection::open(app.address(0)).await;
    raw.send(&head(None, 8 * 1024 * 1024)).await;
    raw.answer().await.problem(401, "unauthorized");
    raw.send_until_closed(&vec![b' '; 256 * 1024], 32).await;
    app.finish().await;
}

#[tokio::test]
async fn a_body_that_does_not_come_ends_the_connection_after_5_seconds() {
    let app = TestApp::start_with_keys().await;
    let mut raw = RawConnection::open(app.address(0)).await;
    let begun = std::time::Instant::now();
    raw.send(&head(None, 100)).await;
    raw.answer().await.problem(401, "unauthorized");
    raw.closed().await;
    let took = begun.elapsed().as_secs_f64();
    assert!((4.5..10.0).contains(&took), "{took}");
    app.finish().await;
}
