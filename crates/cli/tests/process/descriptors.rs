//! The limit of open files and sockets.

use std::fs;
use std::net::TcpStream;

use crate::crowd::is_answered;
use crate::running::{TestDirectory, Windlass, eventually};

#[test]
fn a_low_soft_limit_of_descriptors_is_raised_to_the_hard_one() {
    let directory = TestDirectory::new();
    let windlass = Windlass::serve_by("ulimit -Sn 256 && ulimit -Hn 4096", &directory);
    let limits = fs::read_to_string(format!("/proc/{}/limits", windlass.pid())).unwrap();
    let files = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
    assert_eq!(files.split_whitespace().skip(3).take(2).collect::<Vec<_>>(), ["4096", "4096"]);
    windlass.stop();
}

#[test]
fn under_a_low_hard_limit_no_more_connections_are_taken_than_it_leaves_room_for() {
    let directory = TestDirectory::new();
    let windlass = Windlass::serve_by("ulimit -n 256", &directory);
    let silent: Vec<TcpStream> = (0..600).map(|_| TcpStream::connect(windlass.address()).unwrap()).collect();
    eventually("a call is answered", || is_answered(&windlass));
    let said = windlass.said();
    assert!(!said.contains("cannot accept connections"), "{said}");
    assert!(said.contains("leaves room for fewer connections of clients"), "{said}");
    drop(silent);
    windlass.stop();
}
