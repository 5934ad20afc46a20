//! A run from beginning to end, whatever happens in between.

use std::fs;
use std::io::{self, Write};

use serde_json::Value;

use crate::error::BenchError;
use crate::flags::BenchFlags;
use crate::harness::{self, Harness};
use crate::{benchmarks, host, report};

/// Measures what the flags ask for, and prints it on standard output; what goes on meanwhile, on standard error.
///
/// When `interrupted` ends, so does the run.
///
/// # Errors
/// It was interrupted, a call was refused, or the consistency check found something. A goal that is missed is none.
pub async fn bench(flags: BenchFlags, interrupted: impl Future<Output = ()>) -> Result<(), BenchError> {
    tokio::pin!(interrupted);
    let (harness, cluster) = tokio::select! {
        opened = Harness::open(&flags) => opened?,
        () = &mut interrupted => return Err(BenchError::Interrupted),
    };
    let measured = tokio::select! {
        measured = measure(&harness, &flags) => measured,
        () = interrupted => Err(BenchError::Interrupted),
    };
    harness::close(cluster).await;
    measured
}

async fn measure(harness: &Harness, flags: &BenchFlags) -> Result<(), BenchError> {
    let host = host::facts(harness).await?;
    for benchmark in flags.benchmarks() {
        harness.say(&format!("{benchmark:?}"));
        benchmarks::run(benchmark, harness).await?;
    }
    show(harness, flags, &host)
}

fn show(harness: &Harness, flags: &BenchFlags, host: &Value) -> Result<(), BenchError> {
    let rows = harness.rows();
    if let Some(file) = &flags.json {
        let document = report::document(&harness.scale, host, &rows);
        fs::write(file, format!("{document:#}\n"))
            .map_err(BenchError::refused(format!("cannot write {}", file.display())))?;
    }
    let verdict = if harness.scale.judges() {
        let (met, all) = report::verdict(&rows);
        format!("{met} of {all} goals met")
    } else {
        "one iteration of each: the figures mean nothing, nothing is judged".to_owned()
    };
    let mut out = io::stdout().lock();
    writeln!(out, "{host:#}\n\n{}\n\n{verdict}; sizes: {}", report::table(&rows), harness.scale.name)?;
    Ok(())
}
