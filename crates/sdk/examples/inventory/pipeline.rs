//! The pipeline that an inventory is.

use std::io::Write;
use std::path::Path;

use windlass_sdk::Job;
use windlass_sdk::wire::{NewJob, NewPipeline, When};

use crate::AnyError;
use crate::jobs::{HashFiles, ScanDir, SumUp};
use crate::report::Request;
use crate::scan::Scan;

/// Seconds that a killed worker's tasks are held up.
const LEASE_SECONDS: Option<f64> = Some(5.0);

/// Writes the pipeline over `directory` as JSON on standard output.
pub(crate) fn print(directory: &Path) -> Result<(), AnyError> {
    let path = directory.canonicalize().map_err(|error| format!("{}: {error}", directory.display()))?;
    if path.to_str().is_none() {
        // The names below may be of any bytes; the root is text in payloads.
        return Err(format!("{} is not utf-8", path.display()).into());
    }
    let mut json = serde_json::to_vec_pretty(&pipeline(&path)?)?;
    json.push(b'\n');
    Ok(std::io::stdout().write_all(&json)?)
}

fn pipeline(path: &Path) -> serde_json::Result<NewPipeline> {
    let first = Scan { path: path.to_owned(), after: None };
    let scan = ScanDir::job_of("scan", [&first])?.unsealed();
    let hash = HashFiles::sealed_on_open("hash").after("scan", When::Succeeded);
    let report = SumUp::job("report", &Request { path: path.to_owned() })?.after("hash", When::Succeeded);
    let jobs = [scan, hash, report].map(|job| NewJob { lease_seconds: LEASE_SECONDS, ..job });
    Ok(NewPipeline::new(format!("inventory of {}", path.display()), jobs))
}
