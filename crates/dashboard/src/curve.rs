//! Small curves of what a type did.

use chrono::{DateTime, Utc};
use maud::html;
use windlass_wire::QueueMinute;

use crate::html::Html;

/// Its width and height in the units of its drawing.
const SIZE: (f64, f64) = (160.0, 32.0);

/// What of a minute a curve shows.
type Of = fn(&QueueMinute) -> f64;

#[expect(clippy::cast_precision_loss, reason = "a curve has some hundred pixels")]
const SUCCEEDED: Of = |minute| minute.succeeded as f64;
#[expect(clippy::cast_precision_loss, reason = "a curve has some hundred pixels")]
const FAILED: Of = |minute| minute.failed as f64;
#[expect(clippy::cast_precision_loss, reason = "a curve has some hundred pixels")]
const QUEUED: Of = |minute| minute.queued as f64;
#[expect(clippy::cast_precision_loss, reason = "a curve has some hundred pixels")]
const RUNNING: Of = |minute| minute.running as f64;
const WAITED: Of = |minute| minute.wait_p95_seconds.unwrap_or(0.0);
const RAN: Of = |minute| minute.run_p95_seconds.unwrap_or(0.0);

/// Steps of a day's curve, and minutes of each.
const DAY: (u32, u32) = (96, 15);

/// Attempts that succeeded in each of the last minutes up to `now`.
pub fn throughput(minutes: &[QueueMinute], length: u32, now: DateTime<Utc>) -> Html {
    small(("ok", "succeeded", SUCCEEDED), minutes, length, now)
}

/// Those that failed, by a measure of their own: beside all that succeeds a few would not be seen.
pub fn failures(minutes: &[QueueMinute], length: u32, now: DateTime<Utc>) -> Html {
    small(("bad", "failed", FAILED), minutes, length, now)
}

/// One curve with its sum beside it.
fn small(
    (class, word, of): (&str, &str, Of),
    minutes: &[QueueMinute],
    length: u32,
    now: DateTime<Utc>,
) -> Html {
    let curve = series(minutes, length, now, of);
    let sum = crate::words::whole(curve.iter().sum());
    let told =
        format!("{sum} attempts {word} in the last {}", crate::words::length(f64::from(length) * 60.0));
    html! { span class="small-curve" { (drawn(&told, &[(class, curve)])) span { (sum) } } }
}

/// The curves of a day, in steps of 15 minutes: what ended, what waited and ran at once, and how long that took.
pub fn day(minutes: &[QueueMinute], now: DateTime<Utc>) -> Html {
    let (steps, step) = DAY;
    let stepped = |of: Of, joined: fn(f64, f64) -> f64| -> Vec<f64> {
        let each = series(minutes, steps * step, now, of);
        each.chunks(step as usize).map(|chunk| chunk.iter().copied().fold(0.0, joined)).collect()
    };
    let highest = |of: Of| minutes.iter().map(of).fold(0.0, f64::max);
    let at_once = format!(
        "At most {} waited and {} ran at once",
        crate::words::whole(highest(QUEUED)),
        crate::words::whole(highest(RUNNING))
    );
    let took = format!(
        "The highest p95 of a minute: {} of waiting, {} of running",
        crate::words::length(highest(WAITED)),
        crate::words::length(highest(RAN))
    );
    let sum = |one: f64, other: f64| one + other;
    let all = [
        (
            "Attempts that ended",
            [("ok", "succeeded"), ("bad", "failed")],
            ended(minutes, steps * step, now),
            [stepped(SUCCEEDED, sum), stepped(FAILED, sum)],
        ),
        (
            "At once",
            [("wait", "queued"), ("busy", "running")],
            at_once,
            [stepped(QUEUED, f64::max), stepped(RUNNING, f64::max)],
        ),
        (
            "How long, p95",
            [("wait", "waiting"), ("busy", "running")],
            took,
            [stepped(WAITED, f64::max), stepped(RAN, f64::max)],
        ),
    ];
    html! {
        div class="days" {
            @for (title, names, told, [one, other]) in all {
                figure class="day" {
                    figcaption { strong { (title) } @for (class, name) in names { " " span class=(format!("key {class}")) { (name) } } }
                    (drawn(&told, &[(names[0].0, one), (names[1].0, other)]))
                    p class="quiet" { (told) "." }
                }
            }
        }
    }
}

fn ended(minutes: &[QueueMinute], length: u32, now: DateTime<Utc>) -> String {
    let sum = |of: Of| crate::words::whole(series(minutes, length, now, of).iter().sum());
    let within = crate::words::length(f64::from(length) * 60.0);
    format!("{} attempts succeeded and {} failed in the last {within}", sum(SUCCEEDED), sum(FAILED))
}

/// Curves over each other, each with its class; one that is nowhere above 0 is left out.
fn drawn(told: &str, curves: &[(&str, Vec<f64>)]) -> Html {
    let (width, height) = SIZE;
    let highest = curves.iter().flat_map(|(_, curve)| curve).copied().fold(0.0, f64::max);
    html! {
        svg class="curve" viewBox=(format!("0 0 {width} {height}")) preserveAspectRatio="none" role="img" aria-label=(told) {
            title { (told) }
            path class="base" d=(format!("M0 {}H{width}", height - 1.0)) {}
            @for (class, curve) in curves {
                @if curve.iter().any(|value| *value > 0.0) { path class=(class) d=(path(curve, highest)) vector-effect="non-scaling-stroke" {} }
            }
        }
    }
}

/// A number for each minute, the oldest first; 0 where there is nothing to tell.
fn series(minutes: &[QueueMinute], length: u32, now: DateTime<Utc>, of: Of) -> Vec<f64> {
    let mut series = vec![0.0; length as usize];
    for minute in minutes {
        let ago = (now - minute.at).num_minutes();
        let place = usize::try_from(i64::from(length) - 1 - ago).ok();
        if let Some(slot) = place.and_then(|place| series.get_mut(place)) {
            *slot += of(minute);
        }
    }
    series
}

#[expect(clippy::cast_precision_loss, reason = "a curve has some hundred pixels")]
fn path(series: &[f64], highest: f64) -> String {
    let step = SIZE.0 / (series.len().max(2) - 1) as f64;
    let point = |(at, value): (usize, &f64)| {
        let height = (SIZE.1 - 3.0) * value / highest;
        format!("{}{:.1} {:.1}", if at == 0 { "M" } else { "L" }, at as f64 * step, SIZE.1 - 1.5 - height)
    };
    series.iter().enumerate().map(point).collect()
}

#[cfg(test)]
mod tests {
    use chrono::{TimeDelta, TimeZone};

    use super::*;

    #[test]
    fn minutes_lie_where_they_were() {
        let now = Utc.with_ymd_and_hms(2026, 11, 29, 20, 0, 30).single().expect("a time");
        let minute = |ago: i64, succeeded: u64| QueueMinute {
            at: now - TimeDelta::minutes(ago) - TimeDelta::seconds(30),
            queued: 0,
            running: 0,
            succeeded,
            failed: 0,
            wait_p50_seconds: None,
            wait_p95_seconds: None,
            run_p50_seconds: None,
            run_p95_seconds: None,
        };
        let minutes = [minute(0, 5), minute(2, 7), minute(9, 1), minute(10, 100)];
        assert_eq!(series(&minutes, 10, now, SUCCEEDED), [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 7.0, 0.0, 5.0]);
    }
}
