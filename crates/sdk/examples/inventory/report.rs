//! `report`: what the inventory comes to.

use std::collections::BTreeMap;
use std::path::PathBuf;

use futures_util::TryStreamExt;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use windlass_sdk::{Context, TaskFailure};

use crate::duplicates::{Duplicates, duplicates};
use crate::hash::{Hashed, HashedFile};
use crate::jobs::{HashFiles, ScanDir};
use crate::name::{Name, hex};
use crate::scan::{Scanned, Unreadable, as_number};

/// Rows of each list: the result may take 256 KiB, and a person reads less.
const ROWS: usize = 10;
/// Unreadable files that are named.
const UNREADABLE_ROWS: usize = 20;

/// The payload of the report's task.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Request {
    pub(crate) path: PathBuf,
}

/// The report; the same for the same tree, however many workers made it and however often parts were repeated.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Report {
    pub(crate) path: PathBuf,
    /// Regular files that were read, each name of a hard-linked one.
    pub(crate) files: u64,
    /// All their sizes.
    pub(crate) bytes: u64,
    /// The SHA-256 of what `sha256sum -z` prints for all files in the order of their paths.
    pub(crate) manifest_sha256: String,
    /// Files and directories that could not be read.
    pub(crate) unreadable: u64,
    pub(crate) unreadable_named: Vec<Unreadable>,
    /// Contents that more than one file has.
    pub(crate) duplicate_groups: u64,
    /// Files that have such a content.
    pub(crate) duplicate_files: u64,
    /// What removing all but one of each would free.
    pub(crate) bytes_to_free: u64,
    pub(crate) most_wasteful: Vec<Duplicates>,
    pub(crate) largest: Vec<Largest>,
    pub(crate) by_extension: Vec<Extension>,
}

/// A large file.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Largest {
    pub(crate) path: Name,
    pub(crate) bytes: u64,
}

/// What there is of one extension.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Extension {
    pub(crate) name: String,
    pub(crate) files: u64,
    pub(crate) bytes: u64,
}

/// The handler of `report`.
pub(crate) async fn report(request: Request, context: Context) -> Result<Report, TaskFailure> {
    let mut inventory = Inventory::default();
    let mut scans = Box::pin(context.results_of(ScanDir, "scan"));
    while let Some(scanned) = scans.try_next().await? {
        inventory.scanned(scanned);
    }
    let mut chunks = Box::pin(context.results_of(HashFiles, "hash"));
    while let Some(hashed) = chunks.try_next().await? {
        inventory.hashed(hashed);
        context.progress(as_number(inventory.files.len() as u64), None, "files read");
    }
    Ok(inventory.report(request.path))
}

/// Everything that was found.
#[derive(Default)]
pub(crate) struct Inventory {
    files: Vec<HashedFile>,
    unreadable: u64,
    unreadable_named: Vec<Unreadable>,
}

impl Inventory {
    pub(crate) fn scanned(&mut self, scanned: Scanned) {
        self.unreadable += scanned.unreadable;
        self.unreadable_named.extend(scanned.unreadable_named);
    }

    pub(crate) fn hashed(&mut self, hashed: Hashed) {
        self.unreadable += hashed.unreadable.len() as u64;
        self.unreadable_named.extend(hashed.unreadable);
        self.files.extend(hashed.files);
    }

    pub(crate) fn report(mut self, path: PathBuf) -> Report {
        self.files.sort_unstable_by(|one, other| one.path.cmp(&other.path));
        self.unreadable_named.sort_unstable();
        self.unreadable_named.truncate(UNREADABLE_ROWS);
        let mut groups = duplicates(&self.files);
        Report {
            files: self.files.len() as u64,
            bytes: self.files.iter().map(|file| file.bytes).sum(),
            manifest_sha256: manifest(&path, &self.files),
            unreadable: self.unreadable,
            unreadable_named: self.unreadable_named,
            duplicate_groups: groups.len() as u64,
            duplicate_files: groups.iter().map(|group| group.copies).sum(),
            bytes_to_free: groups.iter().map(|group| group.bytes_to_free).sum(),
            by_extension: by_extension(&self.files),
            largest: largest(self.files),
            most_wasteful: {
                groups.truncate(ROWS);
                groups
            },
            path,
        }
    }
}

fn manifest(root: &std::path::Path, files: &[HashedFile]) -> String {
    let mut hash = Sha256::new();
    for file in files {
        let path = Name::new(&root.join(file.path.to_path()));
        hash.update(file.sha256.as_bytes());
        hash.update(b"  ");
        hash.update(path.bytes());
        hash.update([0]);
    }
    hex(&hash.finalize())
}

fn largest(mut files: Vec<HashedFile>) -> Vec<Largest> {
    // Stable, so that files of one size stay in the order of their paths.
    files.sort_by_key(|file| std::cmp::Reverse(file.bytes));
    files.into_iter().take(ROWS).map(|file| Largest { path: file.path, bytes: file.bytes }).collect()
}

fn by_extension(files: &[HashedFile]) -> Vec<Extension> {
    let mut counted: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for file in files {
        let (files, bytes) = counted.entry(file.path.extension()).or_default();
        *files += 1;
        *bytes += file.bytes;
    }
    let counted = counted.into_iter();
    let mut counted: Vec<_> =
        counted.map(|(name, (files, bytes))| Extension { name, files, bytes }).collect();
    counted.sort_by_key(|row| std::cmp::Reverse(row.bytes));
    counted.truncate(ROWS);
    counted
}
