//! Which clients are greeted, in which protocol, and how long one may take.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use tokio_rustls::rustls::ProtocolVersion;
use tokio_rustls::rustls::version::{TLS12, TLS13};

use super::certificate::{Certificate, Files};
use super::client::{BOTH, Offer, status, version};
use crate::http2;
use crate::running::{TestDirectory, Windlass};

/// A server with TLS and more arguments.
fn serve(directory: &TestDirectory, files: &Files, arguments: &[&str]) -> Windlass {
    let (data, flags) = (directory.data(), files.flags());
    let flags = flags.iter().map(String::as_str);
    let all: Vec<&str> = ["--data-dir", data.to_str().unwrap()]
        .into_iter()
        .chain(flags)
        .chain(arguments.iter().copied())
        .collect();
    Windlass::serve_with(&all)
}

#[test]
fn https_has_http_1_1_and_http_2_by_alpn_and_tls_1_2_or_newer() {
    let (pair, directory) = (Certificate::make(), TestDirectory::new());
    let files = Files::of(&pair);
    let windlass = serve(&directory, &files, &[]);
    for (versions, agreed) in [
        (vec![&TLS12], ProtocolVersion::TLSv1_2),
        (vec![&TLS13], ProtocolVersion::TLSv1_3),
        (BOTH.to_vec(), ProtocolVersion::TLSv1_3),
    ] {
        let versions = &versions[..];
        for protocols in [&[][..], &[&b"http/1.1"[..]]] {
            let mut stream =
                Offer { versions, protocols, ..Offer::to(&pair.der) }.connect(windlass.address()).unwrap();
            assert_eq!(version(&stream), Some(agreed));
            assert_eq!(status(&mut stream, "/v1/jobs").unwrap(), "200");
            assert_eq!(status(&mut stream, "/readyz").unwrap(), "200", "the connection is kept");
        }
        let offered: [&[u8]; 2] = [b"h2", b"http/1.1"];
        let offer = Offer { versions, protocols: &offered, ..Offer::to(&pair.der) };
        let mut stream = offer.connect(windlass.address()).unwrap();
        assert_eq!(stream.conn.alpn_protocol(), Some(&b"h2"[..]));
        http2::begin(&mut stream, 1_000).unwrap();
        http2::get(&mut stream, 1, "/v1/jobs").unwrap();
        let mut frames = std::iter::from_fn(|| http2::next_frame(&mut stream));
        assert!(frames.any(|(kind, of, _)| (kind, of) == (http2::HEADERS, 1)), "the call is answered");
    }
    windlass.stop();
}

#[test]
fn a_page_over_tls_sets_cookies_that_never_go_over_plain_http() {
    let (pair, directory) = (Certificate::make(), TestDirectory::new());
    let files = Files::of(&pair);
    let windlass = serve(&directory, &files, &[]);
    let mut stream = Offer::to(&pair.der).connect(windlass.address()).unwrap();
    stream.write_all(b"GET /ui/ HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    drop(stream.read_to_end(&mut answer));
    let answer = String::from_utf8_lossy(&answer);
    let cookies: Vec<&str> = answer.lines().filter(|line| line.starts_with("set-cookie: ")).collect();
    assert!(!cookies.is_empty(), "{answer}");
    assert!(cookies.iter().all(|cookie| cookie.contains("; Secure")), "{cookies:?}");
    windlass.stop();
}

/// The beginning of a handshake that offers TLS 1.1 at the most.
fn client_hello_of_tls_1_1() -> Vec<u8> {
    let mut hello = vec![3, 2];
    hello.extend([7; 32]);
    // No session, two suites that every TLS 1.1 has, no compression.
    hello.extend([0, 0, 4, 0xc0, 0x13, 0, 0x2f, 1, 0]);
    // One way to sign, without which the version would not be looked at.
    hello.extend([0, 8, 0, 13, 0, 4, 0, 2, 4, 3]);
    let length = u8::try_from(hello.len()).unwrap();
    let handshake = [&[1, 0, 0, length], &hello[..]].concat();
    [&[22, 3, 1, 0, length + 4], &handshake[..]].concat()
}

#[test]
fn tls_1_1_and_plain_http_are_refused() {
    let (pair, directory) = (Certificate::make(), TestDirectory::new());
    let files = Files::of(&pair);
    let windlass = serve(&directory, &files, &[]);
    let answer = |sent: &[u8]| {
        let mut stream = TcpStream::connect(windlass.address()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.write_all(sent).unwrap();
        let mut answer = Vec::new();
        drop(stream.read_to_end(&mut answer));
        answer
    };
    // A fatal alert: protocol_version.
    assert_eq!(answer(&client_hello_of_tls_1_1())[..], [21, 3, 3, 0, 2, 2, 70]);
    let plain = answer(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n");
    assert!(!plain.starts_with(b"HTTP/"), "{}", String::from_utf8_lossy(&plain));
    windlass.stop();
}

#[test]
fn a_handshake_has_the_time_of_a_head_and_the_head_after_it_has_its_own() {
    let (pair, directory) = (Certificate::make(), TestDirectory::new());
    let files = Files::of(&pair);
    let windlass = serve(&directory, &files, &["--head-timeout", "2"]);
    let hello = client_hello_of_tls_1_1();
    for begun in [&b""[..], &hello[..9]] {
        let mut stream = TcpStream::connect(windlass.address()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let since = Instant::now();
        stream.write_all(begun).unwrap();
        assert_eq!(stream.read(&mut [0; 64]).unwrap(), 0, "it is closed without a word");
        let took = since.elapsed().as_secs_f64();
        assert!((1.9..6.0).contains(&took), "{took}");
    }
    let mut stream = Offer::to(&pair.der).connect(windlass.address()).unwrap();
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n").unwrap();
    let mut answer = Vec::new();
    drop(stream.read_to_end(&mut answer));
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.starts_with("HTTP/1.1 408 ") && answer.contains("malformed_request"), "{answer}");
    windlass.stop();
}

#[test]
fn a_client_that_takes_nothing_of_its_answers_is_cut_off_under_tls_as_well() {
    let (pair, directory) = (Certificate::make(), TestDirectory::new());
    let files = Files::of(&pair);
    let windlass = serve(&directory, &files, &["--write-timeout", "1", "--idle-timeout", "3600"]);
    let mut stream = Offer::to(&pair.der).connect(windlass.address()).unwrap();
    // More than a socket's buffers hold.
    let call = "GET /openapi.json HTTP/1.1\r\nhost: localhost\r\n\r\n".repeat(500);
    drop(stream.write_all(call.as_bytes()));
    let metrics = |windlass: &Windlass| {
        let mut other = Offer::to(&pair.der).connect(windlass.address()).unwrap();
        other.write_all(b"GET /metrics HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").unwrap();
        let mut answer = Vec::new();
        drop(other.read_to_end(&mut answer));
        String::from_utf8_lossy(&answer).into_owned()
    };
    crate::running::eventually("it is cut off", || {
        metrics(&windlass).contains("windlass_client_connections_closed_total{reason=\"write\"} 1")
    });
    windlass.stop();
}
