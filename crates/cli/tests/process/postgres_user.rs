//! Programs that do not run as root: as the user that the test's Postgres runs as.

use std::path::Path;
use std::process::Command;

/// The program, as that user where this one is root.
pub(crate) fn as_postgres(program: &Path) -> Command {
    let mut command = if rustix::process::geteuid().is_root() {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    command.current_dir("/");
    command
}

/// Leaves a directory to that user.
pub(crate) fn give_to_postgres(directory: &Path) {
    if rustix::process::geteuid().is_root() {
        assert!(Command::new("chown").arg("postgres").arg(directory).status().unwrap().success());
    }
}
