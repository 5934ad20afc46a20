//! Makes a cluster, all or nothing: it gets its place only when it is complete, so that a start that was
//! cut short leaves nothing that looks like data.

use std::fs::{self, File};
use std::io;

use super::ClusterError;
use super::directory::DataDirectory;
use super::programs::{Programs, ROLE};

/// Makes the cluster: UTF-8, sorted by bytes, with checksums, open to whoever reaches its socket.
pub(super) async fn initialise(directory: &DataDirectory, programs: &Programs) -> Result<(), ClusterError> {
    let making = directory.cluster_in_the_making();
    match fs::remove_dir_all(&making) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(ClusterError::File { what: "cannot remove", path: making, source: error });
        }
        _ => {}
    }
    let made = run_initdb(directory, programs).await;
    if made.is_err() {
        // Nothing of worth is in it, and the first error is the one to tell.
        let _ = fs::remove_dir_all(&making);
    }
    made?;
    let place =
        fs::rename(&making, directory.cluster()).and_then(|()| File::open(directory.path())?.sync_all());
    place.map_err(ClusterError::file("cannot put in place", &directory.cluster()))
}

async fn run_initdb(directory: &DataDirectory, programs: &Programs) -> Result<(), ClusterError> {
    let making = directory.cluster_in_the_making();
    let mut command = programs.command("initdb");
    command.args(["--encoding=UTF8", "--locale=C", "--auth=trust", "--data-checksums"]);
    command.arg(format!("--username={ROLE}")).arg("--pgdata").arg(&making);
    programs.finish(command, "initdb").await.map(drop)
}
