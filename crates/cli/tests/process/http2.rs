//! As much of an HTTP/2 client as these tests need: frames.

use std::io::{Read, Result, Write};
use std::net::TcpStream;

/// Kinds of frames.
pub(crate) const HEADERS: u8 = 1;
pub(crate) const SETTINGS: u8 = 4;
pub(crate) const GOAWAY: u8 = 7;

/// Begins a connection, with a window of so many bytes for each answer.
pub(crate) fn begin(stream: &mut TcpStream, window: u16) -> Result<()> {
    let [high, low] = window.to_be_bytes();
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")?;
    // SETTINGS_INITIAL_WINDOW_SIZE
    stream.write_all(&frame(SETTINGS, 0, 0, &[0, 4, 0, 0, high, low]))
}

/// Sends a call on a stream, which is an odd number; `path` has less than 127 bytes.
pub(crate) fn get(stream: &mut TcpStream, number: u32, path: &str) -> Result<()> {
    let length = u8::try_from(path.len()).expect("the path is short");
    // GET, http, the path, and the authority "x".
    let head = [&[0x82, 0x86, 0x04, length], path.as_bytes(), &[0x01, 1, b'x']].concat();
    // END_STREAM and END_HEADERS
    stream.write_all(&frame(HEADERS, 5, number, &head))
}

/// The kind of the next frame; `None` at the end of the connection.
pub(crate) fn next_kind(stream: &mut TcpStream) -> Option<u8> {
    let mut head = [0; 9];
    stream.read_exact(&mut head).ok()?;
    let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
    std::io::copy(&mut stream.take(length.into()), &mut std::io::sink()).ok()?;
    Some(head[3])
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("the payload is short").to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}
