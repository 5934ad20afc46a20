//! `hash-files`: SHA-256 and size of each file of a chunk.
//!
//! What is done so far is the task's checkpoint, as long as it fits: an attempt after a worker was killed goes on where that one was.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;
use windlass_sdk::{Context, TaskFailure};

use crate::chunk::Chunk;
use crate::name::{Name, hex};
use crate::scan::{Unreadable, as_number};

/// Read at once.
const BUFFER_BYTES: usize = 256 << 10;
/// How often what is done is left for the next attempt.
const SAVED_EVERY: Duration = Duration::from_secs(1);

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
    // What cannot be read is done again.
    let begun: Hashed = context.resumed_from().unwrap_or_default().unwrap_or_default();
    if begun.count() > 0 {
        tracing::info!(files = begun.count(), "going on where an earlier attempt was");
    }
    let mut saved = Instant::now();
    let note = |hashed: &Hashed| {
        context.progress(as_number(hashed.count()), total, "");
        if saved.elapsed() >= SAVED_EVERY {
            saved = Instant::now();
            // One that is too large is not left: then an attempt begins anew.
            context.checkpoint(hashed).unwrap_or_else(|error| tracing::debug!(%error, "no checkpoint"));
        }
    };
    let hashed = hash_all(chunk, begun, context.cancellation(), note)?;
    for Unreadable { path, error } in &hashed.unreadable {
        tracing::warn!(path = %path.to_path().display(), error, "cannot read a file");
    }
    tracing::info!(files = hashed.files.len(), unreadable = hashed.unreadable.len(), "hashed");
    context.metric("bytes", as_number(hashed.files.iter().map(|file| file.bytes).sum()));
    Ok(hashed)
}

impl Hashed {
    /// How many files of the chunk are done.
    fn count(&self) -> u64 {
        (self.files.len() + self.unreadable.len()) as u64
    }
}

/// Hashes one file after the other, behind those of `hashed`; `note` gets what is done before each.
pub(crate) fn hash_all(
    chunk: Chunk,
    mut hashed: Hashed,
    cancellation: &CancellationToken,
    mut note: impl FnMut(&Hashed),
) -> Result<Hashed, TaskFailure> {
    let mut buffer = vec![0; BUFFER_BYTES];
    let done = usize::try_from(hashed.count()).unwrap_or(usize::MAX);
    for path in chunk.files.into_iter().skip(done) {
        note(&hashed);
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
