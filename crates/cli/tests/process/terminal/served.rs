//! Against a server as it is: what its start says, what the doctor finds, and ids that are shortened.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};

use super::{Shown, on_terminal};
use crate::http::ask;
use crate::running::{TestDirectory, command};

/// Runs a command on terminals of both widths.
async fn both(address: &str, arguments: &[&str]) -> [Shown; 2] {
    let arguments = [&["--server", address], arguments].concat();
    [on_terminal(80, None, &arguments).await, on_terminal(160, None, &arguments).await]
}

#[tokio::test]
async fn a_start_says_where_things_are_and_a_doctor_what_is_wrong() {
    let directory = TestDirectory::new();
    let data = directory.data();
    let data = data.to_str().unwrap();
    let mut child =
        command(&["serve", "--listen", "127.0.0.1:0", "--drain-seconds", "0", "--data-dir", data])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let listening = lines.next().unwrap();
    let address = listening.strip_prefix("listening on http://").unwrap().to_owned();
    let rest: Vec<String> = lines.by_ref().take(3).collect();
    assert!(rest.contains(&format!("data in {data}, in a Postgres of its own")), "{rest:?}");
    assert!(rest.contains(&format!("pages for people at http://{address}/ui/")), "{rest:?}");
    assert!(rest.contains(&"stop with Ctrl-C".to_owned()), "{rest:?}");

    for shown in both(&address, &["doctor"]).await {
        shown.assert_fits();
        // How much room the disk of a test has is not the test's to say.
        let wrong = shown.text().lines().filter(|line| line.starts_with("WRONG")).count();
        let is_full = shown.text().contains("WRONG  disk");
        assert_eq!((shown.code, wrong), (Some(i32::from(is_full)), usize::from(is_full)), "{}", shown.text());
        for what in
            ["server", "database", "versions", "clock", "vacuum", "disk", "queues", "schedules", "webhooks"]
        {
            shown.has(&format!("  {what} "));
        }
        assert!(shown.text().lines().count() <= 13, "{}", shown.text());
        shown.has("are free");
    }

    let made = ask(&address, "POST", "/v1/jobs", r#"{"type": "nobody-asks"}"#);
    let pipeline = made.body["pipeline_id"].as_str().unwrap().to_owned();
    for shown in both(&address, &["doctor"]).await {
        assert_eq!(shown.code, Some(1), "{}", shown.text());
        shown.has("WRONG").has("no worker asks for nobody-asks (1 queued)").has(" wrong\n");
    }
    for which in [&["pipeline", "get", &pipeline[..13]][..], &["pipeline", "get", "--name", "nobody-asks"]] {
        for shown in both(&address, which).await {
            assert_eq!(shown.code, Some(0), "{}", shown.text());
            shown.has(&pipeline);
        }
    }
    for shown in both(&address, &["job", "get", "nobody-asks/nobody-asks"]).await {
        shown.has(made.body["id"].as_str().unwrap());
    }
    for shown in both(&address, &["events"]).await {
        shown.assert_fits();
        shown.has("nobody-asks/nobody-asks").has("→ queued");
    }
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    assert!(child.wait().unwrap().success());

    for width in [80, 160] {
        let shown = on_terminal(width, None, &["migrate", "--data-dir", data, "--log", "warn"]).await;
        assert_eq!(shown.code, Some(0), "{}", shown.text());
        shown.has("nothing to do: the schema in").has(data).has("is up to date");
    }
}
