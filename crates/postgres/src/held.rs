//! A directory that is held open, and what lies in it.
//!
//! A user who may write in a directory can replace anything in it by a link, a pipe or another file, at
//! any moment. Root runs Postgres as such a user. So a path is gone only once (`walk.rs`); from then on all
//! is reached by its name from the open directory. No link is followed, and what is checked is what was
//! opened.

use std::ffi::OsString;
use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, Dir, Mode, OFlags, openat, renameat, unlinkat};
use rustix::io::Errno;

/// More than any file of Postgres's that we read is long, in bytes.
const LONGEST: u64 = 64 * 1024;

/// An open directory.
#[derive(Debug)]
pub(crate) struct HeldDirectory {
    path: PathBuf,
    file: File,
}

impl HeldDirectory {
    /// Opens the directory of that name in `parent`; a link to one is none. `path` is where it lies.
    pub(crate) fn open(parent: impl AsFd, name: &Path, path: PathBuf) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = openat(parent, name, flags, Mode::empty())?;
        Ok(Self { path, file: file.into() })
    }

    /// Where it lay when it was opened; without links.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// For what concerns the directory itself: owner, mode, lock.
    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    /// The names of what lies in it.
    pub(crate) fn names(&self) -> io::Result<Vec<OsString>> {
        let mut names = Vec::new();
        for entry in Dir::read_from(&self.file)? {
            let name = entry?.file_name().to_bytes().to_vec();
            if name != b"." && name != b".." {
                names.push(OsString::from_vec(name));
            }
        }
        Ok(names)
    }

    /// A directory in it; `None` if nothing has that name.
    pub(crate) fn directory(&self, name: &str) -> io::Result<Option<Self>> {
        present(Self::open(&self.file, Path::new(name), self.path.join(name)))
    }

    /// Opens a plain file in it; everything else is an error, a link above all.
    pub(crate) fn plain_file(&self, name: &str, flags: OFlags) -> io::Result<File> {
        // Without NONBLOCK the opening of a pipe would wait for somebody at its other end.
        let flags = flags | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let opened = openat(&self.file, name, flags, Mode::RUSR | Mode::WUSR);
        let file = File::from(opened.map_err(|error| match error {
            Errno::LOOP => io::Error::other("it is a link, and links are not followed here"),
            other => other.into(),
        })?);
        if file.metadata()?.is_file() { Ok(file) } else { Err(io::Error::other("it is not a plain file")) }
    }

    /// The text of a file in it, up to 64 KiB; `None` if nothing has that name.
    pub(crate) fn read(&self, name: &str) -> io::Result<Option<String>> {
        let Some(file) = present(self.plain_file(name, OFlags::RDONLY))? else { return Ok(None) };
        let mut bytes = Vec::new();
        file.take(LONGEST).read_to_end(&mut bytes)?;
        Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// Removes a file in it, or does nothing if there is none. A link goes itself, not what it leads to.
    pub(crate) fn remove(&self, name: &str) -> io::Result<()> {
        present(unlinkat(&self.file, name, AtFlags::empty()).map_err(io::Error::from)).map(drop)
    }

    /// Renames something in it, for good.
    pub(crate) fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        renameat(&self.file, from, &self.file, to)?;
        self.file.sync_all()
    }

    /// Whether both are the same directory, whatever their paths.
    pub(crate) fn is(&self, other: &Metadata) -> io::Result<bool> {
        let own = self.file.metadata()?;
        Ok((own.dev(), own.ino()) == (other.dev(), other.ino()))
    }
}

fn present<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use rustix::fs::{CWD, FileType, mknodat};

    use super::*;

    fn held(directory: &Path) -> HeldDirectory {
        HeldDirectory::open(CWD, directory, directory.to_owned()).unwrap()
    }

    #[test]
    fn links_and_pipes_in_a_held_directory_are_neither_read_nor_entered() {
        let (directory, secret) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::write(secret.path().join("key"), "secret").unwrap();
        symlink(secret.path().join("key"), directory.path().join("file")).unwrap();
        symlink(secret.path(), directory.path().join("directory")).unwrap();
        mknodat(CWD, directory.path().join("pipe"), FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
        let held = held(directory.path());
        assert!(held.read("file").unwrap_err().to_string().contains("link"));
        assert!(held.read("pipe").unwrap_err().to_string().contains("not a plain file"));
        assert!(held.directory("directory").is_err());
        held.remove("file").unwrap();
        assert_eq!(fs::read_to_string(secret.path().join("key")).unwrap(), "secret");
    }

    #[test]
    fn what_is_not_there_is_no_error() {
        let directory = tempfile::tempdir().unwrap();
        let held = held(directory.path());
        assert_eq!(held.read("file").unwrap(), None);
        assert!(held.directory("directory").unwrap().is_none());
        held.remove("file").unwrap();
    }

    #[test]
    fn a_directory_stays_the_same_when_its_path_leads_elsewhere() {
        let directory = tempfile::tempdir().unwrap();
        let (first, second) = (directory.path().join("first"), directory.path().join("second"));
        fs::create_dir(&first).unwrap();
        let held = held(&first);
        fs::write(first.join("mark"), "mine").unwrap();
        fs::rename(&first, &second).unwrap();
        fs::create_dir(&first).unwrap();
        assert_eq!(held.read("mark").unwrap().as_deref(), Some("mine"));
        assert!(held.is(&fs::metadata(&second).unwrap()).unwrap());
        assert!(!held.is(&fs::metadata(&first).unwrap()).unwrap());
    }
}
