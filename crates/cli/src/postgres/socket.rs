//! Where the socket lies: in the data directory, or, where its path would be too long for the operating
//! system or needs quoting, in a closed directory of its own.

use std::fs::{self, DirBuilder};
use std::os::unix::fs::{DirBuilderExt, chown};
use std::path::{Path, PathBuf};

use super::ClusterError;
use super::owner::User;
use super::programs::ROLE;

/// The socket's name; its number is the port's, which on a private socket means nothing.
pub(super) const PORT: &str = "5432";
const NAME: &str = ".s.PGSQL.5432";

/// The longest path of a socket, in bytes: systems stop between 104 and 108.
const LONGEST_PATH: usize = 100;

/// Directories of this beginning are ours to remove.
const ELSEWHERE: &str = "/tmp/windlass-";

/// The directory of the socket; removed with the value if it was made for it.
#[derive(Debug)]
pub(super) struct SocketDirectory {
    path: PathBuf,
}

impl SocketDirectory {
    /// The data directory itself where that will do, else a new 0700 directory of `user`.
    pub(super) fn make(data: &Path, user: Option<&User>) -> Result<Self, ClusterError> {
        if will_do(data) {
            return Ok(Self { path: data.to_owned() });
        }
        // The name cannot be guessed, and making it fails if somebody has been there first.
        let path = PathBuf::from(format!("{ELSEWHERE}{}", uuid::Uuid::new_v4().simple()));
        let failed = ClusterError::file("cannot make the socket's directory", &path);
        let made = DirBuilder::new().mode(0o700).create(&path);
        let given =
            made.and_then(|()| user.map_or(Ok(()), |user| chown(&path, Some(user.uid), Some(user.gid))));
        given.map_err(failed)?;
        Ok(Self { path })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The URL by which the server connects; the path is plain, and so needs no encoding.
    pub(super) fn url(&self) -> String {
        format!("postgres:///postgres?host={}&port={PORT}&user={ROLE}", self.path.display())
    }
}

impl Drop for SocketDirectory {
    fn drop(&mut self) {
        remove_if_made(&self.path);
    }
}

/// Removes a socket's directory if it is one that was made for it; nothing else is ever there.
pub(super) fn remove_if_made(directory: &Path) {
    if directory.to_string_lossy().starts_with(ELSEWHERE) {
        let _ = fs::remove_dir_all(directory);
    }
}

fn will_do(directory: &Path) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte);
    directory.to_str().is_some_and(|path| path.bytes().all(plain))
        && directory.as_os_str().len() + 1 + NAME.len() <= LONGEST_PATH
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_lies_in_the_directory_up_to_100_bytes_and_elsewhere_beyond() {
        let fits = format!("/{}", "d".repeat(LONGEST_PATH - NAME.len() - 2));
        assert_eq!(Path::new(&fits).join(NAME).as_os_str().len(), LONGEST_PATH);
        assert!(will_do(Path::new(&fits)));
        assert!(!will_do(Path::new(&format!("{fits}d"))));
    }

    #[test]
    fn a_path_that_needs_quoting_sends_the_socket_elsewhere() {
        assert!(!will_do(Path::new("/srv/a,b")));
        assert!(!will_do(Path::new("/srv/a b")));
        let socket = SocketDirectory::make(Path::new("/srv/a b"), None).unwrap();
        let made = socket.path().to_owned();
        assert!(made.is_dir() && socket.url().contains(&format!("host={}&", made.display())));
        drop(socket);
        assert!(!made.exists());
    }
}
