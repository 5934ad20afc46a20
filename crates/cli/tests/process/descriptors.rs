//! The limit of open files and sockets.

use std::fs;

use crate::running::{TestDirectory, Windlass};

#[test]
fn a_low_soft_limit_of_descriptors_is_raised_to_the_hard_one() {
    let directory = TestDirectory::new();
    let windlass = Windlass::serve_by("ulimit -Sn 256 && ulimit -Hn 4096", &directory);
    let limits = fs::read_to_string(format!("/proc/{}/limits", windlass.pid())).unwrap();
    let files = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
    assert_eq!(files.split_whitespace().skip(3).take(2).collect::<Vec<_>>(), ["4096", "4096"]);
    windlass.stop();
}
