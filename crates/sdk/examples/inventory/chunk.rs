//! Chunks: as many files as one hash task takes.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::name::Name;

/// Files a chunk at most.
const FILES: usize = 32;
/// Bytes of content a chunk at most, unless one file alone has more: so that no worker is left with all that is large.
const CONTENT_BYTES: u64 = 8 << 20;
/// The result repeats the names and may take 256 KiB; this leaves space for what is around them.
const NAMES_BYTES: usize = 128 << 10;
/// What a file takes in the result beside its name.
const AROUND_NAME_BYTES: usize = 256;

/// The payload of a hash task.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Chunk {
    /// The directory that the names are below.
    pub(crate) root: PathBuf,
    /// In the order of the walk.
    pub(crate) files: Vec<Name>,
}

/// Fills chunks.
#[derive(Default)]
pub(crate) struct Chunks {
    full: Vec<Vec<Name>>,
    open: Vec<Name>,
    content_bytes: u64,
    names_bytes: usize,
}

impl Chunks {
    /// Adds a file, to a new chunk where the open one has no space for it.
    pub(crate) fn add(&mut self, name: Name, content_bytes: u64) {
        let name_bytes = written_bytes(&name);
        let full = self.open.len() == FILES
            || self.content_bytes + content_bytes > CONTENT_BYTES
            || self.names_bytes + name_bytes > NAMES_BYTES;
        if full && !self.open.is_empty() {
            self.full.push(std::mem::take(&mut self.open));
            (self.content_bytes, self.names_bytes) = (0, 0);
        }
        self.content_bytes += content_bytes;
        self.names_bytes += name_bytes;
        self.open.push(name);
    }

    /// How many chunks there are, the open one included.
    pub(crate) fn len(&self) -> usize {
        self.full.len() + 1
    }

    /// All chunks, none of them empty.
    pub(crate) fn finish(mut self) -> Vec<Vec<Name>> {
        self.full.extend(Some(self.open).filter(|open| !open.is_empty()));
        self.full
    }
}

/// What a name takes in a result, with all that JSON may add to it.
pub(crate) fn written_bytes(name: &Name) -> usize {
    serde_json::to_vec(name).map_or(0, |json| json.len()) + AROUND_NAME_BYTES
}
