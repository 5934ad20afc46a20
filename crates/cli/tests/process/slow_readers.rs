//! Readers of the audit's stream that do not read.

use serde_json::json;

use crate::http::{Request, ask};
use crate::running::{TestDirectory, Windlass, eventually};

const READERS: usize = 40;
const PIPELINES: usize = 20;
const JOBS: usize = 1_000;

fn resident_mib(address: &str) -> f64 {
    let metrics = ask(address, "GET", "/metrics", "").text;
    let line = metrics.lines().find(|line| line.starts_with("process_resident_memory_bytes ")).unwrap();
    line.rsplit(' ').next().unwrap().parse::<f64>().unwrap() / f64::from(1 << 20)
}

/// What is sent while they do not read comes to more than half a gigabyte for all of them.
#[test]
fn readers_of_the_stream_that_do_not_read_do_not_grow_the_servers_memory() {
    let directory = TestDirectory::new();
    let windlass = Windlass::serve(&directory);
    let address = windlass.address();
    let jobs: Vec<_> =
        (0..JOBS).map(|number| json!({"key": format!("job-{number}"), "type": "work"})).collect();
    let body = json!({"name": "sent", "jobs": jobs}).to_string();
    // Once beforehand, so that what one create takes is taken already.
    assert_eq!(ask(address, "POST", "/v1/pipelines", &body).status, 201);
    let readers: Vec<Request> =
        (0..READERS).map(|_| Request::send(address, "GET", "/v1/events/stream", "").begun()).collect();
    let before = resident_mib(address);
    let mut last = String::new();
    for _ in 0..PIPELINES {
        let created = ask(address, "POST", "/v1/pipelines", &body);
        assert_eq!(created.status, 201, "{}", created.text);
        created.body["id"].as_str().unwrap().clone_into(&mut last);
        assert_eq!(ask(address, "POST", &format!("/v1/pipelines/{last}/cancel"), "").status, 200);
    }
    eventually("all of it can be read", || {
        let events = ask(address, "GET", &format!("/v1/events?pipeline_id={last}&limit=500"), "").body;
        events["items"].as_array().is_some_and(|items| items.len() == 500)
    });
    let grown = resident_mib(address) - before;
    assert!(grown < 200.0, "{grown} MiB more for {READERS} readers");
    drop(readers);
    windlass.stop();
}
