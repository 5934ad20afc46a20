//! As much of an HTTP/2 client as these tests need: frames.

use std::io::{Read, Result, Write};

/// Kinds of frames.
pub(crate) const HEADERS: u8 = 1;
pub(crate) const RST_STREAM: u8 = 3;
pub(crate) const SETTINGS: u8 = 4;
pub(crate) const GOAWAY: u8 = 7;

/// The header `:authority`, with its length.
const AUTHORITY: &[u8] = b"\x01\x09localhost";

/// Begins a connection, with a window of so many bytes for each answer.
pub(crate) fn begin(stream: &mut impl Write, window: u16) -> Result<()> {
    let [high, low] = window.to_be_bytes();
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")?;
    // SETTINGS_INITIAL_WINDOW_SIZE
    stream.write_all(&frame(SETTINGS, 0, 0, &[0, 4, 0, 0, high, low]))
}

/// Sends a call on a stream, which is an odd number; `path` has less than 127 bytes.
pub(crate) fn get(stream: &mut impl Write, number: u32, path: &str) -> Result<()> {
    let length = u8::try_from(path.len()).expect("the path is short");
    // GET, http, the path, and the authority.
    let head = [&[0x82, 0x86, 0x04, length], path.as_bytes(), AUTHORITY].concat();
    // END_STREAM and END_HEADERS
    stream.write_all(&frame(HEADERS, 5, number, &head))
}

/// The same with so many more headers, of so many characters each.
pub(crate) fn get_with(stream: &mut impl Write, number: u32, headers: u8, length: u8) -> Result<()> {
    let mut head = [&[0x82, 0x86, 0x84][..], AUTHORITY].concat();
    for header in 0..headers {
        // A literal that is not indexed, named by two letters.
        head.extend([0, 2, b'a' + header / 26, b'a' + header % 26, length]);
        head.extend(std::iter::repeat_n(b'v', length.into()));
    }
    stream.write_all(&frame(HEADERS, 5, number, &head))
}

/// Begins a call with a body, which is JSON and does not follow.
pub(crate) fn post(stream: &mut impl Write, number: u32, path: &str) -> Result<()> {
    let length = u8::try_from(path.len()).expect("the path is short");
    // POST, http, the path, the authority, and the type of the body.
    let head =
        [&[0x83, 0x86, 0x04, length], path.as_bytes(), AUTHORITY, &[0x0f, 0x10, 16], b"application/json"];
    // END_HEADERS
    stream.write_all(&frame(HEADERS, 4, number, &head.concat()))
}

/// Takes a call back.
pub(crate) fn reset(stream: &mut impl Write, number: u32) -> Result<()> {
    // CANCEL
    stream.write_all(&frame(RST_STREAM, 0, number, &[0, 0, 0, 8]))
}

/// The kind of the next frame; `None` at the end of the connection.
pub(crate) fn next_kind(stream: &mut impl Read) -> Option<u8> {
    next_frame(stream).map(|(kind, ..)| kind)
}

/// The kind of the next frame, the stream that it is of, and its payload; `None` at the end of the connection.
pub(crate) fn next_frame(stream: &mut impl Read) -> Option<(u8, u32, Vec<u8>)> {
    let mut head = [0; 9];
    stream.read_exact(&mut head).ok()?;
    let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
    let mut payload = Vec::new();
    stream.take(length.into()).read_to_end(&mut payload).ok()?;
    Some((head[3], u32::from_be_bytes([head[5], head[6], head[7], head[8]]), payload))
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("the payload is short").to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}
