//! A run from beginning to end, whatever happens in between.

use std::fs;
use std::io::{self, Write};

use serde_json::Value;

use super::flags::BenchFlags;
use super::lab::{self, Lab};
use super::{benchmarks, host, report};
use crate::failure::Failure;
use crate::signals::Signals;

/// Measures what the flags ask for, and prints it.
pub(crate) async fn bench(flags: BenchFlags) -> Result<(), Failure> {
    let mut signals = Signals::catch()?;
    let (lab, cluster) = tokio::select! {
        opened = Lab::open(&flags) => opened?,
        () = signals.next() => return Err(Failure::Interrupted("the bench")),
    };
    let measured = tokio::select! {
        measured = measure(&lab, &flags) => measured,
        () = signals.next() => Err(Failure::Interrupted("the bench")),
    };
    lab::close(cluster).await;
    measured
}

async fn measure(lab: &Lab, flags: &BenchFlags) -> Result<(), Failure> {
    let host = host::facts(lab).await?;
    for benchmark in flags.benchmarks() {
        lab.say(&format!("{benchmark:?}"));
        benchmarks::run(benchmark, lab).await?;
    }
    tell(lab, flags, &host)
}

fn tell(lab: &Lab, flags: &BenchFlags, host: &Value) -> Result<(), Failure> {
    let rows = lab.rows();
    if let Some(file) = &flags.json {
        let document = report::document(&lab.scale, host, &rows);
        fs::write(file, format!("{document:#}\n"))
            .map_err(|error| Failure::new(&format!("cannot write {}", file.display()), error))?;
    }
    let verdict = if lab.scale.judges() {
        let (met, all) = report::verdict(&rows);
        format!("{met} of {all} goals met")
    } else {
        "one iteration of each: the figures mean nothing, nothing is judged".to_owned()
    };
    let mut out = io::stdout().lock();
    writeln!(out, "{host:#}\n\n{}\n\n{verdict}; sizes: {}", report::table(&rows), lab.scale.name)?;
    Ok(())
}
