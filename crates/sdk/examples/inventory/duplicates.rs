//! What is there twice.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use crate::hash::HashedFile;
use crate::name::Name;

/// Files of the same content, on inodes of their own.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Duplicates {
    pub(crate) sha256: String,
    /// Of one copy.
    pub(crate) bytes: u64,
    /// How many there are.
    pub(crate) copies: u64,
    /// What removing all but one would free.
    pub(crate) bytes_to_free: u64,
    /// The first of their names.
    pub(crate) paths: Vec<Name>,
}

/// Names shown of one group.
const NAMED: usize = 5;

/// All groups of duplicates, those that waste most first. Of several names of one inode the first counts.
pub(crate) fn duplicates(files: &[HashedFile]) -> Vec<Duplicates> {
    let mut inodes = HashSet::new();
    let mut by_content: HashMap<(&str, u64), Vec<&Name>> = HashMap::new();
    for file in files {
        if file.inode.is_none_or(|inode| inodes.insert(inode)) {
            by_content.entry((&file.sha256, file.bytes)).or_default().push(&file.path);
        }
    }
    let groups = by_content.into_iter().filter(|(_, paths)| paths.len() > 1);
    let mut groups: Vec<_> = groups.map(|((sha256, bytes), paths)| group(sha256, bytes, paths)).collect();
    groups.sort_unstable_by(|one, other| {
        other.bytes_to_free.cmp(&one.bytes_to_free).then_with(|| one.paths.cmp(&other.paths))
    });
    groups
}

fn group(sha256: &str, bytes: u64, mut paths: Vec<&Name>) -> Duplicates {
    let copies = paths.len() as u64;
    paths.sort_unstable();
    Duplicates {
        sha256: sha256.to_owned(),
        bytes,
        copies,
        bytes_to_free: bytes * (copies - 1),
        paths: paths.into_iter().take(NAMED).cloned().collect(),
    }
}
