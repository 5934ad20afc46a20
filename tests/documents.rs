//! Every relative link in the repository's Markdown files leads to a file or heading that exists.
//!
//! It reads inline links, `[text](target)`, outside of code. Links to other hosts are not followed. A heading's anchor is computed as
//! GitHub does.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

#[test]
fn every_relative_link_and_anchor_in_the_documents_resolves() {
    let documents = documents();
    assert!(documents.len() > 10, "git lists the documents: {documents:?}");
    let broken: Vec<String> =
        documents.iter().flat_map(|document| broken_links(document, &read(document))).collect();
    assert!(broken.is_empty(), "links that lead nowhere:\n{}", broken.join("\n"));
}

#[test]
fn a_link_that_leads_nowhere_is_found() {
    let text = "# One `two` & three\n\n# One\n\n# One\n\n\
        [a](LICENSE) [b](docs/) [c](docs/settings.md#settings-of-windlass-serve) [d](#one-two--three) [e](#one-1) <!-- good -->\n\
        [f](https://example.org/none) `[g](none.md)`\n\n```\n[h](none.md)\n# four\n```\n\n\
        [i](none.md) [j](docs/settings.md#none) [k](#four) [l](../) [m](LICENSE#one)\n";
    let broken = broken_links(&repository().join("README.md"), text);
    let found: Vec<_> = broken.iter().filter_map(|line| line.split_whitespace().last()).collect();
    assert_eq!(found, ["none.md", "docs/settings.md#none", "#four", "../", "LICENSE#one"]);
}

/// The Markdown files that git knows, or would take.
fn documents() -> Vec<PathBuf> {
    let listed = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", "*.md"])
        .current_dir(repository())
        .output()
        .expect("git runs");
    assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));
    let names = String::from_utf8(listed.stdout).expect("names are UTF-8");
    let files = names.split_terminator('\0').map(|name| repository().join(name));
    // One that has been deleted and not committed yet is still listed.
    files.filter(|file| file.exists()).collect()
}

/// The links of a document that lead nowhere, each as `DOCUMENT: TARGET`.
fn broken_links(document: &Path, text: &str) -> Vec<String> {
    let prose = without_code(text);
    let targets = prose.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target);
    targets
        .filter(|target| !target.contains("://") && !target.starts_with("mailto:"))
        .filter(|target| !resolves(document, text, target))
        .map(|target| format!("{}: {target}", document.display()))
        .collect()
}

fn resolves(document: &Path, text: &str, target: &str) -> bool {
    let (path, anchor) = target.split_once('#').map_or((target, None), |(path, anchor)| (path, Some(anchor)));
    if path.is_empty() {
        return anchor.is_some_and(|anchor| anchors(text).contains(anchor));
    }
    let directory = document.parent().expect("a document is in a directory");
    // `canonicalize` fails for what does not exist.
    let Ok(file) = directory.join(path).canonicalize() else { return false };
    let root = repository();
    let is_inside = file.starts_with(&root) && file != root;
    is_inside && anchor.is_none_or(|anchor| file.is_file() && anchors(&read(&file)).contains(anchor))
}

/// The anchors of a document's headings. A heading that comes again is numbered.
fn anchors(text: &str) -> HashSet<String> {
    let mut anchors = HashSet::new();
    for line in without_blocks(text).lines() {
        let title = line.trim_start_matches('#');
        if let Some(title) = title.strip_prefix(' ').filter(|_| line.starts_with('#')) {
            let anchor = anchor(title);
            let numbered = (1..).map(|number| format!("{anchor}-{number}"));
            let free = std::iter::once(anchor.clone()).chain(numbered).find(|name| !anchors.contains(name));
            anchors.extend(free);
        }
    }
    anchors
}

fn anchor(title: &str) -> String {
    let title = title.trim().to_lowercase();
    let mut anchor = String::new();
    for character in title.chars() {
        match character {
            ' ' => anchor.push('-'),
            '-' | '_' => anchor.push(character),
            _ if character.is_alphanumeric() => anchor.push(character),
            _ => {}
        }
    }
    anchor
}

/// The text without fenced blocks and without `code`.
fn without_code(text: &str) -> String {
    // By paragraph, so that a lone backtick hides no more than its own.
    without_blocks(text).split("\n\n").flat_map(|paragraph| paragraph.split('`').step_by(2)).collect()
}

fn without_blocks(text: &str) -> String {
    let mut in_block = false;
    let mut prose = String::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            in_block = !in_block;
        } else if !in_block {
            prose.push_str(line);
            prose.push('\n');
        }
    }
    prose
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the repository is there")
}
