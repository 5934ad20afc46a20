//! The way to the data directory, gone once and step by step.
//!
//! Root makes the directory and hands it to the user that Postgres runs as. On a path that others may write
//! to, a link could have it hand over `/etc`. So each part is opened from the one before it, and a link is
//! followed only if it is root's or our own; an administrator's link to another disk is such a one.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStringExt;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, mkdirat, openat, readlinkat, statat};
use rustix::io::Errno;

use crate::error::ClusterError;
use crate::held::HeldDirectory;

/// A directory on the way need be passed, not read; not every system distinguishes the two.
#[cfg(any(target_os = "linux", target_os = "android"))]
const PASS: OFlags = OFlags::PATH;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const PASS: OFlags = OFlags::RDONLY;

/// As many links as Linux follows on a path.
const LINKS: u32 = 40;

/// The directory at a path; `None` if it is not there.
pub(crate) fn find(path: &Path) -> Result<Option<HeldDirectory>, ClusterError> {
    Walk::begin(path)?.finish(false)
}

/// The directory at a path, made with mode 0700 if it is not there, and what is missing above it too.
pub(crate) fn make(path: &Path) -> Result<HeldDirectory, ClusterError> {
    let missing = || ClusterError::file("cannot make data directory", path)(Errno::NOENT.into());
    Walk::begin(path)?.finish(true)?.ok_or_else(missing)
}

struct Walk {
    asked: PathBuf,
    /// The directory reached, and its path.
    at: OwnedFd,
    path: PathBuf,
    /// What is still to go, the next part last.
    ahead: Vec<OsString>,
    links: u32,
}

impl Walk {
    fn begin(path: &Path) -> Result<Self, ClusterError> {
        let failed = |error| ClusterError::file("cannot use data directory", path)(error);
        let asked = std::path::absolute(path).map_err(failed)?;
        let at = root().map_err(|error| failed(error.into()))?;
        let ahead = parts(&asked);
        Ok(Self { asked, at, path: PathBuf::from("/"), ahead, links: 0 })
    }

    fn finish(mut self, make: bool) -> Result<Option<HeldDirectory>, ClusterError> {
        while let Some(name) = self.ahead.pop() {
            match self.enter(&name) {
                Ok(()) => {}
                Err(Errno::NOENT) if make => {
                    self.make(&name).map_err(self.failed("cannot make data directory"))?;
                    self.ahead.push(name);
                }
                Err(Errno::NOENT) => return Ok(None),
                // Systems differ in what they call a link where a directory was to be.
                Err(Errno::NOTDIR | Errno::LOOP | Errno::MLINK) => self.follow(&name)?,
                Err(error) => return Err(self.failed("cannot use data directory")(error)),
            }
        }
        let held = HeldDirectory::open(&self.at, Path::new("."), self.path.clone());
        held.map(Some).map_err(ClusterError::file("cannot read data directory", &self.asked))
    }

    fn enter(&mut self, name: &OsStr) -> rustix::io::Result<()> {
        let flags = PASS | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        self.at = openat(&self.at, name, flags, Mode::empty())?;
        if name == ".." {
            self.path.pop();
        } else {
            self.path.push(name);
        }
        Ok(())
    }

    fn make(&self, name: &OsStr) -> rustix::io::Result<()> {
        let is_last = self.ahead.is_empty();
        let mode = if is_last { Mode::RWXU } else { Mode::RWXU | Mode::RWXG | Mode::RWXO };
        match mkdirat(&self.at, name, mode) {
            Err(Errno::EXIST) => Ok(()),
            result => result,
        }
    }

    fn follow(&mut self, name: &OsStr) -> Result<(), ClusterError> {
        let failed = self.failed("cannot use data directory");
        let look = || statat(&self.at, name, AtFlags::SYMLINK_NOFOLLOW);
        let link = look().map_err(&failed)?;
        if FileType::from_raw_mode(link.st_mode) != FileType::Symlink {
            return Err(ClusterError::Strange { directory: self.asked.clone(), why: "it is a file" });
        }
        if link.st_uid != 0 && link.st_uid != rustix::process::geteuid().as_raw() {
            let (directory, uid) = (self.asked.clone(), link.st_uid);
            return Err(ClusterError::ForeignLink { directory, link: self.path.join(name), uid });
        }
        let target = readlinkat(&self.at, name, Vec::new()).map_err(&failed)?;
        let after = look().map_err(&failed)?;
        // A link that replaced it in the meantime would have another number, or a new time of change.
        let is_same = (link.st_ino, link.st_ctime, link.st_ctime_nsec)
            == (after.st_ino, after.st_ctime, after.st_ctime_nsec);
        self.links += 1;
        if !is_same || self.links > LINKS {
            return Err(failed(Errno::LOOP));
        }
        let target = PathBuf::from(OsString::from_vec(target.into_bytes()));
        if target.is_absolute() {
            self.at = root().map_err(&failed)?;
            self.path = PathBuf::from("/");
        }
        self.ahead.extend(parts(&target));
        Ok(())
    }

    fn failed(&self, what: &'static str) -> impl Fn(Errno) -> ClusterError + use<> {
        let path = self.asked.clone();
        move |error| ClusterError::File { what, path: path.clone(), source: io::Error::from(error) }
    }
}

fn root() -> rustix::io::Result<OwnedFd> {
    openat(CWD, "/", PASS | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
}

/// The parts of a path, the first last.
fn parts(path: &Path) -> Vec<OsString> {
    let named = path.components().filter(|part| matches!(part, Component::Normal(_) | Component::ParentDir));
    named.rev().map(|part| part.as_os_str().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{MetadataExt, lchown, symlink};

    use super::*;

    #[test]
    fn the_way_leads_through_our_own_links_and_names_where_it_ended() {
        let directory = tempfile::tempdir().unwrap();
        let real = fs::canonicalize(directory.path()).unwrap();
        symlink("disk/deep", real.join("link")).unwrap();
        assert!(find(&real.join("link/data")).unwrap().is_none());
        let made = make(&real.join("link/../deep/data")).unwrap();
        assert_eq!(made.path(), real.join("disk/deep/data"));
        assert_eq!(fs::metadata(made.path()).unwrap().mode() & 0o777, 0o700);
        let found = find(&real.join("link/data")).unwrap().unwrap();
        assert!(found.is(&fs::metadata(made.path()).unwrap()).unwrap());
    }

    #[test]
    fn links_that_lead_to_each_other_are_an_error() {
        let directory = tempfile::tempdir().unwrap();
        symlink("b", directory.path().join("a")).unwrap();
        symlink("a", directory.path().join("b")).unwrap();
        assert!(find(&directory.path().join("a/data")).is_err());
    }

    #[test]
    fn a_strangers_link_is_not_followed() {
        if !rustix::process::geteuid().is_root() {
            // Nobody else can make a link that is not his own.
            return;
        }
        let (directory, victim) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let link = directory.path().join("link");
        symlink(victim.path(), &link).unwrap();
        lchown(&link, Some(65_534), Some(65_534)).unwrap();
        for path in [link.clone(), link.join("data")] {
            let error = make(&path).unwrap_err().to_string();
            assert!(error.contains("link of user id 65534"), "{error}");
        }
        assert_eq!(fs::read_dir(victim.path()).unwrap().count(), 0);
    }
}
