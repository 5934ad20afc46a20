//! Gauges of what Jobnik's surface made, under the names and the labels that its boards read.

use std::collections::BTreeMap;
use std::fmt::Write;

use windlass_domain::{JobnikJobStatus, JobnikStageStatus, JobnikTaskStatus, Priority};
use windlass_store::JobnikCounts;

use super::text::escaped;

/// How its database spells the statuses of tasks; the other gauges have the words of its contract.
const SPELLED: [&str; 5] = ["Pending", "In-Progress", "Completed", "Failed", "Retried"];
/// The statuses that its manager shows beside those that there are: nothing ever has them.
const CREATED: &str = "CREATED";

/// All of them.
pub(crate) fn render_jobnik(counts: &JobnikCounts) -> String {
    let mut text = String::new();
    by_status(&mut text, counts);
    head(&mut text, "jobnik_tasks_count", "tasks by type, priority and status");
    for count in &counts.by_type {
        let (name, priority) = (escaped(&count.type_name), spelled(count.priority));
        for (status, tasks) in SPELLED.iter().zip(count.tasks).filter(|(_, tasks)| *tasks > 0) {
            let labels = format!("stage_type=\"{name}\",priority=\"{priority}\",task_status=\"{status}\"");
            line(&mut text, format_args!("jobnik_tasks_count{{{labels}}} {tasks}"));
        }
    }
    text
}

fn by_status(text: &mut String, counts: &JobnikCounts) {
    let mut by_type: BTreeMap<&str, ([i64; 5], [i64; 7])> = BTreeMap::new();
    for count in &counts.by_type {
        let (tasks, stages) = by_type.entry(&count.type_name).or_default();
        tasks.iter_mut().zip(count.tasks).for_each(|(sum, tasks)| *sum += tasks);
        stages.iter_mut().zip(count.stages).for_each(|(sum, stages)| *sum += stages);
    }
    head(text, "jobnik_tasks_by_status", "tasks by status");
    for (name, (tasks, _)) in &by_type {
        let known = JobnikTaskStatus::ALL.iter().zip(tasks).map(|(status, tasks)| (status.as_str(), *tasks));
        for (status, tasks) in known.chain([(CREATED, 0)]) {
            let labels = format!("task_status=\"{status}\",stage_type=\"{}\"", escaped(name));
            line(text, format_args!("jobnik_tasks_by_status{{{labels}}} {tasks}"));
        }
    }
    head(text, "jobnik_stages_by_status", "stages by status");
    for (name, (_, stages)) in &by_type {
        for (status, stages) in JobnikStageStatus::ALL.iter().zip(stages) {
            let labels = format!("stage_status=\"{}\",stage_type=\"{}\"", status.as_str(), escaped(name));
            line(text, format_args!("jobnik_stages_by_status{{{labels}}} {stages}"));
        }
    }
    head(text, "jobnik_jobs_by_status", "jobs by status");
    let known = JobnikJobStatus::ALL.iter().zip(counts.jobs).map(|(status, jobs)| (status.as_str(), jobs));
    for (status, jobs) in known.chain([(CREATED, 0)]) {
        line(text, format_args!("jobnik_jobs_by_status{{job_status=\"{status}\"}} {jobs}"));
    }
}

/// How its database spells a priority.
fn spelled(priority: Priority) -> &'static str {
    match priority {
        Priority::VeryHigh => "Very-High",
        Priority::High => "High",
        Priority::Medium => "Medium",
        Priority::Low => "Low",
        Priority::VeryLow => "Very-Low",
    }
}

fn head(text: &mut String, name: &str, meaning: &str) {
    line(text, format_args!("# HELP {name} {meaning}\n# TYPE {name} gauge"));
}

fn line(text: &mut String, line: std::fmt::Arguments<'_>) {
    writeln!(text, "{line}").expect("a String takes any text");
}

#[cfg(test)]
mod tests {
    use windlass_store::JobnikCount;

    use super::*;

    #[test]
    fn zeros_are_filled_in_for_the_first_three() {
        let count = |priority, tasks| JobnikCount {
            type_name: "a\"b".to_owned(),
            priority,
            tasks,
            stages: [0, 0, 1, 0, 0, 0, 0],
        };
        let by_type = vec![count(Priority::VeryHigh, [1, 0, 0, 0, 2]), count(Priority::Low, [3, 4, 0, 0, 0])];
        let text = render_jobnik(&JobnikCounts { by_type, jobs: [2, 0, 0, 0, 0, 0] });
        for line in [
            r#"jobnik_tasks_by_status{task_status="PENDING",stage_type="a\"b"} 4"#,
            r#"jobnik_tasks_by_status{task_status="COMPLETED",stage_type="a\"b"} 0"#,
            r#"jobnik_tasks_by_status{task_status="CREATED",stage_type="a\"b"} 0"#,
            r#"jobnik_stages_by_status{stage_status="PENDING",stage_type="a\"b"} 2"#,
            r#"jobnik_jobs_by_status{job_status="PENDING"} 2"#,
            r#"jobnik_jobs_by_status{job_status="ABORTED"} 0"#,
            r#"jobnik_tasks_count{stage_type="a\"b",priority="Very-High",task_status="Retried"} 2"#,
            r#"jobnik_tasks_count{stage_type="a\"b",priority="Low",task_status="In-Progress"} 4"#,
        ] {
            assert!(text.lines().any(|written| written == line), "{line}\n{text}");
        }
        assert!(!text.contains(r#"priority="Low",task_status="Failed""#));
    }
}
