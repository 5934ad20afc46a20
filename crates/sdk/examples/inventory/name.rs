//! File names, which are bytes.

use std::ffi::OsString;
use std::fmt;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// A path below the root, ordered by its bytes; in JSON a string, or `{"hex": …}` where it is not UTF-8.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "Written", try_from = "Written")]
pub(crate) struct Name(Vec<u8>);

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Text(String),
    Bytes { hex: String },
}

impl Name {
    /// The path `path`, as it is.
    pub(crate) fn new(path: &Path) -> Self {
        Self(path.as_os_str().as_bytes().to_vec())
    }

    pub(crate) fn to_path(&self) -> PathBuf {
        OsString::from_vec(self.0.clone()).into()
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// What follows the last dot of the last component, in lower case; none for `.hidden` and `name.`.
    pub(crate) fn extension(&self) -> String {
        let path = self.to_path();
        let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase());
        extension.filter(|extension| !extension.is_empty()).unwrap_or_else(|| "(none)".to_owned())
    }
}

impl fmt::Display for Name {
    /// For people: what is not UTF-8 or would move the cursor is shown as an escape.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            for character in chunk.valid().chars() {
                if character.is_control() {
                    write!(formatter, "{}", character.escape_default())?;
                } else {
                    write!(formatter, "{character}")?;
                }
            }
            write!(formatter, "{}", chunk.invalid().escape_ascii())?;
        }
        Ok(())
    }
}

impl From<Name> for Written {
    fn from(name: Name) -> Self {
        String::from_utf8(name.0).map_or_else(|error| Self::Bytes { hex: hex(error.as_bytes()) }, Self::Text)
    }
}

impl TryFrom<Written> for Name {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        match written {
            Written::Text(text) => Ok(Self(text.into_bytes())),
            Written::Bytes { hex } => bytes(&hex).map(Self).ok_or_else(|| format!("{hex:?} is no hex")),
        }
    }
}

/// Bytes as lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a string cannot fail");
        text
    })
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    if !hex.is_ascii() || hex.len() % 2 == 1 {
        return None;
    }
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).ok()).collect()
}
