//! Certificate and key that change while the server runs.

use std::fs;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::certificate::{Certificate, Files};
use super::client::{Offer, Private, status};
use crate::running::{TestDirectory, Windlass, eventually};

/// The contract's bound for a change that is told by nobody.
const SOON: Duration = Duration::from_secs(10);

fn serve(directory: &TestDirectory, files: &Files) -> Windlass {
    let (data, flags) = (directory.data(), files.flags());
    let [a, b, c, d] = &flags;
    Windlass::serve_with(&["--data-dir", data.to_str().unwrap(), a, b, c, d])
}

/// A connection to a server that has this certificate.
fn connect(windlass: &Windlass, pair: &Certificate) -> Option<Private> {
    Offer::to(&pair.der).connect(windlass.address()).ok()
}

#[test]
fn a_change_of_certificate_and_key_is_taken_within_10_seconds_and_open_connections_go_on() {
    let (old, new, directory) = (Certificate::make(), Certificate::make(), TestDirectory::new());
    let files = Files::of(&old);
    let windlass = serve(&directory, &files);
    let mut open = connect(&windlass, &old).unwrap();
    assert!(connect(&windlass, &new).is_none());
    files.write(&new);
    let changed = Instant::now();
    eventually("the new certificate is there", || connect(&windlass, &new).is_some());
    assert!(changed.elapsed() < SOON, "{:?}", changed.elapsed());
    assert!(connect(&windlass, &old).is_none(), "the old one is not");
    assert_eq!(status(&mut open, "/readyz").unwrap(), "200");
    windlass.stop();
}

#[test]
fn sighup_has_certificate_and_key_read_at_once() {
    let (old, directory) = (Certificate::make(), TestDirectory::new());
    let files = Files::of(&old);
    let windlass = serve(&directory, &files);
    windlass.signal(Signal::HUP);
    let said = || windlass.said().matches("certificate and key as they were read again").count();
    eventually("they are read though they are the same", || said() == 1);
    let new = Certificate::make();
    files.write(&new);
    windlass.signal(Signal::HUP);
    eventually("the new certificate is there", || connect(&windlass, &new).is_some());
    windlass.stop();
}

#[test]
fn a_pair_that_does_not_fit_is_tried_for_10_seconds_then_logged_and_the_old_one_stays() {
    let (old, new, directory) = (Certificate::make(), Certificate::make(), TestDirectory::new());
    let files = Files::of(&old);
    let windlass = serve(&directory, &files);
    fs::write(files.certificate(), &new.chain).unwrap();
    let changed = Instant::now();
    eventually("the log says so", || windlass.said().contains("cannot use certificate and key"));
    assert!(changed.elapsed() > Duration::from_secs(9), "{:?}", changed.elapsed());
    assert!(!windlass.said().contains("PRIVATE KEY"), "{}", windlass.said());
    assert!(connect(&windlass, &old).is_some(), "the old one stays");
    // The other half comes late, and is taken without anybody asking.
    fs::write(files.key(), &new.key).unwrap();
    eventually("the new pair is there", || connect(&windlass, &new).is_some());
    assert_eq!(windlass.said().matches("cannot use certificate and key").count(), 1, "{}", windlass.said());
    windlass.stop();
}

#[test]
fn a_pair_whose_halves_come_one_after_the_other_is_taken_without_a_warning() {
    let (old, new, directory) = (Certificate::make(), Certificate::make(), TestDirectory::new());
    let files = Files::of(&old);
    let windlass = serve(&directory, &files);
    fs::write(files.certificate(), &new.chain).unwrap();
    windlass.signal(Signal::HUP);
    std::thread::sleep(Duration::from_secs(2));
    assert!(connect(&windlass, &old).is_some(), "half of a pair is not used");
    fs::write(files.key(), &new.key).unwrap();
    eventually("the new pair is there", || connect(&windlass, &new).is_some());
    assert!(!windlass.said().contains("cannot use"), "{}", windlass.said());
    windlass.stop();
}

#[test]
fn without_such_a_file_sighup_does_nothing() {
    let directory = TestDirectory::new();
    let windlass = Windlass::serve(&directory);
    eventually("it has begun", || windlass.said().contains("listening"));
    windlass.signal(Signal::HUP);
    assert_eq!(crate::http::ask(windlass.address(), "GET", "/readyz", "").status, 200);
    let said = windlass.said();
    assert!(!said.contains("read again") && !said.contains("SIGHUP"), "{said}");
    windlass.stop();
}
