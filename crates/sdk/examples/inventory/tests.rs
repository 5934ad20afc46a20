//! The inventory without the server, against what `find` and `sha256sum` say.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::chunk::Chunk;
use crate::hash::{Hashed, HashedFile, hash_all};
use crate::name::Name;
use crate::report::{Inventory, Report};
use crate::scan::{Scan, Step};

/// Scans in steps of `limit` bytes of names, and hashes every chunk; also returns the number of steps.
fn inventory(root: &Path, limit: usize) -> (Report, usize) {
    let never = CancellationToken::new();
    let mut inventory = Inventory::default();
    let mut scan = Scan { path: root.to_owned(), after: None };
    for steps in 1.. {
        let step = Step::take(&scan, limit, &never, |_| {}).unwrap();
        inventory.scanned(step.scanned);
        for files in step.chunks.finish() {
            let hashed =
                hash_all(Chunk { root: root.to_owned(), files }, Hashed::default(), &never, |_| {}).unwrap();
            // Through JSON, as a result goes.
            inventory.hashed(serde_json::from_slice(&serde_json::to_vec(&hashed).unwrap()).unwrap());
        }
        match step.unfinished_after {
            Some(last) => scan.after = Some(last),
            None => return (inventory.report(root.to_owned()), steps),
        }
    }
    unreachable!("a walk comes to its end")
}

/// What a shell says, without the blanks around it.
fn shell(script: &str, root: &Path) -> String {
    let output = Command::new("sh").arg("-c").arg(script).arg("sh").arg(root).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn tree() -> TempDir {
    let tree = TempDir::new().unwrap();
    let at = |name: &[u8]| tree.path().join(OsStr::from_bytes(name));
    for directory in [&b"a"[..], b"a-b", b"a/deep/er", b"empty", b"not-utf8-\xff"] {
        fs::create_dir_all(at(directory)).unwrap();
    }
    // Names whose order differs between paths as bytes and component by component.
    for name in [&b"a/z"[..], b"a-b/c.TXT", b"a.txt", b"a/deep/er/.hidden", b"a/deep/no-dot"] {
        fs::write(at(name), name).unwrap();
    }
    for name in [&b"twin 1"[..], b"a/twin\n2", b"not-utf8-\xff/twin-\xfe", b"b.\\"] {
        fs::write(at(name), b"the same in all of them").unwrap();
    }
    fs::write(at(b"zero-1"), b"").unwrap();
    fs::write(at(b"zero-2"), b"").unwrap();
    fs::write(at(b"large"), vec![7; 1 << 20]).unwrap();
    fs::hard_link(at(b"twin 1"), at(b"linked")).unwrap();
    symlink("twin 1", at(b"soft")).unwrap();
    symlink("a", at(b"soft-directory")).unwrap();
    symlink("nowhere", at(b"dangling")).unwrap();
    assert!(Command::new("mkfifo").arg(at(b"pipe")).status().unwrap().success());
    tree
}

#[test]
fn the_report_agrees_with_find_and_sha256sum() {
    let tree = tree();
    let root = tree.path();
    let (report, _) = inventory(root, usize::MAX);
    assert_eq!(report.files.to_string(), shell("find \"$1\" -type f -printf x | wc -c", root));
    let bytes = shell("find \"$1\" -type f -printf '%s\\n' | awk '{ s += $1 } END { print s }'", root);
    assert_eq!(report.bytes.to_string(), bytes);
    let sums =
        "find \"$1\" -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum -z | sha256sum | cut -c-64";
    assert_eq!(report.manifest_sha256, shell(sums, root));
    assert_eq!(report.unreadable, 0);
    assert_eq!(report.largest[0].bytes, 1 << 20);
}

#[test]
fn names_of_one_inode_are_no_duplicates_of_each_other() {
    let (report, _) = inventory(tree().path(), usize::MAX);
    let group = &report.most_wasteful[0];
    assert_eq!((group.bytes, group.copies, group.bytes_to_free), (23, 4, 69));
    assert_eq!((report.duplicate_groups, report.duplicate_files, report.bytes_to_free), (2, 6, 69));
}

#[test]
fn a_scan_in_steps_sees_the_same_as_one_in_one_go() {
    let tree = tree();
    let (whole, steps) = inventory(tree.path(), usize::MAX);
    assert_eq!(steps, 1);
    for limit in [0, 300, 1000] {
        let (stepped, steps) = inventory(tree.path(), limit);
        assert!(steps > 1);
        assert_eq!(serde_json::to_value(&stepped).unwrap(), serde_json::to_value(&whole).unwrap());
    }
}

#[test]
fn what_cannot_be_read_is_counted_and_named() {
    let tree = tree();
    let never = CancellationToken::new();
    let gone = |name: &str| Name::new(Path::new(name));
    let files = vec![gone("zero-1"), gone("gone"), gone("soft"), gone("pipe")];
    let hashed =
        hash_all(Chunk { root: tree.path().to_owned(), files }, Hashed::default(), &never, |_| {}).unwrap();
    assert_eq!(hashed.files.len(), 1);
    let unreadable: Vec<_> = hashed.unreadable.iter().map(|entry| entry.path.to_string()).collect();
    assert_eq!(unreadable, ["gone", "soft", "pipe"]);
}

#[test]
fn a_name_of_any_bytes_survives_json_and_is_shown_without_moving_the_cursor() {
    for (bytes, json, shown) in [
        (&b"plain \xc3\xbc"[..], "\"plain \u{fc}\"", "plain \u{fc}"),
        (b"line\nfeed", "\"line\\nfeed\"", "line\\nfeed"),
        (b"\xff!", "{\"hex\":\"ff21\"}", "\\xff!"),
    ] {
        let name = Name::new(Path::new(OsStr::from_bytes(bytes)));
        assert_eq!(serde_json::to_string(&name).unwrap(), json);
        assert_eq!(serde_json::from_str::<Name>(json).unwrap(), name);
        assert_eq!(name.to_string(), shown);
    }
}

#[test]
fn what_an_earlier_attempt_has_hashed_is_not_hashed_again() {
    let tree = tempfile::tempdir().unwrap();
    for name in ["a", "b", "c"] {
        std::fs::write(tree.path().join(name), name).unwrap();
    }
    let files: Vec<Name> = ["a", "b", "c"].map(|name| Name::new(Path::new(name))).into();
    let never = CancellationToken::new();
    let chunk = || Chunk { root: tree.path().to_owned(), files: files.clone() };
    let whole = hash_all(chunk(), Hashed::default(), &never, |_| {}).unwrap();
    let mut begun = Hashed::default();
    begun.files.push(HashedFile { path: files[0].clone(), bytes: 7, sha256: "kept".to_owned(), inode: None });
    let mut noted = 0;
    let resumed = hash_all(chunk(), begun, &never, |_| noted += 1).unwrap();
    assert_eq!(noted, 2);
    assert_eq!((resumed.files.len(), resumed.files[0].sha256.as_str()), (3, "kept"));
    assert_eq!(resumed.files[2].sha256, whole.files[2].sha256);
}
