//! The queues' gauges.

use std::collections::BTreeMap;

use metrics::SharedString;
use windlass_store::Queue;

use super::catalogue::{QUEUE_OLDEST, QUEUE_TASKS, QUEUE_UNATTENDED};
use super::labels::type_label;
use super::text::Text;

/// The tasks of a label, by state, the greatest age, and the types that nobody asks for.
#[derive(Default)]
struct Depth {
    queued: i64,
    scheduled: i64,
    running: i64,
    oldest_seconds: Option<f64>,
    unattended: i64,
}

/// The gauges of these queues as Prometheus text; the types beyond those with a label of their own are summed.
pub(crate) fn render_queues(queues: &[Queue]) -> String {
    let mut depths: BTreeMap<SharedString, Depth> = BTreeMap::new();
    for queue in queues {
        let depth = depths.entry(type_label(&queue.type_name)).or_default();
        depth.queued += queue.queued;
        depth.scheduled += queue.scheduled;
        depth.running += queue.running;
        depth.unattended += i64::from(queue.queued > 0 && queue.workers == 0 && !queue.paused);
        depth.oldest_seconds = match (depth.oldest_seconds, queue.oldest_queued_seconds) {
            (Some(one), Some(other)) => Some(one.max(other)),
            (one, other) => one.or(other),
        };
    }
    let label = |name: &SharedString| ("type", name.to_string());
    let mut text = Text::default();
    let tasks = depths.iter().flat_map(|(name, depth)| {
        [("queued", depth.queued), ("scheduled", depth.scheduled), ("running", depth.running)]
            .map(|(state, tasks)| (vec![label(name), ("state", state.to_owned())], tasks))
    });
    text.gauge(QUEUE_TASKS, tasks);
    let ages = depths.iter().filter_map(|(name, depth)| Some((vec![label(name)], depth.oldest_seconds?)));
    text.gauge(QUEUE_OLDEST, ages);
    text.gauge(QUEUE_UNATTENDED, depths.iter().map(|(name, depth)| (vec![label(name)], depth.unattended)));
    text.into_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_queue_has_a_line_per_state_and_its_age_only_while_something_waits() {
        let queue = |type_name: &str, oldest_queued_seconds| Queue {
            type_name: type_name.to_owned(),
            paused: false,
            reason: None,
            paused_by: None,
            paused_at: None,
            max_running: None,
            queued: 3,
            scheduled: 2,
            running: 1,
            oldest_queued_seconds,
            workers: i64::from(type_name == "b"),
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
            r#"windlass_queue_unattended_types{type="a"} 1"#,
            r#"windlass_queue_unattended_types{type="b"} 0"#,
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn a_type_is_unattended_while_its_tasks_wait_and_nobody_asks_for_them() {
        let queue = |queued, workers, paused| Queue {
            type_name: "a".to_owned(),
            paused,
            reason: None,
            paused_by: None,
            paused_at: None,
            max_running: None,
            queued,
            scheduled: 1,
            running: 1,
            oldest_queued_seconds: None,
            workers,
        };
        let unattended =
            |queue| render_queues(&[queue]).contains(r#"windlass_queue_unattended_types{type="a"} 1"#);
        assert!(unattended(queue(1, 0, false)));
        assert!(
            !unattended(queue(0, 0, false))
                && !unattended(queue(1, 1, false))
                && !unattended(queue(1, 0, true))
        );
    }
}
