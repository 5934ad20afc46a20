//! A directory for a socket alone, for where the data directory will not do.
//!
//! It belongs to the value that made it and goes with that value. If the server is killed it stays behind;
//! then the next server on the data directory learns its path from Postgres's own file. That file is only a
//! hint: a user who can write in the data directory can write any path there, and a copied data directory has
//! the path of a server that lives. So what is found there is taken over, by the lock that its maker held,
//! and only if it is what we make: a real directory right below /tmp, of the user that Postgres runs as,
//! closed to all others. And even then only the socket's two files are removed by their names, and the
//! directory only if nothing else is in it. Whatever a file says, no more than that can be lost.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, fchown};
use std::path::Path;

use rustix::fs::CWD;

use crate::error::ClusterError;
use crate::held::HeldDirectory;
use crate::owner::User;

/// Where homes are made: everybody can go there, and nobody can replace another's.
const PARENT: &str = "/tmp";

/// The socket's home; removed with the value.
#[derive(Debug)]
pub(crate) struct SocketHome {
    held: HeldDirectory,
    /// What a socket leaves in it.
    files: [String; 2],
}

impl SocketHome {
    /// Makes a new one, of mode 0700 and `user`'s, for a socket of that name.
    pub(crate) fn make(socket: &str, user: Option<&User>) -> Result<Self, ClusterError> {
        // The name cannot be guessed, and making it fails if somebody has been there first.
        let path = Path::new(PARENT).join(format!("windlass-{}", uuid::Uuid::new_v4().simple()));
        Self::make_at(&path, socket, user)
            .map_err(ClusterError::file("cannot make the socket's directory", &path))
    }

    /// Takes over the one that a killed server has left at a path, if that is one.
    pub(crate) fn abandoned(path: &Path, socket: &str, user: Option<&User>) -> Option<Self> {
        if path.parent() != Some(Path::new(PARENT)) {
            return None;
        }
        let held = open(path).ok()?;
        let metadata = held.file().metadata().ok()?;
        let owner = user.map_or_else(|| rustix::process::geteuid().as_raw(), |user| user.uid);
        let is_one = metadata.uid() == owner && metadata.mode() & 0o777 == 0o700;
        // The process that holds the lock lives, and has the home.
        (is_one && held.file().try_lock().is_ok()).then(|| Self::of(held, socket))
    }

    pub(crate) fn path(&self) -> &Path {
        self.held.path()
    }

    fn make_at(path: &Path, socket: &str, user: Option<&User>) -> io::Result<Self> {
        DirBuilder::new().mode(0o700).create(path)?;
        let home = Self::of(open(path)?, socket);
        home.held.file().try_lock()?;
        user.map_or(Ok(()), |user| fchown(home.held.file(), Some(user.uid), Some(user.gid)))?;
        Ok(home)
    }

    fn of(held: HeldDirectory, socket: &str) -> Self {
        Self { held, files: [socket.to_owned(), format!("{socket}.lock")] }
    }

    fn remove(&self) -> io::Result<()> {
        for file in &self.files {
            self.held.remove(file)?;
        }
        // A directory can be removed by its path only: it must still be this one that lies there.
        if self.held.is(&fs::symlink_metadata(self.path())?)? {
            fs::remove_dir(self.path())?;
        }
        Ok(())
    }
}

impl Drop for SocketHome {
    fn drop(&mut self) {
        if let Err(error) = self.remove() {
            tracing::warn!(%error, directory = %self.path().display(), "the socket's directory is not removed");
        }
    }
}

fn open(path: &Path) -> io::Result<HeldDirectory> {
    HeldDirectory::open(CWD, path, path.to_owned())
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    const SOCKET: &str = ".s.PGSQL.5432";

    /// As a killed server leaves it: the files are there, and nobody holds the lock.
    fn left() -> tempfile::TempDir {
        let left = tempfile::tempdir_in(PARENT).unwrap();
        fs::set_permissions(left.path(), Permissions::from_mode(0o700)).unwrap();
        for file in [SOCKET.to_owned(), format!("{SOCKET}.lock")] {
            fs::write(left.path().join(file), "").unwrap();
        }
        left
    }

    #[test]
    fn a_home_goes_with_its_value() {
        let home = SocketHome::make(SOCKET, None).unwrap();
        let path = home.path().to_owned();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o700);
        fs::write(path.join(SOCKET), "").unwrap();
        drop(home);
        assert!(!path.exists());
    }

    #[test]
    fn a_home_that_was_left_is_taken_over_and_goes() {
        let left = left();
        drop(SocketHome::abandoned(left.path(), SOCKET, None).unwrap());
        assert!(!left.path().exists());
    }

    #[test]
    fn a_home_whose_maker_lives_is_left_alone() {
        let home = SocketHome::make(SOCKET, None).unwrap();
        assert!(SocketHome::abandoned(home.path(), SOCKET, None).is_none());
        assert!(home.path().exists());
    }

    #[test]
    fn nothing_but_a_sockets_files_is_ever_removed() {
        let left = left();
        fs::write(left.path().join("thesis.tex"), "x").unwrap();
        drop(SocketHome::abandoned(left.path(), SOCKET, None).unwrap());
        let names = fs::read_dir(left.path()).unwrap().map(|entry| entry.unwrap().file_name());
        assert_eq!(names.collect::<Vec<_>>(), ["thesis.tex"]);
    }

    #[test]
    fn what_is_not_as_we_make_it_is_no_home() {
        let (open_to_all, below) = (left(), left());
        fs::set_permissions(open_to_all.path(), Permissions::from_mode(0o755)).unwrap();
        let deeper = below.path().join("deeper");
        DirBuilder::new().mode(0o700).create(&deeper).unwrap();
        let link = below.path().with_extension("link");
        symlink(below.path(), &link).unwrap();
        let dotted = Path::new("/tmp/..");
        let (uid, gid) = (rustix::process::geteuid().as_raw() + 1, rustix::process::getegid().as_raw());
        let stranger = User { uid, gid, name: "stranger".into() };
        for path in [open_to_all.path(), &deeper, &link, dotted] {
            assert!(SocketHome::abandoned(path, SOCKET, None).is_none(), "{}", path.display());
        }
        assert!(SocketHome::abandoned(below.path(), SOCKET, Some(&stranger)).is_none());
        fs::remove_file(&link).unwrap();
        assert!(deeper.exists());
    }
}
