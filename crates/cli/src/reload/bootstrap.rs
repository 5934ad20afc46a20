//! The file of the bootstrap key: a key that a setting brings, and that no database knows.
//!
//! No message shows any of it: the file is named. How it fails: a start with a file that does not do is refused; one that is changed to what does
//! not do is logged, and the key of before stays.

use std::path::{Path, PathBuf};

use windlass_server::BootstrapKey;

use super::source::Source;
use crate::bounded_file::beginning;
use crate::failure::Failure;

/// The longest file, in bytes: 512 characters and the line's end.
const LONGEST: usize = 514;

/// The file, and the server's key that is made of it.
pub(crate) struct BootstrapFile {
    file: PathBuf,
    key: BootstrapKey,
}

impl BootstrapFile {
    /// The key that is made of it, for the server.
    pub(crate) fn key(&self) -> BootstrapKey {
        self.key.clone()
    }

    /// Reads it for the first time.
    ///
    /// # Errors
    /// It cannot be read, or holds something else.
    pub(crate) async fn open(file: PathBuf) -> Result<(Self, String), Failure> {
        let opened = Self { file, key: BootstrapKey::default() };
        let text = opened.read().await.map_err(Failure::Error)?;
        opened.set(&text).map_err(Failure::Error)?;
        Ok((opened, text))
    }

    /// Has the server take this text for its key.
    ///
    /// # Errors
    /// It is none; the one of before stays.
    fn set(&self, text: &str) -> Result<(), String> {
        let taken = self.key.set(Some(text));
        taken.map_err(|error| format!("setting bootstrap_key_file: {}: {error}", self.file.display()))
    }
}

impl Source for BootstrapFile {
    type Contents = String;

    const WHAT: &'static str = "the bootstrap key";

    fn files(&self) -> impl Iterator<Item = &Path> {
        std::iter::once(self.file.as_path())
    }

    async fn read(&self) -> Result<String, String> {
        let named = |what: &str| format!("setting bootstrap_key_file: {} {what}", self.file.display());
        let bytes = beginning(&self.file, LONGEST)
            .await
            .map_err(|error| named(&format!("cannot be read: {error}")))?;
        only_line(&bytes).map(str::to_owned).ok_or_else(|| named(FORM))
    }

    async fn take(&self, text: &String) -> Result<(), String> {
        self.set(text)?;
        tracing::info!("the bootstrap key is the one in its file, as it was read again");
        Ok(())
    }

    async fn nudged(&self) {
        std::future::pending::<()>().await;
    }
}

/// What it must hold.
const FORM: &str = "must hold one line of 32 to 512 visible ASCII characters";

fn only_line(bytes: &[u8]) -> Option<&str> {
    let text = str::from_utf8(bytes).ok().filter(|text| text.len() <= LONGEST)?;
    let line = text.strip_suffix('\n').unwrap_or(text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    (!line.contains(['\n', '\r'])).then_some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn opened(path: &std::path::Path) -> Result<BootstrapKey, String> {
        match BootstrapFile::open(path.to_owned()).await {
            Ok((file, _)) => Ok(file.key()),
            Err(Failure::Error(message)) => Err(message),
            Err(interrupted) => panic!("{interrupted:?}"),
        }
    }

    async fn take(contents: &[u8]) -> Result<BootstrapKey, String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), contents).unwrap();
        opened(file.path()).await
    }

    #[tokio::test]
    async fn one_line_of_32_to_512_visible_characters_is_a_key() {
        for length in [32, 512] {
            let line = "~".repeat(length);
            for end in ["", "\n", "\r\n"] {
                assert!(take(format!("{line}{end}").as_bytes()).await.unwrap().is_set(), "{length} {end:?}");
            }
        }
    }

    #[tokio::test]
    async fn anything_else_is_refused_by_the_name_of_the_file_and_not_shown() {
        let long = |length| "secret".repeat(100)[..length].to_owned();
        for wrong in [
            String::new(),
            "\n".to_owned(),
            long(31),
            long(513),
            format!("{}\n{}", long(32), long(32)),
            format!("{}\n\n", long(40)),
            format!("{} {}", long(20), long(20)),
            "é".repeat(32),
        ] {
            let error = take(wrong.as_bytes()).await.err().unwrap_or_else(|| panic!("{wrong:?} is taken"));
            assert!(error.contains("bootstrap_key_file") && error.contains("32 to 512"), "{error}");
            assert!(!error.contains("secret"), "{error}");
        }
        let missing = opened("/nowhere/at all".as_ref()).await.err().unwrap();
        assert!(missing.contains("bootstrap_key_file") && missing.contains("/nowhere/at all"), "{missing}");
    }
}
