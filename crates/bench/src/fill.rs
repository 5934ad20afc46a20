//! Tasks by the million, through the API like everybody's.

use futures_util::future::try_join_all;
use serde_json::Value;

use crate::address::Address;
use crate::client::array;
use crate::connection::Connection;
use crate::error::BenchError;

/// The payload of every task, on both sides.
pub(crate) const PAYLOAD: &str = r#"{"path":"/data/tiles/000042.tif","level":3}"#;

/// Creates many jobs, each in a pipeline of its own.
const BATCH: &str = "/v1/jobs/batch";

/// Tasks that a call may add, and jobs that a pipeline or a batch may have.
const MOST_TASKS: usize = 10_000;
const MOST_JOBS: usize = 1_000;

/// Calls at once; more would only wait for the job's row.
const CONNECTIONS: usize = 2;

/// Calls at once that create jobs, each in a pipeline of its own.
const CREATORS: usize = 4;

/// Adds so many tasks to an unsealed job, and says so.
pub(crate) async fn fill(address: Address, job: &str, tasks: usize) -> Result<usize, BenchError> {
    let task = format!("{{\"payload\":{PAYLOAD}}}");
    fill_with(address, job, tasks, &task).await
}

/// As [`fill`], with these tasks.
pub(crate) async fn fill_with(
    address: Address,
    job: &str,
    tasks: usize,
    task: &str,
) -> Result<usize, BenchError> {
    let path = format!("/v1/jobs/{job}/tasks");
    let body = |tasks| body(tasks, task);
    calls(address, CONNECTIONS, &path, tasks, MOST_TASKS, body).await?;
    Ok(tasks)
}

/// Creates so many jobs of one task each, in pipelines as large as can be; how many they are.
pub(crate) async fn fill_with_jobs(
    address: Address,
    type_name: &str,
    jobs: usize,
) -> Result<usize, BenchError> {
    calls(address, CONNECTIONS, "/v1/pipelines", jobs, MOST_JOBS, |jobs| pipeline(type_name, jobs)).await?;
    Ok(jobs)
}

/// Creates so many jobs of one task each, each in a pipeline of its own as `POST /v1/jobs` makes it, many a call; how many they are.
pub(crate) async fn fill_with_single_jobs(
    address: Address,
    type_name: &str,
    jobs: usize,
) -> Result<usize, BenchError> {
    let job = format!("{{\"type\":\"{type_name}\",\"payload\":{PAYLOAD}}}");
    let body = |jobs| format!("{{\"jobs\":[{}]}}", vec![job.as_str(); jobs].join(","));
    calls(address, CREATORS, BATCH, jobs, MOST_JOBS, body).await?;
    Ok(jobs)
}

/// The body of a call that adds so many tasks.
pub(crate) fn body(tasks: usize, task: &str) -> String {
    format!("{{\"tasks\":[{}]}}", vec![task; tasks].join(","))
}

fn pipeline(type_name: &str, jobs: usize) -> String {
    let job = |key| format!("{{\"key\":\"{key}\",\"type\":\"{type_name}\",\"payload\":{PAYLOAD}}}");
    let jobs: Vec<String> = (0..jobs).map(job).collect();
    format!("{{\"name\":\"bench\",\"jobs\":[{}]}}", jobs.join(","))
}

/// Posts bodies of at most `most` things, by so many connections, until all are there.
async fn calls(
    address: Address,
    connections: usize,
    path: &str,
    all: usize,
    most: usize,
    body: impl Fn(usize) -> String,
) -> Result<(), BenchError> {
    let full = if all >= most { body(most) } else { String::new() };
    let rest = body(all % most);
    let mut bodies = vec![&full; all / most];
    bodies.extend((!all.is_multiple_of(most)).then_some(&rest));
    let share = bodies.len().div_ceil(connections).max(1);
    try_join_all(bodies.chunks(share).map(|bodies| post(address, path, bodies))).await.map(drop)
}

async fn post(address: Address, path: &str, bodies: &[&String]) -> Result<(), BenchError> {
    let mut connection = Connection::open(address).await?;
    for body in bodies {
        let answer = connection.ask("POST", path, body.as_bytes()).await?.succeeded("POST", path)?;
        if path == BATCH {
            all_made(answer.body)?;
        }
    }
    Ok(())
}

/// A batch succeeds as a whole also where some of its jobs do not.
fn all_made(answer: &[u8]) -> Result<(), BenchError> {
    let answer: Value = serde_json::from_slice(answer)?;
    match array(&answer, "results")?.iter().find(|result| result.get("problem").is_some()) {
        None => Ok(()),
        Some(refused) => Err(BenchError::Unexpected(format!("a job of a batch was refused: {refused}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_in_which_a_job_was_refused_has_failed() {
        assert!(all_made(br#"{"results":[{"job":{}},{"job":{}}]}"#).is_ok());
        assert!(all_made(br#"{"results":[{"job":{}},{"problem":{"status":422}}]}"#).is_err());
        assert!(all_made(b"{}").is_err());
    }
}
