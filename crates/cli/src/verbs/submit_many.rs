//! `windlass job submit --file`: a job of each line of a file, in calls of many.
//!
//! A call that was answered is not taken back by what comes behind it: what was refused is said by its line, and can be sent again alone.

use std::io::{self, BufRead};
use std::path::Path;

use uuid::Uuid;
use windlass_sdk::wire::{CreateJobResult, NewStandaloneJob};

use super::output;
use super::server::Server;
use super::target::Target;
use crate::failure::Failure;

/// Jobs of one call, as many as it may have.
const MOST: usize = 1_000;
/// Lines that are told to be wrong.
const MOST_TOLD: usize = 100;

/// Creates them; says the id of each, or all of it as JSON, in the order of the lines.
pub(super) async fn submit_many(target: &Target, file: &Path) -> Result<(), Failure> {
    let jobs = read(file)?;
    let (server, mut results) = (target.server()?, Vec::with_capacity(jobs.len()));
    let mut jobs = jobs.into_iter();
    loop {
        let some: Vec<NewStandaloneJob> = jobs.by_ref().take(MOST).collect();
        if some.is_empty() {
            break;
        }
        results.extend(submit(&server, some).await?);
    }
    if target.json {
        output::json(&results)?;
    } else {
        results
            .iter()
            .filter_map(|result| result.job.as_ref())
            .try_for_each(|job| output::text(&job.id.to_string()))?;
    }
    let problems =
        results.iter().zip(1..).filter_map(|(result, line)| Some((line, result.problem.as_ref()?)));
    let said: Vec<String> =
        problems.map(|(line, problem)| format!("line {line}: {}", problem.detail)).collect();
    if said.is_empty() {
        return Ok(());
    }
    Err(Failure::Error(format!("{} of {} jobs were refused\n{}", said.len(), results.len(), said.join("\n"))))
}

/// A key of its own lets the SDK repeat the call without creating jobs twice.
async fn submit(server: &Server, jobs: Vec<NewStandaloneJob>) -> Result<Vec<CreateJobResult>, Failure> {
    let client = server.idempotent(&Uuid::new_v4().to_string());
    server.answer(client.create_jobs(jobs)).await
}

/// The jobs of all lines, none of which is sent if one cannot be read. Lines are counted as they come; each holds a job.
fn read(file: &Path) -> Result<Vec<NewStandaloneJob>, Failure> {
    let doing = format!("cannot read {}", file.display());
    let failed = |error: io::Error| Failure::new(&doing, error);
    let lines: Vec<String> = if file == Path::new("-") {
        io::stdin().lock().lines().collect::<Result<_, _>>().map_err(failed)?
    } else {
        std::fs::read_to_string(file).map_err(failed)?.lines().map(str::to_owned).collect()
    };
    let job = |(line, number): (&String, usize)| {
        serde_json::from_str(line)
            .map_err(|error| format!("\n  line {number}, column {}: {error}", error.column()))
    };
    let (mut jobs, mut wrong) = (Vec::with_capacity(lines.len()), Vec::new());
    for read in lines.iter().zip(1..).map(job) {
        match read {
            Ok(job) => jobs.push(job),
            Err(why) => wrong.push(why),
        }
    }
    if wrong.is_empty() {
        return Ok(jobs);
    }
    let most: String = wrong.iter().take(MOST_TOLD).map(String::as_str).collect();
    Err(Failure::Error(format!(
        "{doing}, and sent nothing: {} of {} lines are wrong{most}",
        wrong.len(),
        lines.len()
    )))
}
