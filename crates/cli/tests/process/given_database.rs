//! Databases that somebody else runs: used where they answer, named where they do not, and never with
//! their password.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use crate::running::serve_refused;

/// What no message may show.
const PASSWORD: &str = "tell-nobody";

/// A start on a database at `port` that must fail; its message, free of the password.
fn refused_at(port: u16) -> String {
    let url = format!("postgres://somebody:{PASSWORD}@127.0.0.1:{port}/jobs");
    let message = serve_refused(&["--database-url", &url]);
    assert!(!message.contains(PASSWORD), "{message}");
    assert!(message.contains(&format!("127.0.0.1:{port}")), "{message}");
    message
}

#[test]
fn a_database_that_is_not_there_is_named_without_its_password() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    refused_at(closed.port());
}

#[test]
fn a_database_that_never_answers_ends_the_start_in_time() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    refused_at(silent.local_addr().unwrap().port());
}

#[test]
fn wrong_credentials_are_told_without_the_password() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || listener.incoming().filter_map(Result::ok).for_each(refuse_password));
    let message = refused_at(port);
    assert!(message.contains("password authentication failed"), "{message}");
}

/// A Postgres that asks for a password in plain text and takes none.
fn refuse_password(mut client: TcpStream) {
    let mut buffer = [0; 1024];
    // A first packet may ask for TLS; it is told no, and the start-up packet follows.
    let length = client.read(&mut buffer).unwrap_or(0);
    if buffer.get(4..8) == Some(&80_877_103_i32.to_be_bytes()) && length == 8 {
        let _ = client.write_all(b"N").and_then(|()| client.read(&mut buffer).map(drop));
    }
    let _ = client
        .write_all(b"R\x00\x00\x00\x08\x00\x00\x00\x03")
        .and_then(|()| client.read(&mut buffer).map(drop));
    let fields = b"SFATAL\0VFATAL\0C28P01\0Mpassword authentication failed for user \"somebody\"\0\0";
    let length = i32::try_from(fields.len() + 4).unwrap().to_be_bytes();
    let _ = client.write_all(&[&b"E"[..], &length, fields].concat());
}
