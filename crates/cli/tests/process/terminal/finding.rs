//! Things are found by what is at hand: the beginning of an id, a name, a key.

use wiremock::matchers::{method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::answers::{self, ONE, TWO, found, page};
use super::{Shown, both, on_terminal, server};

/// A server with a pipeline of a job, whose ids begin with 0194aaaa; two begin with 0194bbbb.
async fn known() -> MockServer {
    let job = answers::job(TWO, "hash", "succeeded", [0, 0, 4, 0]);
    let (of_pipeline, of_job) = (format!("/v1/pipelines/{ONE}"), format!("/v1/jobs/{TWO}"));
    let pipeline = answers::pipeline(ONE, "nightly", "succeeded", std::slice::from_ref(&job));
    let server = server([(&of_pipeline, pipeline.clone()), (&of_job, job)]).await;
    let ids = |prefix: &str, items: &[serde_json::Value]| {
        Mock::given(method("GET"))
            .and(path("/v1/ids"))
            .and(query_param("prefix", prefix))
            .respond_with(ResponseTemplate::new(200).set_body_json(page(items)))
    };
    ids("0194aaaa", &[found("task", TWO, Some("hash")), found("pipeline", ONE, None)]).mount(&server).await;
    ids("0194bbbb", &[found("pipeline", ONE, None), found("pipeline", TWO, None)]).mount(&server).await;
    ids("0194cccc", &[]).mount(&server).await;
    Mock::given(method("GET"))
        .and(path("/v1/pipelines"))
        .and(query_param("name", "nightly"))
        .respond_with(ResponseTemplate::new(200).set_body_json(page(&[pipeline])))
        .mount(&server)
        .await;
    server
}

fn assert_has(shown: [Shown; 2], code: i32, parts: &[&str]) {
    for shown in shown {
        assert_eq!(shown.code, Some(code), "{}", shown.text());
        for part in parts {
            shown.has(part);
        }
    }
}

#[tokio::test]
async fn a_pipeline_is_found_by_the_beginning_of_its_id_or_by_its_name() {
    let server = known().await;
    for which in [&["0194aaaa"][..], &["0194aaaa…"], &["--name", "nightly"], &[ONE]] {
        assert_has(
            both(&server, &[&["pipeline", "get"], which].concat()).await,
            0,
            &[ONE, "nightly", "hash"],
        );
    }
    let several = both(&server, &["pipeline", "get", "0194bbbb"]).await;
    assert_has(several, 1, &["several pipelines begin with 0194bbbb", ONE, TWO]);
    assert_has(
        both(&server, &["pipeline", "get", "0194cccc"]).await,
        1,
        &["the id of no pipeline begins with 0194cccc"],
    );
    assert_has(both(&server, &["pipeline", "get", "0194"]).await, 2, &["first 8 or more characters"]);
    assert_has(both(&server, &["pipeline", "get"]).await, 2, &["--name"]);
}

#[tokio::test]
async fn a_job_is_found_by_its_pipeline_and_its_key() {
    let server = known().await;
    for job in ["nightly/hash", "0194aaaa/hash", TWO] {
        assert_has(both(&server, &["job", "get", job]).await, 0, &[TWO, "hash-files"]);
    }
    assert_has(both(&server, &["job", "get", "nightly/scan"]).await, 1, &["has no job scan; it has hash"]);
    assert_has(both(&server, &["job", "get", "nightly"]).await, 2, &["PIPELINE/KEY"]);
}

#[tokio::test]
async fn a_shell_completes_ids_and_names_as_the_server_knows_them() {
    let server = known().await;
    Mock::given(path("/v1/pipelines"))
        .respond_with(ResponseTemplate::new(200).set_body_json(page(&[answers::pipeline(
            ONE,
            "nightly",
            "running",
            &[],
        )])))
        .mount(&server)
        .await;
    for (line, offer) in [
        (vec!["pipeline", "get", "0194"], ONE),
        (vec!["pipeline", "get", "--name", "ni"], "nightly"),
        (vec!["job", "get", "nightly/"], "nightly/hash"),
        (vec!["pipeline", "wa"], "watch"),
    ] {
        let address = server.uri();
        let words = [&["--", "windlass", "--server", &address][..], &line[..]].concat();
        let mut asked = tokio::process::Command::new(env!("CARGO_BIN_EXE_windlass"));
        let asked = asked
            .args(&words)
            .env("WINDLASS_COMPLETE", "bash")
            .env("_CLAP_COMPLETE_INDEX", (words.len() - 2).to_string())
            .env("_CLAP_COMPLETE_COMP_TYPE", "9")
            .env("_CLAP_COMPLETE_SPACE", "false")
            .env("_CLAP_IFS", "\n")
            .env("NO_PROXY", "127.0.0.1")
            .output()
            .await
            .unwrap();
        let offers = String::from_utf8(asked.stdout).unwrap();
        assert!(offers.lines().any(|line| line.trim() == offer), "{offer} of {line:?} in {offers:?}");
    }
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        on_terminal(80, None, &["completions", shell]).await.has("WINDLASS_COMPLETE");
    }
}
