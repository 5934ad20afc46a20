//! What is made of files.

use std::path::Path;

/// Something that is made of files, and can be made anew while the server runs.
pub(crate) trait Source {
    /// What the files hold; the same again is not taken again.
    type Contents: PartialEq;

    /// What it is, for the log.
    const WHAT: &'static str;

    /// Its files.
    fn files(&self) -> impl Iterator<Item = &Path>;

    /// What they hold now.
    ///
    /// # Errors
    /// Why one of them cannot be read.
    async fn read(&self) -> Result<Self::Contents, String>;

    /// Uses it from now on, and logs so.
    ///
    /// # Errors
    /// Why it cannot be used; what was there before is used on.
    async fn take(&self, contents: &Self::Contents) -> Result<(), String>;

    /// Returns when there is another reason to look than a signal and time.
    async fn nudged(&self);
}
