//! A program that is not ours: as whom it runs, from where, and what it gets of our environment.
//!
//! Our environment may hold the keys to a cloud, a database's password, the headers of a collector of traces.
//! The user that Postgres runs as, and each of its sessions, could read all that a child gets. So a child
//! gets what is listed here and nothing else.

use std::env;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::owner::User;

/// What is passed on.
const PASSED: [&str; 3] = [
    // Where programs are: initdb and pg_ctl call a shell.
    "PATH",
    // Where binaries that were built by hand find libpq, on Linux and on macOS.
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
];

/// A program that will run as `user`, or as ourselves, out of reach of our terminal's Ctrl-C.
pub(crate) fn command(program: &Path, user: Option<&User>) -> Command {
    let mut command = Command::new(program);
    command.env_clear().envs(PASSED.iter().filter_map(|name| Some((name, env::var_os(name)?))));
    // What they say is read by us, whatever the user's language.
    command.env("LC_ALL", "C");
    // Our own directory may be closed to the user.
    command.current_dir("/").stdin(Stdio::null()).process_group(0);
    if let Some(user) = user {
        // The standard library drops the supplementary groups too when root becomes another user.
        command.gid(user.gid).uid(user.uid);
    }
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_gets_what_is_listed_and_nothing_else() {
        // Cargo's variables and more are in a test's environment.
        assert!(env::vars_os().count() > PASSED.len() + 1);
        let output = command(Path::new("env"), None).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        let names: Vec<&str> = said.lines().filter_map(|line| Some(line.split_once('=')?.0)).collect();
        assert!(names.contains(&"PATH") && names.contains(&"LC_ALL"), "{names:?}");
        assert!(names.iter().all(|name| *name == "LC_ALL" || PASSED.contains(name)), "{names:?}");
    }
}
