//! The arrows between the crates, as ARCHITECTURE.md draws them: who may depend on whom.
//!
//! `cli → server → store → domain · server → wire · server → templates · server → dashboard → wire · cli → sdk → wire · cli → bench → postgres · cli → postgres`, and
//! only the store depends on sqlx. It asks cargo, so that it needs no tool beyond the one that builds.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

/// The crates of the product, and those of them that each may use.
const ALLOWED: [(&str, &[&str]); 10] = [
    ("windlass-domain", &[]),
    ("windlass-wire", &[]),
    ("windlass-store", &["windlass-domain"]),
    ("windlass-templates", &[]),
    ("windlass-dashboard", &["windlass-wire"]),
    (
        "windlass-server",
        &["windlass-dashboard", "windlass-domain", "windlass-store", "windlass-templates", "windlass-wire"],
    ),
    ("windlass-sdk", &["windlass-wire"]),
    ("windlass-postgres", &[]),
    ("windlass-bench", &["windlass-postgres"]),
    ("windlass-cli", &["windlass-bench", "windlass-postgres", "windlass-sdk", "windlass-server"]),
];

/// What each package of the workspace depends on, but for its tests.
fn dependencies() -> Vec<(String, BTreeSet<String>)> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1", "--manifest-path"])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    packages.iter().map(|package| (text(&package["name"]), used_by(package))).collect()
}

fn used_by(package: &Value) -> BTreeSet<String> {
    let all = package["dependencies"].as_array().unwrap();
    all.iter().filter(|one| one["kind"] != "dev").map(|one| text(&one["name"])).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

#[test]
fn no_crate_depends_on_one_that_the_architecture_does_not_allow() {
    let packages = dependencies();
    for (name, allowed) in ALLOWED {
        let (_, used) = packages.iter().find(|(package, _)| package == name).expect("the crate is there");
        let ours = used.iter().map(String::as_str).filter(|used| used.starts_with("windlass-"));
        let forbidden: Vec<&str> = ours.filter(|used| !allowed.contains(used)).collect();
        assert!(forbidden.is_empty(), "{name} must not depend on {forbidden:?}");
    }
}

#[test]
fn only_the_store_depends_on_sqlx_and_the_domain_on_nothing_that_acts() {
    for (name, used) in dependencies() {
        assert!(!used.contains("sqlx") || name == "windlass-store", "{name} must not depend on sqlx");
        if name == "windlass-domain" {
            let known = ["chrono", "thiserror", "uuid"].map(str::to_owned);
            assert!(used.iter().all(|one| known.contains(one)), "the domain depends on {used:?}");
        }
    }
}
