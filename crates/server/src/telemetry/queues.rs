//! The queues' gauges, written straight from what the store answers.
//!
//! They are not kept in the recorder: a type that is gone, or a database that is away, would leave its last value there
//! for ever.

use std::fmt::Write;

use windlass_store::Queue;

/// The gauges of these queues as Prometheus text.
pub(crate) fn render_queues(queues: &[Queue]) -> String {
    let mut text = String::from(
        "# HELP windlass_queue_tasks queued, scheduled and running tasks per type\n# TYPE windlass_queue_tasks gauge\n",
    );
    for queue in queues {
        // A type's characters need no escaping.
        let states = [("queued", queue.queued), ("scheduled", queue.scheduled), ("running", queue.running)];
        for (state, tasks) in states {
            put(
                &mut text,
                format_args!(
                    "windlass_queue_tasks{{type=\"{}\",state=\"{state}\"}} {tasks}",
                    queue.type_name
                ),
            );
        }
    }
    text.push_str("# HELP windlass_queue_oldest_seconds how long the first task in line has waited\n");
    text.push_str("# TYPE windlass_queue_oldest_seconds gauge\n");
    for queue in queues {
        if let Some(seconds) = queue.oldest_queued_seconds {
            put(
                &mut text,
                format_args!("windlass_queue_oldest_seconds{{type=\"{}\"}} {seconds}", queue.type_name),
            );
        }
    }
    text
}

fn put(text: &mut String, line: std::fmt::Arguments<'_>) {
    writeln!(text, "{line}").expect("a String takes any text");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_queue_has_a_line_per_state_and_its_age_only_while_something_waits() {
        let queue = |type_name: &str, oldest_queued_seconds| Queue {
            type_name: type_name.to_owned(),
            paused: false,
            max_running: None,
            queued: 3,
            scheduled: 2,
            running: 1,
            oldest_queued_seconds,
        };
        let text = render_queues(&[queue("a", Some(1.5)), queue("b", None)]);
        let lines: Vec<_> = text.lines().filter(|line| !line.starts_with('#')).collect();
        let expected = [
            r#"windlass_queue_tasks{type="a",state="queued"} 3"#,
            r#"windlass_queue_tasks{type="a",state="scheduled"} 2"#,
            r#"windlass_queue_tasks{type="a",state="running"} 1"#,
            r#"windlass_queue_tasks{type="b",state="queued"} 3"#,
            r#"windlass_queue_tasks{type="b",state="scheduled"} 2"#,
            r#"windlass_queue_tasks{type="b",state="running"} 1"#,
            r#"windlass_queue_oldest_seconds{type="a"} 1.5"#,
        ];
        assert_eq!(lines, expected);
    }
}
