//! Answers that nobody reads, and large bodies: what the server holds for them, and gives back.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::attack;
use crate::http::ask;
use crate::http2;
use crate::running::{TestDirectory, Windlass, eventually};

const MIB: f64 = 1_024.0 * 1_024.0;

fn metric(windlass: &Windlass, name: &str) -> f64 {
    let metrics = ask(windlass.address(), "GET", "/metrics", "").text;
    let line = metrics.lines().find(|line| line.split(' ').next() == Some(name)).unwrap();
    line.rsplit(' ').next().unwrap().parse::<f64>().unwrap() / MIB
}

fn resident_mib(windlass: &Windlass) -> f64 {
    metric(windlass, "process_resident_memory_bytes")
}

fn unwritten_mib(windlass: &Windlass) -> f64 {
    metric(windlass, "windlass_unwritten_bytes")
}

/// Creates what is listed in 6 MB; the path of the list.
fn large(windlass: &Windlass) -> String {
    let metadata = json!({"text": "x".repeat(240_000)});
    for _ in 0..25 {
        let body = json!({"name": "large", "metadata": metadata, "jobs": [{"key": "a", "type": "work"}]})
            .to_string();
        let created = ask(windlass.address(), "POST", "/v1/pipelines", &body);
        assert_eq!(created.status, 201, "{}", created.text);
    }
    "/v1/pipelines?limit=25".to_owned()
}

#[test]
fn one_connection_without_a_window_makes_the_server_hold_few_answers() {
    let directory = TestDirectory::new();
    let windlass = Windlass::serve(&directory);
    let large = large(&windlass);
    assert_eq!(ask(windlass.address(), "GET", &large, "").status, 200);
    let before = resident_mib(&windlass);
    let mut stream = TcpStream::connect(windlass.address()).unwrap();
    http2::begin(&mut stream, 0).unwrap();
    for call in 0..200 {
        http2::get(&mut stream, 2 * call + 1, &large).unwrap();
    }
    eventually("as many as may be wait", || unwritten_mib(&windlass) > 15.0 * 5.0);
    thread::sleep(Duration::from_secs(3));
    let (unwritten, grown) = (unwritten_mib(&windlass), resident_mib(&windlass) - before);
    // 200 would be a gigabyte; 16 have begun before any of them was known to be large.
    assert!(unwritten < 17.0 * 6.0 && grown < 250.0, "{unwritten} MiB wait, {grown} MiB more resident");
    drop(stream);
    eventually("all is given back", || unwritten_mib(&windlass) < 1.0);
    windlass.stop();
}

#[test]
fn answers_that_nobody_reads_have_a_bound_over_all_and_keep_nobody_from_reading() {
    let directory = TestDirectory::new();
    let windlass = Windlass::serve(&directory);
    let large = large(&windlass);
    let call = format!("GET {large} HTTP/1.1\r\nhost: localhost\r\n\r\n");
    let mut unread = Vec::new();
    let mut leave_one_more = || {
        let mut stream = TcpStream::connect(windlass.address()).unwrap();
        stream.write_all(call.as_bytes()).unwrap();
        unread.push(stream);
    };
    for _ in 0..80 * attack::times() {
        leave_one_more();
    }
    let (begun, mut most) = (Instant::now(), 0_f64);
    // A busy server answers some of them that it is busy, which waits for nobody: others follow.
    eventually("some are cut off", || {
        leave_one_more();
        most = most.max(unwritten_mib(&windlass));
        let metrics = ask(windlass.address(), "GET", "/metrics", "").text;
        !metrics.contains("windlass_client_connections_closed_total{reason=\"unread\"} 0")
    });
    assert!(
        begun.elapsed() < Duration::from_mins(1),
        "before their time to write was over: {:?}",
        begun.elapsed()
    );
    // What is being answered just now comes on top.
    assert!(most < 256.0 + 20.0 * 6.0, "{most} MiB");
    let read = ask(windlass.address(), "GET", &large, "");
    assert_eq!((read.status, read.body["items"].as_array().map(Vec::len)), (200, Some(25)));
    for mut answer in unread {
        answer.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
        let mut head = [0; 1_024];
        let length = answer.read(&mut head).unwrap_or(0);
        let head = String::from_utf8_lossy(&head[..length]).into_owned();
        assert!(
            length == 0 || head.contains("x-request-id: "),
            "also of those that there was no room for: {head}"
        );
    }
    windlass.stop();
}

#[test]
fn memory_goes_back_to_the_system_within_30_seconds_after_many_large_creates() {
    let directory = TestDirectory::new();
    let windlass = Windlass::serve(&directory);
    let jobs: Vec<_> = (0..63)
        .map(|number| json!({"key": format!("job-{number}"), "type": "work", "payload": "x".repeat(260_000)}))
        .collect();
    let body = json!({"name": "large", "jobs": jobs}).to_string();
    let before = resident_mib(&windlass);
    let statuses: Vec<u16> = thread::scope(|scope| {
        let create = || ask(windlass.address(), "POST", "/v1/pipelines", &body).status;
        let creates: Vec<_> = (0..40 * attack::times()).map(|_| scope.spawn(create)).collect();
        creates.into_iter().map(|create| create.join().unwrap()).collect()
    });
    assert!(
        statuses.contains(&201) && statuses.iter().all(|status| [201, 503].contains(status)),
        "{statuses:?}"
    );
    let ended = Instant::now();
    eventually("memory is given back", || resident_mib(&windlass) < before + 100.0);
    assert!(ended.elapsed() < Duration::from_secs(30), "{:?}", ended.elapsed());
    windlass.stop();
}
