//! Help and manual pages, and readers that have seen enough.

use std::process::Stdio;

use serde_json::Value;
use tokio::process::Command;

use super::answers::{self, ONE, page};
use super::{on_terminal, server};

/// Verbs, each with those below it.
const VERBS: [(&str, &[&str]); 19] = [
    ("serve", &[]),
    ("migrate", &[]),
    ("bench", &[]),
    ("openapi", &[]),
    ("schema", &[]),
    ("completions", &[]),
    ("man", &[]),
    ("key", &["create", "list", "get", "rotate", "revoke"]),
    (
        "pipeline",
        &[
            "submit",
            "get",
            "list",
            "watch",
            "pause",
            "resume",
            "seal",
            "cancel",
            "retry",
            "deadline",
            "prioritize",
            "annotate",
            "delete",
        ],
    ),
    ("job", &["submit", "list", "get", "errors", "pause", "resume", "seal", "cancel", "retry", "skip"]),
    ("task", &["list", "get", "attempts", "log", "cancel", "retry"]),
    ("template", &["put", "list", "get", "versions", "delete", "run", "preview"]),
    ("queue", &["list", "get", "history", "pause", "resume", "limit"]),
    ("schedule", &["put", "list", "get", "delete", "pause", "resume", "trigger", "runs"]),
    ("outcomes", &["list", "delete"]),
    (
        "webhook",
        &[
            "create",
            "list",
            "get",
            "update",
            "delete",
            "pause",
            "resume",
            "rotate-secret",
            "test",
            "deliveries",
            "retry",
        ],
    ),
    ("workers", &[]),
    ("events", &[]),
    ("doctor", &[]),
];

#[tokio::test]
async fn the_help_says_how_to_begin_and_what_exit_codes_mean() {
    for width in [80, 160] {
        let shown = on_terminal(width, None, &["--help"]).await;
        shown.has("First steps:").has("windlass serve").has("windlass doctor");
        shown
            .has("Exit codes:")
            .has("0  it did what was asked")
            .has("1  it could not")
            .has("2  the command line");
        for (verb, _) in VERBS {
            shown.has(&format!("  {verb} "));
        }
        shown.assert_fits();
    }
}

#[tokio::test]
async fn every_verb_has_a_help_that_fits_and_says_which_server() {
    let of_width = async |width| {
        let all = VERBS.iter().flat_map(|(verb, below)| {
            std::iter::once(vec![*verb]).chain(below.iter().map(move |below| vec![*verb, *below]))
        });
        for verb in all {
            let shown = on_terminal(width, None, &[&verb[..], &["--help"]].concat()).await;
            assert_eq!(shown.code, Some(0), "{verb:?}");
            shown.has("Usage: windlass");
            shown.assert_fits();
            let speaks =
                !["serve", "migrate", "bench", "openapi", "schema", "completions", "man"].contains(&verb[0]);
            assert_eq!(shown.text().contains("--server <URL>"), speaks, "{verb:?}");
        }
    };
    tokio::join!(of_width(80), of_width(160));
}

#[tokio::test]
async fn there_is_a_manual_page_for_every_verb() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path().join("man1");
    let shown = on_terminal(80, None, &["man", at.to_str().unwrap()]).await;
    assert_eq!(shown.code, Some(0), "{}", shown.text());
    for (verb, below) in VERBS {
        let of_verb = std::iter::once(format!("windlass-{verb}.1"));
        for page in of_verb.chain(below.iter().map(|below| format!("windlass-{verb}-{below}.1"))) {
            let text =
                std::fs::read_to_string(at.join(&page)).unwrap_or_else(|error| panic!("{page}: {error}"));
            assert!(text.contains(".SH NAME"), "{page}");
        }
    }
    assert!(std::fs::read_to_string(at.join("windlass.1")).unwrap().contains("Exit codes"));
}

#[tokio::test]
async fn a_reader_that_has_seen_enough_is_no_error() {
    let pipelines: Vec<Value> = (0..500).map(|_| answers::pipeline(ONE, "nightly", "running", &[])).collect();
    let server = server([("/v1/pipelines", page(&pipelines))]).await;
    for arguments in [
        &["pipeline", "list", "--limit", "500"][..],
        &["pipeline", "list", "--limit", "500", "--json"],
        &["openapi"],
        &["schema", "pipeline"],
        &["completions", "bash"],
        &["--help"],
    ] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_windlass"))
            .args(arguments)
            .env("WINDLASS_SERVER", server.uri())
            .env("NO_PROXY", "127.0.0.1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Its end is closed before anything is written.
        drop(child.stdout.take());
        let output = child.wait_with_output().await.unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), error.as_str()), (Some(0), ""), "{arguments:?}");
    }
}
