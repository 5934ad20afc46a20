//! The lock that reserves a data directory for one server, and the mark that it is a data directory.
//!
//! The lock is the operating system's: it goes with the process, so that a stale file locks nobody out. The
//! user that Postgres runs as may write in the directory: a file there that is a link, has a second name or
//! belongs to a third is refused before a byte of it is changed.

use std::fs::{File, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::MetadataExt;

use rustix::fs::OFlags;

use crate::error::ClusterError;
use crate::held::HeldDirectory;
use crate::owner::User;

/// The lock file's name.
pub(crate) const LOCK: &str = "windlass.lock";

/// Locks a directory for as long as the file stays open.
pub(crate) fn take(directory: &HeldDirectory, user: Option<&User>) -> Result<File, ClusterError> {
    let failed = |error| ClusterError::file("cannot lock", &directory.path().join(LOCK))(error);
    let mut file = directory.plain_file(LOCK, OFlags::RDWR | OFlags::CREATE).map_err(failed)?;
    if !is_ours(&file, user).map_err(failed)? {
        let why = "its windlass.lock belongs to another user, or has a second name";
        return Err(ClusterError::Strange { directory: directory.path().to_owned(), why });
    }
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            return Err(ClusterError::InUse {
                directory: directory.path().to_owned(),
                holder: holder(&file),
            });
        }
        Err(TryLockError::Error(error)) => return Err(failed(error)),
    }
    // Only for the message of the next one that tries; the lock itself is what counts.
    file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id())).map_err(failed)?;
    Ok(file)
}

fn is_ours(file: &File, user: Option<&User>) -> io::Result<bool> {
    let metadata = file.metadata()?;
    let me = rustix::process::geteuid().as_raw();
    let owned = metadata.uid() == me || user.is_some_and(|user| user.uid == metadata.uid());
    Ok(owned && metadata.nlink() == 1)
}

/// Who has the lock, if the file says so in a number.
fn holder(file: &File) -> String {
    let mut text = String::new();
    let read = file.take(20).read_to_string(&mut text);
    let process = read.ok().and_then(|_| text.trim().parse::<u32>().ok());
    process.map_or_else(String::new, |process| format!(" (process {process})"))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use rustix::fs::CWD;

    use super::*;

    #[test]
    fn a_lock_file_that_leads_to_another_file_changes_nothing_there() {
        let directory = tempfile::tempdir().unwrap();
        let victim = directory.path().join("victim");
        fs::write(&victim, "precious").unwrap();
        let data = directory.path().join("data");
        fs::create_dir(&data).unwrap();
        let held = HeldDirectory::open(CWD, &data, data.clone()).unwrap();
        let lock = data.join(LOCK);

        symlink(&victim, &lock).unwrap();
        assert!(take(&held, None).unwrap_err().to_string().contains("link"));
        fs::remove_file(&lock).unwrap();
        fs::hard_link(&victim, &lock).unwrap();
        assert!(take(&held, None).unwrap_err().to_string().contains("second name"));
        assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
        fs::remove_file(&lock).unwrap();
        assert!(take(&held, None).is_ok());
    }

    #[test]
    fn a_lock_is_held_by_one_and_names_its_process() {
        let directory = tempfile::tempdir().unwrap();
        let held = HeldDirectory::open(CWD, directory.path(), directory.path().to_owned()).unwrap();
        let first = take(&held, None).unwrap();
        let second = take(&held, None).unwrap_err().to_string();
        assert!(second.contains(&format!("(process {})", std::process::id())), "{second}");
        drop(first);
        assert!(take(&held, None).is_ok());
    }
}
