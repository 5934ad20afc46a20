//! The three types of job: what each takes, and what it returns.

use windlass_sdk::Job;

use crate::chunk::Chunk;
use crate::hash::Hashed;
use crate::report::{Report, Request};
use crate::scan::{Scan, Scanned};

/// Walks the tree.
pub(crate) struct ScanDir;

/// Hashes the files of a chunk.
pub(crate) struct HashFiles;

/// Sums up.
pub(crate) struct SumUp;

impl Job for ScanDir {
    const TYPE: &'static str = "scan-dir";
    type Payload = Scan;
    type Result = Scanned;
}

impl Job for HashFiles {
    const TYPE: &'static str = "hash-files";
    type Payload = Chunk;
    type Result = Hashed;
}

impl Job for SumUp {
    const TYPE: &'static str = "report";
    type Payload = Request;
    type Result = Report;
}
