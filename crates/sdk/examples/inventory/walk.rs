//! The files of a tree, in an order that another walk can take up again.
//!
//! Entries are visited by the bytes of their names, a directory's content where the directory is. So
//! "everything after this path" means the same to each walk, and a tree of any size is scanned in steps.

use std::ffi::OsString;
use std::fs::{self, FileType};
use std::io;
use std::path::{Component, Path, PathBuf};

/// What a walk finds.
pub(crate) enum Found {
    /// A regular file, by its path below the root.
    File(PathBuf),
    /// A directory that cannot be read, and why.
    Unreadable(PathBuf, io::Error),
}

/// A walk in progress.
pub(crate) struct Walk {
    root: PathBuf,
    /// The directory being read, below the root.
    here: PathBuf,
    /// What is left of each directory on the way here, the next entry last.
    left: Vec<Vec<(OsString, FileType)>>,
    unreadable: Vec<(PathBuf, io::Error)>,
}

impl Walk {
    /// The files below `root`, or those that come after the file `after`.
    ///
    /// # Errors
    /// When `root` itself cannot be read.
    pub(crate) fn new(root: &Path, after: Option<&Path>) -> io::Result<Self> {
        let left = vec![entries(root)?];
        let mut walk = Self { root: root.to_owned(), here: PathBuf::new(), left, unreadable: Vec::new() };
        if let Some(after) = after {
            walk.skip_past(after);
        }
        Ok(walk)
    }

    /// Goes down along `after` and drops what comes before it. A directory that is gone by now ends the
    /// way down: all that sorts after it is still to be visited.
    fn skip_past(&mut self, after: &Path) {
        for component in after.components() {
            let Component::Normal(name) = component else { return };
            let entries = self.left.last_mut().expect("one level is there as long as one is entered");
            while entries.last().is_some_and(|(entry, _)| entry.as_os_str() < name) {
                entries.pop();
            }
            let Some((entry, kind)) = entries.pop_if(|(entry, _)| entry == name) else { return };
            if !kind.is_dir() {
                return;
            }
            if !self.enter(entry) {
                return;
            }
        }
    }

    /// Goes down into a directory; notes it where that cannot be done.
    fn enter(&mut self, name: OsString) -> bool {
        self.here.push(name);
        match entries(&self.root.join(&self.here)) {
            Ok(entries) => {
                self.left.push(entries);
                true
            }
            Err(error) => {
                self.unreadable.push((self.here.clone(), error));
                self.here.pop();
                false
            }
        }
    }
}

impl Iterator for Walk {
    type Item = Found;

    fn next(&mut self) -> Option<Found> {
        loop {
            if let Some((path, error)) = self.unreadable.pop() {
                return Some(Found::Unreadable(path, error));
            }
            match self.left.last_mut()?.pop() {
                Some((name, kind)) if kind.is_dir() => drop(self.enter(name)),
                Some((name, kind)) if kind.is_file() => return Some(Found::File(self.here.join(name))),
                Some(_) => {}
                None => {
                    self.left.pop();
                    self.here.pop();
                }
            }
        }
    }
}

/// A directory's entries, the last by name first. The kinds are of the entries themselves: links stay links.
fn entries(directory: &Path) -> io::Result<Vec<(OsString, FileType)>> {
    let entries = fs::read_dir(directory)?;
    let mut entries = entries
        .map(|entry| entry.and_then(|entry| Ok((entry.file_name(), entry.file_type()?))))
        .collect::<io::Result<Vec<_>>>()?;
    entries.sort_unstable_by(|(one, _), (other, _)| other.cmp(one));
    Ok(entries)
}
