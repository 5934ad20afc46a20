//! The data directory: whose it is, what lies in it, and that one server alone has it.
//!
//! ```text
//! DIR/windlass.lock    marks the directory as ours; locked while a server uses it (`lock.rs`)
//! DIR/postgres/        the cluster
//! DIR/postgres.new/    a cluster that is being made; removed by the next start if that was cut short
//! DIR/.s.PGSQL.5432    the socket, where its path is short enough
//! ```
//!
//! A directory with other things in it and without our mark is never written to. Root hands the directory to
//! the user that Postgres runs as, and from then on takes nothing in it for its own: see `held.rs`.

use std::env;
use std::fs::{File, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};

use crate::error::ClusterError;
use crate::held::HeldDirectory;
use crate::lock;
use crate::owner::{self, User};
use crate::walk;

/// The cluster's directory, and where it is made before it is moved there.
const CLUSTER: &str = "postgres";
const BEING_MADE: &str = "postgres.new";

/// A data directory that this process has to itself for as long as the value lives.
#[derive(Debug)]
pub(crate) struct DataDirectory {
    held: HeldDirectory,
    found: Found,
    _lock: File,
}

/// What a data directory says before anything in it is touched.
#[derive(Debug)]
pub(crate) struct Found {
    /// Whom Postgres runs as, if not as ourselves.
    pub(crate) user: Option<User>,
    /// The major version that made the cluster; `None` if there is no cluster yet.
    pub(crate) made_by: Option<u32>,
}

/// Where the data goes by default: the user's data home, or /var/lib/windlass as root, since
/// /root cannot be entered by the user that root becomes.
///
/// # Errors
/// Neither `XDG_DATA_HOME` nor `HOME` is set.
pub fn default_data_directory() -> Result<PathBuf, ClusterError> {
    if rustix::process::geteuid().is_root() {
        return Ok(PathBuf::from("/var/lib/windlass"));
    }
    let set = |name| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    set("XDG_DATA_HOME")
        .or_else(|| set("HOME").map(|home| home.join(".local/share")))
        .map(|home| home.join("windlass"))
        .ok_or(ClusterError::NoHome)
}

/// Checks that a directory is new or ours, and changes nothing.
pub(crate) fn look(path: &Path) -> Result<Found, ClusterError> {
    let path = std::path::absolute(path).map_err(ClusterError::file("cannot use data directory", path))?;
    let found = match walk::find(&path)? {
        Some(held) => Found::of(&held)?,
        None => Found { user: owner::user_to_become(&path, None, None)?, made_by: None },
    };
    if let Some(user) = &found.user {
        owner::check_reachable(&path, user)?;
    }
    Ok(found)
}

/// What a directory says that another windlass has, and its cluster; changes nothing.
pub(crate) fn look_beside(path: &Path) -> Result<(Found, Option<HeldDirectory>), ClusterError> {
    let found = look(path)?;
    let path = std::path::absolute(path).map_err(ClusterError::file("cannot use data directory", path))?;
    let cluster = match walk::find(&path)? {
        Some(held) => {
            held.directory(CLUSTER).map_err(ClusterError::file("cannot open", &path.join(CLUSTER)))?
        }
        None => None,
    };
    Ok((found, cluster))
}

impl DataDirectory {
    /// Makes the directory where it is missing, checks it, and locks it.
    pub(crate) fn open(path: &Path) -> Result<Self, ClusterError> {
        let held = walk::make(path)?;
        let user = Found::of(&held)?.user;
        let lock = lock::take(&held, user.as_ref())?;
        hand_over(&held, user.as_ref())
            .map_err(ClusterError::file("cannot hand over data directory", path))?;
        // Only now nobody else makes a cluster here.
        let found = Found::of(&held)?;
        Ok(Self { held, found, _lock: lock })
    }

    pub(crate) fn path(&self) -> &Path {
        self.held.path()
    }

    /// Whom Postgres runs as, if not as ourselves.
    pub(crate) fn user(&self) -> Option<&User> {
        self.found.user.as_ref()
    }

    /// Whether there is a cluster.
    pub(crate) fn has_cluster(&self) -> bool {
        self.found.made_by.is_some()
    }

    /// Where the cluster lies, made or not.
    pub(crate) fn cluster(&self) -> PathBuf {
        self.path().join(CLUSTER)
    }

    /// The cluster's directory, if there is one.
    pub(crate) fn held_cluster(&self) -> Result<Option<HeldDirectory>, ClusterError> {
        self.held.directory(CLUSTER).map_err(ClusterError::file("cannot open", &self.cluster()))
    }

    /// Where a cluster is made before it is moved to its directory.
    pub(crate) fn cluster_in_the_making(&self) -> PathBuf {
        self.path().join(BEING_MADE)
    }

    /// Moves the cluster to its directory.
    pub(crate) fn move_cluster(&self) -> Result<(), ClusterError> {
        let moved = self.held.rename(BEING_MADE, CLUSTER);
        moved.map_err(ClusterError::file("cannot move the new cluster to", &self.cluster()))
    }
}

impl Found {
    fn of(directory: &HeldDirectory) -> Result<Self, ClusterError> {
        let path = directory.path();
        let strange = |why| ClusterError::Strange { directory: path.to_owned(), why };
        let failed = |error| ClusterError::file("cannot read data directory", path)(error);
        let names = directory.names().map_err(failed)?;
        // A freshly made file system has a lost+found.
        let is_empty = names.iter().all(|name| name == "lost+found");
        if !is_empty && !names.iter().any(|name| name == lock::LOCK) {
            return Err(strange("it holds other files"));
        }
        let cluster = match directory.directory(CLUSTER) {
            Err(error) if is_no_directory(&error) => return Err(strange("its postgres is no directory")),
            other => other.map_err(failed)?,
        };
        let made_by = cluster.as_ref().map(made_by).transpose()?;
        let owner = directory.file().metadata().map_err(failed)?;
        let cluster = cluster.map(|cluster| cluster.file().metadata()).transpose().map_err(failed)?;
        Ok(Self { user: owner::user_to_become(path, Some(&owner), cluster.as_ref())?, made_by })
    }
}

/// Systems differ in what they call a link where a directory was to be.
fn is_no_directory(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotADirectory)
        || error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error())
}

/// The major version that made a cluster.
fn made_by(cluster: &HeldDirectory) -> Result<u32, ClusterError> {
    let file = cluster.path().join("PG_VERSION");
    let version = cluster.read("PG_VERSION").map_err(ClusterError::file("cannot read", &file))?;
    let strange = |why| ClusterError::Strange { directory: cluster.path().to_owned(), why };
    let version = version.ok_or_else(|| strange("it holds no cluster"))?;
    version.trim().parse().map_err(|_| strange("PG_VERSION holds no number"))
}

/// Hands the directory to the user that Postgres runs as, and closes it to all others.
fn hand_over(directory: &HeldDirectory, user: Option<&User>) -> io::Result<()> {
    let metadata = directory.file().metadata()?;
    if let Some(user) = user.filter(|user| user.uid != metadata.uid()) {
        fchown(directory.file(), Some(user.uid), Some(user.gid))?;
    }
    if metadata.mode() & 0o777 == 0o700 {
        return Ok(());
    }
    directory.file().set_permissions(Permissions::from_mode(0o700))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_new_directory_is_made_closed_and_locked_to_one() {
        let parent = tempfile::tempdir_in("/tmp").unwrap();
        let path = parent.path().join("a/b");
        let first = DataDirectory::open(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o700);
        let second = DataDirectory::open(&path).unwrap_err().to_string();
        assert!(second.contains("in use") && second.contains(&std::process::id().to_string()), "{second}");
        assert!(!first.has_cluster());
        drop(first);
        assert!(DataDirectory::open(&path).is_ok());
    }

    #[test]
    fn a_directory_with_other_files_is_refused_and_left_as_it_is() {
        let directory = tempfile::tempdir_in("/tmp").unwrap();
        fs::write(directory.path().join("thesis.tex"), "x").unwrap();
        let before = fs::metadata(directory.path()).unwrap();
        for error in [DataDirectory::open(directory.path()).unwrap_err(), look(directory.path()).unwrap_err()]
        {
            assert!(matches!(error, ClusterError::Strange { .. }), "{error}");
        }
        let after = fs::metadata(directory.path()).unwrap();
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
        assert_eq!((before.uid(), before.mode()), (after.uid(), after.mode()));
    }

    #[test]
    fn a_file_instead_of_the_directory_is_refused() {
        let file = tempfile::NamedTempFile::new_in("/tmp").unwrap();
        let error = DataDirectory::open(file.path()).unwrap_err().to_string();
        assert!(error.contains("it is a file"), "{error}");
    }

    #[test]
    fn a_look_makes_nothing() {
        let parent = tempfile::tempdir_in("/tmp").unwrap();
        assert_eq!(look(&parent.path().join("a/b")).unwrap().made_by, None);
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_cluster_directory_that_is_none_is_refused() {
        let directory = tempfile::tempdir_in("/tmp").unwrap();
        fs::write(directory.path().join(lock::LOCK), "").unwrap();
        let cluster = directory.path().join(CLUSTER);
        symlink("/etc", &cluster).unwrap();
        let error = look(directory.path()).unwrap_err().to_string();
        assert!(error.contains("its postgres is no directory"), "{error}");
        fs::remove_file(&cluster).unwrap();
        fs::create_dir(&cluster).unwrap();
        assert!(matches!(look(directory.path()), Err(ClusterError::Strange { .. })));
        fs::write(cluster.join("PG_VERSION"), "15\n").unwrap();
        assert_eq!(look(directory.path()).unwrap().made_by, Some(15));
    }
}
