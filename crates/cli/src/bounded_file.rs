//! Small files, read without waiting for ever and without filling the memory, whatever the name leads to.

use std::io;
use std::path::Path;
use std::time::Duration;

use tokio::fs::File;
use tokio::io::AsyncReadExt;

/// How long reading one may take.
const LONGEST_READ: Duration = Duration::from_secs(5);

/// The first `longest` bytes of a file and one more, by which a longer one is known. A pipe to which nobody writes would be waited for without end.
///
/// # Errors
/// It cannot be read, or not in 5 s.
pub(crate) async fn beginning(file: &Path, longest: usize) -> io::Result<Vec<u8>> {
    let read = async {
        let mut bytes = Vec::new();
        File::open(file).await?.take(longest as u64 + 1).read_to_end(&mut bytes).await?;
        Ok(bytes)
    };
    tokio::time::timeout(LONGEST_READ, read).await.unwrap_or_else(|late| Err(late.into()))
}

/// Whether it is something else than a file, such as a pipe, which cannot be read again and again.
pub(crate) async fn is_special(file: &Path) -> bool {
    tokio::fs::metadata(file).await.is_ok_and(|metadata| !metadata.is_file())
}
