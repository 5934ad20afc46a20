//! Databases that somebody else runs: used where they answer, named where they do not, and never with
//! their password.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use tempfile::NamedTempFile;

use crate::running::{refused_with_variables, serve_refused};

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
fn wrong_credentials_are_shown_without_the_password() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || listener.incoming().filter_map(Result::ok).for_each(refuse_password));
    let message = refused_at(port);
    assert!(message.contains("password authentication failed"), "{message}");
}

/// What a command says that must fail since its database is not there.
fn said_of_nothing(arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let (code, said) = refused_with_variables(arguments, variables);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("jobs at 127.0.0.1:1") && !said.contains(PASSWORD), "{said}");
    said
}

/// A database that is not there: nothing listens on port 1.
fn nowhere() -> String {
    format!("postgres://somebody:{PASSWORD}@127.0.0.1:1/jobs")
}

const SERVE: [&str; 3] = ["serve", "--listen", "127.0.0.1:0"];

#[test]
fn a_password_on_the_command_line_is_warned_of_and_one_in_a_variable_or_file_is_not() {
    let in_query = format!("postgres://somebody@127.0.0.1:1/jobs?password={PASSWORD}");
    let settings = NamedTempFile::new().unwrap();
    fs::write(settings.path(), format!("database_url = {:?}\n", nowhere())).unwrap();
    let settings = settings.path().to_str().unwrap();
    let warning = "--database-url holds a password";
    for command in [&SERVE[..], &["migrate"]] {
        for url in [&nowhere(), &in_query] {
            let said = said_of_nothing(&[command, &["--database-url", url]].concat(), &[]);
            assert_eq!(said.matches(warning).count(), 1, "{said}");
            assert!(said.contains("WINDLASS_DATABASE_URL") && said.contains("--database-url-file"), "{said}");
        }
        let set = said_of_nothing(command, &[("WINDLASS_DATABASE_URL", &nowhere())]);
        let read = said_of_nothing(&[command, &["--config", settings]].concat(), &[]);
        let bare = ["--database-url", "postgres://somebody@127.0.0.1:1/jobs"];
        let bare = said_of_nothing(&[command, &bare].concat(), &[]);
        for said in [set, read, bare] {
            assert!(!said.contains(warning), "{said}");
        }
    }
}

#[test]
fn the_url_may_be_in_a_file_that_a_flag_a_variable_or_the_settings_name() {
    let file = NamedTempFile::new().unwrap();
    fs::write(file.path(), nowhere() + "\n").unwrap();
    let path = file.path().to_str().unwrap();
    let settings = NamedTempFile::new().unwrap();
    fs::write(settings.path(), format!("database_url_file = {path:?}\n")).unwrap();
    for command in [&SERVE[..], &["migrate"]] {
        let flag = said_of_nothing(&[command, &["--database-url-file", path]].concat(), &[]);
        let variable = said_of_nothing(command, &[("WINDLASS_DATABASE_URL_FILE", path)]);
        let config = ["--config", settings.path().to_str().unwrap()];
        let key = said_of_nothing(&[command, &config].concat(), &[]);
        for said in [flag, variable, key] {
            assert!(!said.contains("holds a password"), "{said}");
        }
    }
}

#[test]
fn a_file_that_holds_no_url_is_named_and_its_content_is_not() {
    let file = NamedTempFile::new().unwrap();
    let path = file.path().to_str().unwrap();
    let two_lines = format!("{}\n{}\n", nowhere(), nowhere());
    for (content, what) in [
        (String::new(), "is empty"),
        (two_lines, "has more than one line"),
        (nowhere() + &"x".repeat(4096), "is longer than 4096 bytes"),
    ] {
        fs::write(file.path(), content).unwrap();
        let message = serve_refused(&["--database-url-file", path]);
        assert!(message.contains("database_url_file") && message.contains(path), "{message}");
        assert!(message.contains(what) && !message.contains(PASSWORD), "{message}");
    }
    let missing = serve_refused(&["--database-url-file", "/nowhere/url"]);
    assert!(missing.contains("database_url_file") && missing.contains("/nowhere/url"), "{missing}");
}

#[test]
fn a_url_and_a_file_with_one_are_refused_together() {
    let (code, said) = refused_with_variables(
        &[&SERVE[..], &["--database-url-file", "/nowhere/url"]].concat(),
        &[("WINDLASS_DATABASE_URL", &nowhere())],
    );
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("database_url and database_url_file") && !said.contains(PASSWORD), "{said}");
}

/// A Postgres that asks for a password in plain text and takes none.
fn refuse_password(mut client: TcpStream) {
    let mut buffer = [0; 1024];
    // A first packet may ask for TLS; it is answered no, and the start-up packet follows.
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
