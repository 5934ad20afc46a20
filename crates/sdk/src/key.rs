//! The key that a client shows to the server, and where it comes from.
//!
//! Its text is shown nowhere: not by `Debug`, in no error and no log line, and the header that carries it is marked as sensitive. A file is
//! read when the client is made, and again when a call is refused with 401, since keys rotate.
//!
//! How it fails: what is no key when the client is made is an error that names where it was looked for. A file that cannot be read again,
//! or by then holds no key, leaves the key as it was.

use std::env;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use reqwest::header::HeaderValue;

use crate::Error;

const VARIABLE: &str = "WINDLASS_KEY";
const FILE_VARIABLE: &str = "WINDLASS_KEY_FILE";
/// The longest key, in bytes.
const LONGEST: usize = 512;
/// How long a call that was refused waits for the file.
const LONGEST_READ: Duration = Duration::from_secs(5);
const NO_KEY: &str = "is not one line of 1 to 512 visible ASCII characters";

/// Where a client's key comes from; by default from the environment.
#[derive(Clone)]
pub struct Key(Source);

#[derive(Clone)]
enum Source {
    Environment,
    Text(String),
    File(PathBuf),
    None,
}

impl Key {
    /// The key in the variable `WINDLASS_KEY`, or in the file that `WINDLASS_KEY_FILE` names; none where neither is set, or both are empty.
    /// Both together are an error.
    pub fn environment() -> Self {
        Self(Source::Environment)
    }

    /// This key, as `windlass key create` printed it.
    pub fn text(key: impl Into<String>) -> Self {
        Self(Source::Text(key.into()))
    }

    /// The key that this file holds, alone on one line. It is read again when a call is refused with 401.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self(Source::File(path.into()))
    }

    /// No key, whatever the environment says.
    pub fn none() -> Self {
        Self(Source::None)
    }

    /// The key as it is now.
    pub(crate) fn read(self) -> Result<PresentKey, Error> {
        match self.0 {
            Source::Environment => from_environment(|name| env::var_os(name)),
            Source::Text(text) => PresentKey::of_text("the program", &text),
            Source::File(path) => PresentKey::of_file(format!("the file {}", path.display()), path),
            Source::None => Ok(PresentKey::default()),
        }
    }
}

impl Default for Key {
    fn default() -> Self {
        Self::environment()
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Source::Environment => formatter.write_str("Key::environment()"),
            Source::Text(_) => formatter.write_str("Key::text(…)"),
            Source::File(path) => write!(formatter, "Key::file({})", path.display()),
            Source::None => formatter.write_str("Key::none()"),
        }
    }
}

/// A client's key as it is at present, shared by all clones of the client; possibly none.
#[derive(Clone, Default)]
pub(crate) struct PresentKey(Option<Arc<Held>>);

struct Held {
    /// Where it comes from, for people.
    origin: String,
    file: Option<PathBuf>,
    /// As it is sent.
    header: RwLock<HeaderValue>,
}

impl PresentKey {
    fn of_text(origin: &str, text: &str) -> Result<Self, Error> {
        let header = header(text.as_bytes()).ok_or_else(|| wrong(origin, NO_KEY))?;
        Ok(Self::held(origin.to_owned(), None, header))
    }

    fn of_file(origin: String, path: PathBuf) -> Result<Self, Error> {
        let bytes = beginning(&path).map_err(|error| wrong(&origin, format!("cannot be read: {error}")))?;
        let header = header(&bytes).ok_or_else(|| wrong(&origin, NO_KEY))?;
        Ok(Self::held(origin, Some(path), header))
    }

    fn held(origin: String, file: Option<PathBuf>, header: HeaderValue) -> Self {
        Self(Some(Arc::new(Held { origin, file, header: RwLock::new(header) })))
    }

    /// Where the key comes from, if there is one.
    pub(crate) fn origin(&self) -> Option<&str> {
        self.0.as_ref().map(|held| held.origin.as_str())
    }

    /// What is sent as `Authorization`.
    pub(crate) fn header(&self) -> Option<HeaderValue> {
        self.0.as_ref().map(|held| held.header())
    }

    /// Whether the key is another one than `refused`, once its file was read again.
    pub(crate) async fn is_renewed(&self, refused: Option<&HeaderValue>) -> bool {
        let (Some(held), Some(refused)) = (&self.0, refused) else { return false };
        if held.header() == refused {
            held.read_again().await;
        }
        held.header() != refused
    }
}

impl fmt::Debug for PresentKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Key").field(&self.origin()).finish()
    }
}

impl Held {
    fn header(&self) -> HeaderValue {
        self.header.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn read_again(&self) {
        let Some(path) = self.file.clone() else { return };
        let reading = tokio::task::spawn_blocking(move || again(&path));
        let read = match tokio::time::timeout(LONGEST_READ, reading).await {
            Ok(joined) => joined.map_err(io::Error::other).flatten(),
            Err(late) => Err(late.into()),
        };
        match read.map(|bytes| header(&bytes)) {
            Ok(Some(header)) => *self.header.write().unwrap_or_else(PoisonError::into_inner) = header,
            Ok(None) => tracing::warn!(key = self.origin, "{NO_KEY}"),
            Err(error) => tracing::warn!(key = self.origin, %error, "cannot read the key again"),
        }
    }
}

fn from_environment(variable: impl Fn(&str) -> Option<std::ffi::OsString>) -> Result<PresentKey, Error> {
    let said = |name| variable(name).filter(|value| !value.is_empty());
    match (said(VARIABLE), said(FILE_VARIABLE)) {
        (Some(_), Some(_)) => Err(wrong(VARIABLE, format!("is set, and so is {FILE_VARIABLE}"))),
        (Some(text), None) => PresentKey::of_text(VARIABLE, text.to_str().unwrap_or_default()),
        (None, Some(path)) => {
            let path = PathBuf::from(path);
            PresentKey::of_file(format!("{FILE_VARIABLE} ({})", path.display()), path)
        }
        (None, None) => Ok(PresentKey::default()),
    }
}

/// So much of the file that a longer one is known as such.
fn beginning(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(LONGEST as u64 + 3).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A pipe was read to its end when the client was made, and might never come to another.
fn again(path: &Path) -> io::Result<Vec<u8>> {
    if path.metadata()?.is_file() { beginning(path) } else { Err(io::Error::other("no regular file")) }
}

/// The header of the key that is the only line of a text.
fn header(text: &[u8]) -> Option<HeaderValue> {
    let line = text.strip_suffix(b"\n").unwrap_or(text);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if line.is_empty() || line.len() > LONGEST || !line.iter().all(u8::is_ascii_graphic) {
        return None;
    }
    let mut header = HeaderValue::from_bytes(&[&b"Bearer "[..], line].concat()).ok()?;
    header.set_sensitive(true);
    Some(header)
}

fn wrong(setting: &str, what: impl Into<String>) -> Error {
    Error::Setting { setting: setting.to_owned(), what: what.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(key: &PresentKey) -> Option<String> {
        key.header().map(|header| header.to_str().unwrap().to_owned())
    }

    #[test]
    fn a_key_is_one_line_of_visible_characters_with_or_without_its_end() {
        for text in ["wl_a", "wl_a\n", "wl_a\r\n"] {
            assert_eq!(header(text.as_bytes()).unwrap(), "Bearer wl_a");
        }
        assert!(header("x".repeat(LONGEST).as_bytes()).is_some());
        let long = "x".repeat(LONGEST + 1);
        for text in ["", "\n", "a\nb", "a\n\n", "\na", "a b", " a", "a ", "a\t", "é", "a\0", &long] {
            assert!(header(text.as_bytes()).is_none(), "{text:?}");
        }
    }

    #[test]
    fn the_environment_says_one_key_or_none() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "in-file\n").unwrap();
        let path = file.path().to_str().unwrap();
        let read = |variables: &[(&str, &str)]| {
            let value =
                |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value);
            from_environment(|name| value(name).map(Into::into))
        };
        for (variables, expected) in [
            (&[][..], None),
            (&[(VARIABLE, ""), (FILE_VARIABLE, "")][..], None),
            (&[(VARIABLE, "in-text"), (FILE_VARIABLE, "")][..], Some("Bearer in-text")),
            (&[(FILE_VARIABLE, path)][..], Some("Bearer in-file")),
        ] {
            assert_eq!(sent(&read(variables).unwrap()).as_deref(), expected, "{variables:?}");
        }
        let error = read(&[(VARIABLE, "in-text"), (FILE_VARIABLE, path)]).unwrap_err().to_string();
        assert_eq!(error, "WINDLASS_KEY is set, and so is WINDLASS_KEY_FILE");
    }

    #[test]
    fn what_is_no_key_is_named_by_where_it_was_looked_for_and_not_shown() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("key");
        std::fs::write(&file, "tell nobody").unwrap();
        for (key, origin) in [
            (Key::text("tell nobody"), "the program".to_owned()),
            (Key::file(&file), format!("the file {}", file.display())),
            (Key::file("/dev/zero"), "the file /dev/zero".to_owned()),
        ] {
            let error = key.read().unwrap_err().to_string();
            assert_eq!(error, format!("{origin} {NO_KEY}"));
        }
        let error = Key::file("/nowhere").read().unwrap_err().to_string();
        assert!(error.starts_with("the file /nowhere cannot be read: "), "{error}");
    }

    #[test]
    fn a_key_is_never_shown() {
        let key = Key::text("tell-nobody");
        let present = key.clone().read().unwrap();
        for shown in [format!("{key:?}"), format!("{present:?}"), format!("{:?}", present.header())] {
            assert!(!shown.contains("tell-nobody"), "{shown}");
        }
    }

    #[tokio::test]
    async fn a_file_is_read_again_and_what_is_no_key_by_then_leaves_the_key_as_it_was() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "first").unwrap();
        let key = Key::file(file.path()).read().unwrap();
        let first = key.header();
        assert!(!key.is_renewed(first.as_ref()).await, "it is the same");
        std::fs::write(file.path(), "no key").unwrap();
        assert!(!key.is_renewed(first.as_ref()).await);
        std::fs::write(file.path(), "second\n").unwrap();
        assert!(key.clone().is_renewed(first.as_ref()).await);
        assert_eq!(sent(&key).as_deref(), Some("Bearer second"));
        // A call that was refused with the first one meanwhile does not read it a third time.
        file.close().unwrap();
        assert!(key.is_renewed(first.as_ref()).await);
        assert!(!key.is_renewed(key.header().as_ref()).await);
    }

    #[tokio::test]
    async fn a_key_that_was_given_stays() {
        let key = Key::text("given").read().unwrap();
        assert!(!key.is_renewed(key.header().as_ref()).await);
        assert!(!Key::none().read().unwrap().is_renewed(None).await);
    }
}
