//! `hash-files`: SHA-256 and size of each file of a chunk.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;
use windlass_sdk::{Context, TaskFailure};

use crate::chunk::Chunk;
use crate::name::{Name, hex};
use crate::scan::{Unreadable, as_number};

/// Read at once.
const BUFFER_BYTES: usize = 256 << 10;

/// What became of a chunk.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Hashed {
    pub(crate) files: Vec<HashedFile>,
    pub(crate) unreadable: Vec<Unreadable>,
}

/// One file.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct HashedFile {
    pub(crate) path: Name,
    pub(crate) bytes: u64,
    pub(crate) sha256: String,
    /// Device and inode, where the file has further names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) inode: Option<(u64, u64)>,
}

/// The handler of `hash-files`.
pub(crate) fn hash(chunk: Chunk, context: &Context) -> Result<Hashed, TaskFailure> {
    let total = Some(as_number(chunk.files.len() as u64));
    let progress = |done| context.progress(as_number(done), total, "");
    let hashed = hash_all(chunk, context.cancellation(), progress)?;
    context.metric("bytes", as_number(hashed.files.iter().map(|file| file.bytes).sum()));
    Ok(hashed)
}

/// Hashes one file after the other; `progress` gets how many are done.
pub(crate) fn hash_all(
    chunk: Chunk,
    cancellation: &CancellationToken,
    progress: impl Fn(u64),
) -> Result<Hashed, TaskFailure> {
    let mut hashed = Hashed::default();
    let mut buffer = vec![0; BUFFER_BYTES];
    for (path, done) in chunk.files.into_iter().zip(0..) {
        progress(done);
        match hash_file(&chunk.root, path.clone(), &mut buffer, cancellation) {
            Ok(file) => hashed.files.push(file),
            Err(_) if cancellation.is_cancelled() => return Err(TaskFailure::release(None)),
            Err(error) => hashed.unreadable.push(Unreadable { path, error: error.to_string() }),
        }
    }
    Ok(hashed)
}

fn hash_file(
    root: &Path,
    name: Name,
    buffer: &mut [u8],
    cancellation: &CancellationToken,
) -> io::Result<HashedFile> {
    let path = root.join(name.to_path());
    // What was a file when it was found may be a link or a pipe by now, and opening a pipe waits for ever.
    if !fs::symlink_metadata(&path)?.is_file() {
        return Err(io::Error::other("is no regular file any more"));
    }
    let mut file = File::open(&path)?;
    let metadata = file.metadata()?;
    let (mut hash, mut bytes) = (Sha256::new(), 0);
    loop {
        let length = match file.read(buffer) {
            Ok(0) => break,
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        hash.update(&buffer[..length]);
        bytes += length as u64;
        if cancellation.is_cancelled() {
            return Err(io::ErrorKind::Interrupted.into());
        }
    }
    let inode = (metadata.nlink() > 1).then(|| (metadata.dev(), metadata.ino()));
    Ok(HashedFile { path: name, bytes, sha256: hex(&hash.finalize()), inode })
}
