//! A server behind a proxy that serves it below a path of its own.

use crate::http::{Answer, ask, ask_with};
use crate::running::{TestDirectory, Windlass, refused};
use crate::stripping_proxy::StrippingProxy;

const JOB: &str = r#"{"type": "work"}"#;

#[test]
fn behind_a_proxy_with_a_path_every_link_leads_through_the_proxy() {
    let proxy = StrippingProxy::below("/jobs/one");
    let address = proxy.address();
    let public = format!("http://{address}/jobs/one");
    let directory = TestDirectory::new();
    let data = directory.data();
    // With the slash at its end that people write.
    let windlass =
        Windlass::serve_with(&["--data-dir", data.to_str().unwrap(), "--public-url", &format!("{public}/")]);
    proxy.relay_to(windlass.address());

    for path in ["/v1/jobs", "/v1/pipelines"] {
        let body =
            if path == "/v1/jobs" { JOB } else { r#"{"name": "p", "jobs": [{"key": "a", "type": "work"}]}"# };
        let create =
            || ask_with(&address, "POST", &format!("/jobs/one{path}"), "idempotency-key: k\r\n", body);
        let made = create();
        assert_eq!(made.status, 201, "{}", made.text);
        let location = location(&made);
        assert_eq!(location, format!("{public}{path}/{}", made.body["id"].as_str().unwrap()));
        assert_eq!(follow(&location).body["id"], made.body["id"]);
        assert_eq!(self::location(&create()), location, "a repeat is answered as the first");
    }

    let docs = ask(&address, "GET", "/jobs/one/docs", "");
    assert_eq!((docs.status, location(&docs)), (303, format!("{public}/docs/")));
    assert_eq!(follow(&location(&docs)).status, 200);
    let script = follow(&format!("{public}/docs/swagger-initializer.js")).text;
    // From the page's own place.
    assert!(script.contains("\"../openapi.json\""), "{script}");
    let document = follow(&format!("{public}/openapi.json")).body;
    assert_eq!(document["servers"], serde_json::json!([{"url": public}]));
    windlass.stop();
}

#[test]
fn without_a_public_url_locations_are_paths_and_the_document_names_no_server() {
    let directory = TestDirectory::new();
    let windlass = Windlass::serve(&directory);
    let made = ask(windlass.address(), "POST", "/v1/jobs", JOB);
    assert_eq!(location(&made), format!("/v1/jobs/{}", made.body["id"].as_str().unwrap()));
    assert_eq!(location(&ask(windlass.address(), "GET", "/docs", "")), "/docs/");
    assert_eq!(ask(windlass.address(), "GET", "/openapi.json", "").body.get("servers"), None);
    windlass.stop();
}

#[test]
fn a_public_url_that_is_none_ends_the_start_with_what_is_wrong() {
    for (url, named) in [
        ("jobs.example/one", "https://"),
        ("ftp://jobs.example", "http://"),
        ("https://me:secret@jobs.example", "password"),
        ("https://jobs.example/?one", "query"),
        ("https://jobs.example/#one", "fragment"),
    ] {
        let (code, said) = refused(&["serve", "--public-url", url]);
        assert!(code != 0 && said.contains("public") && said.contains(named), "{url}: {code} {said}");
        assert!(!said.contains("secret"), "{said}");
    }
}

fn location(answer: &Answer) -> String {
    let line = answer.head.lines().find_map(|line| line.strip_prefix("location: "));
    line.unwrap_or_else(|| panic!("no location in {}", answer.head)).to_owned()
}

/// The answer at a whole URL.
fn follow(url: &str) -> Answer {
    let (address, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    ask(address, "GET", &format!("/{path}"), "")
}
