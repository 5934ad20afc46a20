//! Where the URL of a database is set, and what it says.
//!
//! The URL may hold a password, so no message here shows any of it: a file is named.

use std::io;
use std::path::PathBuf;

use url::Url;

use crate::bounded_file::beginning;

/// The longest file with a URL, in bytes.
const LONGEST: usize = 4096;

/// Where the URL of a database is said. It has no `Debug`: the URL may hold a password.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum DatabaseUrl {
    /// In the settings themselves.
    Text(String),
    /// In this file, alone on one line.
    File(PathBuf),
}

/// Why there is no URL where it was said to be.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UrlError {
    /// The file cannot be read.
    #[error("setting database_url_file: cannot read {file:?}: {source}")]
    Unreadable {
        /// Its name.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file holds something else.
    #[error(
        "setting database_url_file: {file:?} {what}; it holds the URL of the database, alone on one line"
    )]
    NoUrl {
        /// Its name.
        file: PathBuf,
        /// What is wrong with it.
        what: &'static str,
    },
}

impl DatabaseUrl {
    /// The URL as it is said there now.
    ///
    /// # Errors
    /// [`UrlError`] for a file that cannot be read, or is not one line of 1 to 4,096 bytes of UTF-8.
    pub(crate) async fn read(&self) -> Result<String, UrlError> {
        match self {
            Self::Text(url) => Ok(url.clone()),
            Self::File(file) => {
                let bytes = beginning(file, LONGEST)
                    .await
                    .map_err(|source| UrlError::Unreadable { file: file.clone(), source })?;
                only_line(bytes).map_err(|what| UrlError::NoUrl { file: file.clone(), what })
            }
        }
    }
}

/// Whether a URL holds a password, in either of the two parts that the driver looks at.
pub(crate) fn holds_password(url: &str) -> bool {
    let Ok(url) = Url::parse(url) else { return false };
    let in_query = || url.query_pairs().any(|(name, value)| name == "password" && !value.is_empty());
    url.password().is_some() || in_query()
}

fn only_line(bytes: Vec<u8>) -> Result<String, &'static str> {
    if bytes.len() > LONGEST {
        return Err("is longer than 4096 bytes");
    }
    let text = String::from_utf8(bytes).map_err(|_| "is not UTF-8")?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.contains(['\n', '\r']) {
        return Err("has more than one line");
    }
    if line.trim().is_empty() {
        return Err("is empty");
    }
    Ok(line.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_with_or_without_its_end_is_a_url_and_nothing_else_is() {
        let read = |text: &str| only_line(text.as_bytes().to_vec());
        for text in ["postgres://a", "postgres://a\n", "postgres://a\r\n"] {
            assert_eq!(read(text).unwrap(), "postgres://a");
        }
        for (text, what) in [
            ("", "empty"),
            ("\n", "empty"),
            (" \t\r\n", "empty"),
            ("a\nb", "more than one line"),
            ("a\n\n", "more than one line"),
            ("\na", "more than one line"),
            ("a\rb", "more than one line"),
        ] {
            assert!(read(text).unwrap_err().contains(what), "{text:?}");
        }
        assert!(only_line(vec![b'a', 0xff]).unwrap_err().contains("UTF-8"));
    }

    #[tokio::test]
    async fn a_file_has_up_to_4096_bytes_and_is_named_where_it_does_not_do() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let url = DatabaseUrl::File(file.path().to_owned());
        std::fs::write(file.path(), "x".repeat(LONGEST)).unwrap();
        assert_eq!(url.read().await.unwrap().len(), LONGEST);
        std::fs::write(file.path(), "x".repeat(LONGEST + 1)).unwrap();
        let error = url.read().await.unwrap_err().to_string();
        assert!(error.contains("4096") && error.contains(file.path().to_str().unwrap()), "{error}");
        assert!(error.contains("database_url_file") && !error.contains("xx"), "{error}");
    }

    #[tokio::test]
    async fn what_is_no_file_is_named() {
        for file in ["", "/", "/nowhere/at all"] {
            let error = DatabaseUrl::File(file.into()).read().await.unwrap_err().to_string();
            assert!(error.contains("database_url_file") && error.contains(&format!("{file:?}")), "{error}");
        }
        let endless = DatabaseUrl::File("/dev/zero".into()).read().await.unwrap_err().to_string();
        assert!(endless.contains("longer"), "{endless}");
    }

    #[tokio::test]
    async fn a_pipe_that_nobody_writes_to_is_not_waited_for() {
        let directory = tempfile::tempdir().unwrap();
        let pipe = directory.path().join("pipe");
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, mode, 0).unwrap();
        let error = DatabaseUrl::File(pipe.clone()).read().await.unwrap_err().to_string();
        assert!(error.contains("database_url_file") && error.contains("pipe"), "{error}");
        // Ends the thread that still waits for a writer.
        drop(std::fs::OpenOptions::new().write(true).open(pipe));
    }

    #[test]
    fn a_password_is_seen_wherever_the_driver_looks_for_one() {
        for with in [
            "postgres://me:secret@host/jobs",
            "postgresql://me:%73%65cret@host",
            "postgres://:secret@host",
            "postgres://me@host/jobs?sslmode=require&password=secret",
            "postgres://host?p%61ssword=s",
        ] {
            assert!(holds_password(with), "{with}");
        }
        for without in [
            "postgres://me@host/jobs",
            "postgres://me:@host",
            "postgres://me%3Asecret@host",
            "postgres://host:5432/password=x",
            "postgres://host?password=",
            "postgres://host?sslkey=password",
            "nonsense",
            "",
        ] {
            assert!(!holds_password(without), "{without}");
        }
    }
}
