//! The Postgres that another windlass runs, for those who use it beside that one for a moment.
//!
//! The directory's lock is the other's, and nothing here is touched: what its file says is believed only as far as [`pid_file`](crate::pid_file)
//! finds it true.

use std::path::Path;

use crate::binaries::Installation;
use crate::directory;
use crate::error::ClusterError;
use crate::pid_file::{Found, PidFile};
use crate::programs::Programs;
use crate::socket;

/// How to connect to the Postgres that another windlass runs in `directory`; `None` where none answers that is its own, as while it begins or ends.
/// `binaries` restricts the search for the client programs to one directory.
///
/// # Errors
/// The directory is no data directory, or there are no programs to ask by.
pub async fn url_beside(directory: &Path, binaries: Option<&Path>) -> Result<Option<String>, ClusterError> {
    let (found, cluster) = directory::look_beside(directory)?;
    let (Some(major), Some(cluster)) = (found.made_by, cluster) else { return Ok(None) };
    let installation = Installation::find(binaries, Some((directory, major)), found.user.as_ref())?;
    let programs = Programs { installation, user: found.user };
    let Some(pid_file) = PidFile::read(&cluster)? else { return Ok(None) };
    if pid_file.found(cluster.path(), &programs).await? != Found::Ours {
        return Ok(None);
    }
    Ok(socket::url_of(&pid_file.socket_directory, pid_file.port))
}
