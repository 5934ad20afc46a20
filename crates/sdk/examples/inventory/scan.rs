//! `scan-dir`: walks the tree and adds the hash tasks.
//!
//! Tasks are added together with the completion, so that a scan that is killed has added nothing and may
//! run again. One completion has a limit, though: a tree of more files is scanned in steps, each of which
//! adds the next one to its own job; the last seals that job, and the hash job seals itself as it opens.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;
use windlass_sdk::{Context, TaskFailure};

use crate::chunk::{Chunk, Chunks, written_bytes};
use crate::jobs::{HashFiles, ScanDir};
use crate::name::Name;
use crate::walk::{Found, Walk};

/// Bytes of names a step at most: a body may have 16 MiB.
const STEP_BYTES: usize = 8 << 20;
/// Chunks a step at most: a completion may add 10,000 tasks, one of which is the next step.
const STEP_CHUNKS: usize = 9_999;
/// Unreadable directories that are named; beyond that they are counted.
const NAMED: usize = 100;

/// Where to scan, and after which file.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Scan {
    pub(crate) path: PathBuf,
    #[serde(default)]
    pub(crate) after: Option<Name>,
}

/// What a step saw.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Scanned {
    pub(crate) files: u64,
    pub(crate) unreadable: u64,
    pub(crate) unreadable_named: Vec<Unreadable>,
}

/// What could not be read, and why.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Unreadable {
    pub(crate) path: Name,
    pub(crate) error: String,
}

/// The handler of `scan-dir`.
pub(crate) fn scan(scan: Scan, context: &Context) -> Result<Scanned, TaskFailure> {
    let progress = |files| context.progress(as_number(files), None, "files found");
    let step = Step::take(&scan, STEP_BYTES, context.cancellation(), progress)?;
    for Unreadable { path, error } in &step.scanned.unreadable_named {
        tracing::warn!(path = %path.to_path().display(), error, "cannot read a directory");
    }
    tracing::info!(files = step.scanned.files, unreadable = step.scanned.unreadable, "found");
    let root = scan.path;
    let chunks = step.chunks.finish().into_iter().map(|files| Chunk { root: root.clone(), files });
    context.add(HashFiles, "hash", &chunks.collect::<Vec<_>>())?;
    if let Some(last) = step.unfinished_after {
        context.add(ScanDir, "scan", [&Scan { path: root, after: Some(last) }])?;
    } else {
        context.seal("scan");
    }
    Ok(step.scanned)
}

/// As much of a walk as one completion can carry.
#[derive(Default)]
pub(crate) struct Step {
    pub(crate) scanned: Scanned,
    pub(crate) chunks: Chunks,
    pub(crate) unfinished_after: Option<Name>,
}

impl Step {
    /// Walks on from where `scan` says, for about `limit` bytes of names.
    pub(crate) fn take(
        scan: &Scan,
        limit: usize,
        cancellation: &CancellationToken,
        progress: impl Fn(u64),
    ) -> Result<Self, TaskFailure> {
        let after = scan.after.as_ref().map(Name::to_path);
        let unreadable = |error: std::io::Error| {
            let message = format!("cannot read {}: {error}", scan.path.display());
            TaskFailure::new("data_error", message)
        };
        let mut step = Self::default();
        let mut bytes = 0;
        for found in Walk::new(&scan.path, after.as_deref()).map_err(unreadable)? {
            if cancellation.is_cancelled() {
                return Err(TaskFailure::release(None));
            }
            let Some(name) = step.note(&scan.path, found) else { continue };
            progress(step.scanned.files);
            bytes += written_bytes(&name);
            if bytes > limit || step.chunks.len() == STEP_CHUNKS {
                step.unfinished_after = Some(name);
                break;
            }
        }
        Ok(step)
    }

    /// Counts what was found, and returns the name of a file.
    fn note(&mut self, root: &Path, found: Found) -> Option<Name> {
        match found {
            Found::File(path) => {
                // A file that is gone or shut by now is reported by the task that would have hashed it.
                let bytes = fs::symlink_metadata(root.join(&path)).map_or(0, |metadata| metadata.len());
                let name = Name::new(&path);
                self.scanned.files += 1;
                self.chunks.add(name.clone(), bytes);
                Some(name)
            }
            Found::Unreadable(path, error) => {
                self.scanned.unreadable += 1;
                if self.scanned.unreadable_named.len() < NAMED {
                    let unreadable = Unreadable { path: Name::new(&path), error: error.to_string() };
                    self.scanned.unreadable_named.push(unreadable);
                }
                None
            }
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "progress is for people")]
pub(crate) fn as_number(count: u64) -> f64 {
    count as f64
}
