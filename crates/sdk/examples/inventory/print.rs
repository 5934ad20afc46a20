//! The report for people.

use std::fmt::Write;
use std::io::{self, Write as _};

use futures_util::TryStreamExt;
use windlass_sdk::wire::Pipeline;
use windlass_sdk::{Client, Error};

use crate::AnyError;
use crate::report::Report;
use crate::scan::as_number;

/// Shows the report of the ended pipeline whose JSON is on standard input.
pub(crate) async fn report(client: Result<Client, Error>, json: bool) -> Result<(), AnyError> {
    let pipeline: Pipeline = serde_json::from_reader(io::stdin())?;
    let mut results = Box::pin(client?.results(pipeline.id, "report"));
    let item = results.try_next().await?.ok_or("the pipeline has no report")?;
    let text = if json {
        format!("{}\n", item.result)
    } else {
        let report: Report = item.result.parse()?;
        format!("{}{}", sections(&report), throughput(&pipeline, &report))
    };
    Ok(io::stdout().write_all(text.as_bytes())?)
}

fn sections(report: &Report) -> String {
    let mut text = format!(
        "\nInventory of {}\n\n  files          {:>14}\n  size           {:>14}\n  duplicates     {:>14}  in {} groups\n  \
         could be freed {:>14}\n  unreadable     {:>14}\n",
        report.path.display(),
        report.files,
        size(report.bytes),
        report.duplicate_files,
        report.duplicate_groups,
        size(report.bytes_to_free),
        report.unreadable,
    );
    section(&mut text, "Most wasteful duplicates", &report.most_wasteful, |group| {
        let others = group.copies - 1;
        format!("{:>12}  {} and {others} more", size(group.bytes_to_free), group.paths[0])
    });
    section(&mut text, "Largest", &report.largest, |file| format!("{:>12}  {}", size(file.bytes), file.path));
    section(&mut text, "By extension", &report.by_extension, |row| {
        format!("{:>12}  {:<10} {:>8} files", size(row.bytes), row.name, row.files)
    });
    section(&mut text, "Unreadable", &report.unreadable_named, |entry| {
        format!("{}: {}", entry.path, entry.error)
    });
    text
}

fn section<T>(text: &mut String, title: &str, rows: &[T], row: impl Fn(&T) -> String) {
    if rows.is_empty() {
        return;
    }
    write!(text, "\n{title}\n").expect("writing to a string cannot fail");
    for item in rows {
        writeln!(text, "  {}", row(item)).expect("writing to a string cannot fail");
    }
}

/// From the first lease to the end, retries and all.
fn throughput(pipeline: &Pipeline, report: &Report) -> String {
    let times = pipeline.started_at.zip(pipeline.ended_at);
    let Some(took) = times.and_then(|(start, end)| (end - start).to_std().ok()) else { return String::new() };
    let seconds = took.as_secs_f64().max(0.001);
    let tasks: u64 = pipeline.jobs.iter().flatten().map(|job| job.counts.total).sum();
    format!(
        "\n{tasks} tasks over {} files in {seconds:.1} s: {:.0} tasks/s, {:.0} files/s, {}/s\n",
        report.files,
        as_number(tasks) / seconds,
        as_number(report.files) / seconds,
        per_second(report.bytes, seconds),
    )
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rate for people")]
fn per_second(bytes: u64, seconds: f64) -> String {
    size((as_number(bytes) / seconds) as u64)
}

/// Bytes in the unit that makes the number short.
fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut value = as_number(bytes);
    let mut unit = 0;
    while value >= 1024.0 && unit < UNITS.len() - 1 {
        value /= 1024.0;
        unit += 1;
    }
    if unit == 0 { format!("{bytes} B") } else { format!("{value:.1} {}", UNITS[unit]) }
}
