//! The data directory: whose it is, what lies in it, and the lock that keeps it to one server.
//!
//! ```text
//! DIR/windlass.lock    marks the directory as ours; locked while a server uses it
//! DIR/postgres/        the cluster
//! DIR/postgres.new/    a cluster in the making; removed by the next start if that was cut short
//! DIR/.s.PGSQL.5432    the socket, where its path is short enough
//! ```
//!
//! A directory with other things in it and without our mark is never written to. The lock is the
//! operating system's: it goes with the process, so that a left-over file locks nobody out.

use std::env;
use std::fs::{self, DirBuilder, File, Metadata, OpenOptions, Permissions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

use super::ClusterError;
use super::owner::{self, User};

const LOCK: &str = "windlass.lock";

/// A data directory that this process has to itself for as long as the value lives.
#[derive(Debug)]
pub(super) struct DataDirectory {
    path: PathBuf,
    user: Option<User>,
    _lock: File,
}

/// Where the data goes unless told otherwise: the user's data home, or /var/lib/windlass as root, since
/// /root cannot be entered by the user that root becomes.
///
/// # Errors
/// Neither `XDG_DATA_HOME` nor `HOME` is set.
pub(crate) fn default_data_directory() -> Result<PathBuf, ClusterError> {
    if rustix::process::geteuid().is_root() {
        return Ok(PathBuf::from("/var/lib/windlass"));
    }
    let set = |name| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    set("XDG_DATA_HOME")
        .or_else(|| set("HOME").map(|home| home.join(".local/share")))
        .map(|home| home.join("windlass"))
        .ok_or(ClusterError::NoHome)
}

impl DataDirectory {
    /// Checks that the directory is new or ours, makes it where it is missing, and locks it.
    pub(super) fn open(path: &Path) -> Result<Self, ClusterError> {
        let path =
            std::path::absolute(path).map_err(ClusterError::file("cannot use data directory", path))?;
        check_ours(&path)?;
        let cluster = fs::metadata(path.join("postgres")).ok();
        let user = owner::user_to_become(&path, cluster.as_ref())?;
        if let Some(user) = &user {
            owner::check_reachable(&path, user)?;
        }
        make(&path)?;
        let lock = lock(&path)?;
        give(&path, user.as_ref())?;
        let path = fs::canonicalize(&path).map_err(ClusterError::file("cannot use data directory", &path))?;
        Ok(Self { path, user, _lock: lock })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whom Postgres runs as, if not as ourselves.
    pub(super) fn user(&self) -> Option<&User> {
        self.user.as_ref()
    }

    /// Where the cluster lies, made or not.
    pub(super) fn cluster(&self) -> PathBuf {
        self.path.join("postgres")
    }

    /// Where a cluster is made before it gets its place.
    pub(super) fn cluster_in_the_making(&self) -> PathBuf {
        self.path.join("postgres.new")
    }
}

/// The major version that made the cluster in a data directory; `None` if there is no cluster yet.
pub(super) fn made_by(directory: &Path) -> Result<Option<u32>, ClusterError> {
    let cluster = directory.join("postgres");
    let file = cluster.join("PG_VERSION");
    let strange = |why| ClusterError::Strange { directory: directory.to_owned(), why };
    match fs::read_to_string(&file) {
        Ok(version) => version.trim().parse().map(Some).map_err(|_| strange("PG_VERSION holds no number")),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => Err(strange("it is a file")),
        Err(error) if error.kind() == io::ErrorKind::NotFound && !cluster.exists() => Ok(None),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(strange("its directory postgres is no cluster"))
        }
        Err(source) => Err(ClusterError::File { what: "cannot read", path: file, source }),
    }
}

fn check_ours(path: &Path) -> Result<(), ClusterError> {
    let strange = |why| ClusterError::Strange { directory: path.to_owned(), why };
    let entries = match fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => return Err(strange("it is a file")),
        Err(source) => {
            return Err(ClusterError::File {
                what: "cannot read data directory",
                path: path.to_owned(),
                source,
            });
        }
    };
    let names: Vec<_> = entries.filter_map(Result::ok).map(|entry| entry.file_name()).collect();
    // A freshly made file system has a lost+found.
    let empty = names.iter().all(|name| name == "lost+found");
    if empty || names.iter().any(|name| name == LOCK) { Ok(()) } else { Err(strange("it holds other files")) }
}

fn make(path: &Path) -> Result<(), ClusterError> {
    let failed =
        |source| ClusterError::File { what: "cannot make data directory", path: path.to_owned(), source };
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(failed)?;
    }
    match DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(failed(error)),
        _ => Ok(()),
    }
}

fn lock(path: &Path) -> Result<File, ClusterError> {
    let file_path = path.join(LOCK);
    let failed = |source| ClusterError::File { what: "cannot lock", path: file_path.clone(), source };
    let mut options = OpenOptions::new();
    let mut file = options
        .create(true)
        .read(true)
        .write(true)
        .truncate(false)
        .mode(0o600)
        .open(&file_path)
        .map_err(failed)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let holder = fs::read_to_string(&file_path).unwrap_or_default();
            let holder = if holder.is_empty() { holder } else { format!(" (process {})", holder.trim()) };
            return Err(ClusterError::InUse { directory: path.to_owned(), holder });
        }
        Err(TryLockError::Error(source)) => return Err(failed(source)),
    }
    // Only for the message above; the lock itself is what counts.
    file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id())).map_err(failed)?;
    Ok(file)
}

/// Hands the directory to the user that Postgres runs as, and closes it to all others.
fn give(path: &Path, user: Option<&User>) -> Result<(), ClusterError> {
    let failed = ClusterError::file("cannot hand over data directory", path);
    let change = |metadata: &Metadata| -> io::Result<()> {
        if let Some(user) = user.filter(|user| user.uid != metadata.uid()) {
            chown(path, Some(user.uid), Some(user.gid))?;
        }
        if metadata.mode() & 0o777 == 0o700 {
            Ok(())
        } else {
            fs::set_permissions(path, Permissions::from_mode(0o700))
        }
    };
    fs::metadata(path).and_then(|metadata| change(&metadata)).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_directory_is_made_closed_and_locked_to_one() {
        let parent = tempfile::tempdir_in("/tmp").unwrap();
        let path = parent.path().join("a/b");
        let first = DataDirectory::open(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o700);
        let second = DataDirectory::open(&path).unwrap_err().to_string();
        assert!(second.contains("in use") && second.contains(&std::process::id().to_string()), "{second}");
        drop(first);
        assert!(DataDirectory::open(&path).is_ok());
        assert_eq!(made_by(&path).unwrap(), None);
    }

    #[test]
    fn a_directory_with_other_files_is_refused_and_left_as_it_is() {
        let directory = tempfile::tempdir_in("/tmp").unwrap();
        fs::write(directory.path().join("thesis.tex"), "x").unwrap();
        let before = fs::metadata(directory.path()).unwrap();
        let error = DataDirectory::open(directory.path()).unwrap_err();
        assert!(matches!(error, ClusterError::Strange { .. }), "{error}");
        let after = fs::metadata(directory.path()).unwrap();
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
        assert_eq!((before.uid(), before.mode()), (after.uid(), after.mode()));
    }

    #[test]
    fn a_file_in_place_of_the_directory_is_refused() {
        let file = tempfile::NamedTempFile::new_in("/tmp").unwrap();
        let error = DataDirectory::open(file.path()).unwrap_err().to_string();
        assert!(error.contains("it is a file"), "{error}");
    }

    #[test]
    fn a_cluster_directory_that_is_none_is_refused() {
        let directory = tempfile::tempdir_in("/tmp").unwrap();
        let cluster = directory.path().join("postgres");
        fs::create_dir(&cluster).unwrap();
        assert!(matches!(made_by(directory.path()), Err(ClusterError::Strange { .. })));
        fs::write(cluster.join("PG_VERSION"), "15\n").unwrap();
        assert_eq!(made_by(directory.path()).unwrap(), Some(15));
    }
}
