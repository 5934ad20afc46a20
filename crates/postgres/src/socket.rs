//! Where the socket lies: in the data directory, or, where its path would be too long for the operating
//! system or needs quoting, in a closed directory of its own.

use std::fmt::Display;
use std::path::{Path, PathBuf};

use crate::error::ClusterError;
use crate::home::SocketHome;
use crate::owner::User;
use crate::programs::ROLE;

/// The socket's name; its number is the port's, which on a private socket means nothing.
pub(crate) const PORT: &str = "5432";
const NAME: &str = ".s.PGSQL.5432";

/// The longest path of a socket, in bytes: systems stop between 104 and 108.
const LONGEST_PATH: usize = 100;

/// The directory of the socket.
#[derive(Debug)]
pub(crate) enum SocketDirectory {
    /// The data directory, which outlives the value.
    Data(PathBuf),
    /// One that was made for the socket, and goes with the value.
    Home(SocketHome),
}

impl SocketDirectory {
    /// The data directory itself where that will do, else a new home.
    pub(crate) fn make(data: &Path, user: Option<&User>) -> Result<Self, ClusterError> {
        if will_do(data) {
            return Ok(Self::Data(data.to_owned()));
        }
        SocketHome::make(NAME, user).map(Self::Home)
    }

    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::Data(path) => path,
            Self::Home(home) => home.path(),
        }
    }

    /// The URL by which the server connects; the path is plain, and so needs no encoding.
    pub(crate) fn url(&self) -> String {
        url_at(self.path(), PORT)
    }
}

/// The URL of the server whose socket lies in a directory, whose path is plain.
fn url_at(directory: &Path, port: impl Display) -> String {
    format!("postgres:///postgres?host={}&port={port}&user={ROLE}", directory.display())
}

/// The URL of a server that says where its socket lies; `None` if its path is none of those that a socket is given.
pub(crate) fn url_of(directory: &Path, port: u16) -> Option<String> {
    will_do(directory).then(|| url_at(directory, port))
}

/// Removes a home that a killed server has left at a path, if that is one.
pub(crate) fn remove_abandoned(path: &Path, user: Option<&User>) {
    drop(SocketHome::abandoned(path, NAME, user));
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
