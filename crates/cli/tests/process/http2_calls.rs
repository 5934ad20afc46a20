//! Calls on one HTTP/2 connection: how many at once, and how many that are taken back.

use std::net::TcpStream;
use std::time::Duration;

use crate::http2;
use crate::running::{TestDirectory, Windlass};

fn serve(directory: &TestDirectory, arguments: &[&str]) -> Windlass {
    Windlass::serve_with(&[&["--data-dir", directory.data().to_str().unwrap()], arguments].concat())
}

fn connect(windlass: &Windlass) -> TcpStream {
    let mut stream = TcpStream::connect(windlass.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    http2::begin(&mut stream, 1_000).unwrap();
    stream
}

/// Whether the call is answered; its connection may end instead.
fn is_answered(stream: &mut TcpStream, number: u32) -> bool {
    std::iter::from_fn(|| http2::next_frame(stream))
        .any(|(kind, of, _)| (kind, of) == (http2::HEADERS, number))
}

#[test]
fn one_call_more_at_once_than_a_connection_may_have_is_refused() {
    let directory = TestDirectory::new();
    let windlass = serve(&directory, &["--max-streams", "2"]);
    let mut stream = connect(&windlass);
    for number in [1, 3, 5] {
        http2::post(&mut stream, number, "/v1/jobs").unwrap();
    }
    let mut frames = std::iter::from_fn(|| http2::next_frame(&mut stream));
    let (_, number, why) = frames.find(|(kind, ..)| *kind == http2::RST_STREAM).unwrap();
    // REFUSED_STREAM
    assert_eq!((number, &why[..]), (5, &[0, 0, 0, 7][..]));
    http2::reset(&mut stream, 1).unwrap();
    http2::get(&mut stream, 7, "/healthz").unwrap();
    assert!(is_answered(&mut stream, 7), "there is room for the next");
    windlass.stop();
}

#[test]
fn a_client_may_take_back_so_many_calls_and_is_cut_off_at_the_next() {
    let directory = TestDirectory::new();
    let windlass = serve(&directory, &["--max-resets", "5"]);
    let mut stream = connect(&windlass);
    let take_back = |stream: &mut TcpStream, number| {
        http2::post(stream, number, "/v1/jobs").unwrap();
        http2::reset(stream, number).unwrap();
    };
    for call in 0..5 {
        take_back(&mut stream, 2 * call + 1);
    }
    http2::get(&mut stream, 11, "/healthz").unwrap();
    assert!(is_answered(&mut stream, 11));
    take_back(&mut stream, 13);
    assert!(!is_answered(&mut stream, 15), "the connection ends");
    let mut other = connect(&windlass);
    http2::get(&mut other, 1, "/healthz").unwrap();
    assert!(is_answered(&mut other, 1), "others are not meant");
    windlass.stop();
}

#[test]
fn a_head_with_too_many_headers_or_bytes_is_answered_431_and_its_connection_ends() {
    let directory = TestDirectory::new();
    let windlass = serve(&directory, &["--max-headers", "20", "--max-head-bytes", "8192"]);
    for (headers, length) in [(21, 1), (100, 100)] {
        let mut stream = connect(&windlass);
        http2::get_with(&mut stream, 1, 19, 1).unwrap();
        assert!(is_answered(&mut stream, 1), "one that is within both");
        http2::get_with(&mut stream, 3, headers, length).unwrap();
        let frames: Vec<_> = std::iter::from_fn(|| http2::next_frame(&mut stream)).collect();
        let said = |kind, number| frames.iter().any(|(one, of, _)| (*one, *of) == (kind, number));
        assert!(said(http2::HEADERS, 3) && said(http2::GOAWAY, 0), "{frames:?}");
        let body = |(kind, of, payload): &(u8, u32, Vec<u8>)| (*kind, *of) == (0, 3) && !payload.is_empty();
        let text =
            frames.iter().find(|frame| body(frame)).map(|(.., payload)| String::from_utf8_lossy(payload));
        assert!(text.is_some_and(|text| text.contains("431")), "{frames:?}");
    }
    windlass.stop();
}
