//! Makes a cluster, all or nothing: it is moved to its directory only when it is complete, so that a start that was
//! cut short leaves nothing that looks like data.

use crate::directory::DataDirectory;
use crate::error::ClusterError;
use crate::programs::{self, Programs, ROLE};

/// Makes the cluster: UTF-8, sorted by bytes, with checksums, open to everybody who reaches its socket.
pub(crate) async fn initialise(directory: &DataDirectory, programs: &Programs) -> Result<(), ClusterError> {
    let making = directory.cluster_in_the_making();
    programs.remove_all(&making).await?;
    let made = run_initdb(directory, programs).await;
    if made.is_err() {
        // Nothing of worth is in it, and the first error is the one to show.
        let _ = programs.remove_all(&making).await;
    }
    made?;
    directory.move_cluster()
}

async fn run_initdb(directory: &DataDirectory, programs: &Programs) -> Result<(), ClusterError> {
    let making = directory.cluster_in_the_making();
    let mut command = programs.command("initdb");
    command.args(["--encoding=UTF8", "--locale=C", "--auth=trust", "--data-checksums"]);
    command.arg(format!("--username={ROLE}")).arg("--pgdata").arg(&making);
    programs::finish(command).await.map(drop)
}
