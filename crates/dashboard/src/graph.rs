//! The graph of a pipeline: a box for each job, an edge for each dependency.

use std::collections::HashMap;

use maud::html;
use windlass_wire::{JobInPipeline, JobState, When};

use crate::bar;
use crate::frame::Frame;
use crate::html::{Html, clean, encoded};
use crate::layout::{Layout, lay_out};
use crate::words;

/// More jobs than this of one type and the same parents are one box.
const ALIKE: usize = 50;
/// A box, and what is between boxes.
const BOX: (f64, f64) = (190.0, 58.0);
const GAP: (f64, f64) = (64.0, 18.0);
/// Characters of a key that a box shows.
const SHOWN: usize = 20;

/// What jobs have in common that are alike: the type, and the parents.
type Alike<'a> = (&'a str, Vec<(&'a str, When)>);
/// What a box stands for: jobs alike, mostly one.
type Jobs<'a> = Vec<&'a JobInPipeline>;

/// The graph; `open` names a job whose group is drawn box by box.
pub fn graph(frame: &Frame, pipeline: uuid::Uuid, jobs: &[JobInPipeline], open: &str) -> Html {
    let boxes = boxes(jobs, open);
    let place: HashMap<&str, usize> = boxes
        .iter()
        .enumerate()
        .flat_map(|(place, jobs)| jobs.iter().map(move |job| (job.key.as_str(), place)))
        .collect();
    let mut edges = Vec::new();
    for (to, jobs) in boxes.iter().enumerate() {
        for dependency in &jobs[0].depends_on {
            if let Some(from) = place.get(dependency.job.as_str()) {
                edges.push((*from, to, dependency.when, dependency.job.as_str()));
            }
        }
    }
    let ends: Vec<(usize, usize)> = edges.iter().map(|(from, to, ..)| (*from, *to)).collect();
    let layout = lay_out(boxes.len(), &ends);
    let (width, height) = size(&layout);
    html! {
        div class="zoom" { button type="button" data-zoom="out" { "−" span class="hidden" { " zoom out" } } button type="button" data-zoom="in" { "+" span class="hidden" { " zoom in" } } button type="button" data-zoom="fit" { "Fit" } }
        div class="graph" id="graph" role="region" tabindex="0" aria-label="Graph of the pipeline's jobs" {
            svg viewBox=(format!("0 0 {width} {height}")) width=(width) height=(height) {
                @for (at, (from, to, when, key)) in edges.iter().enumerate() {
                    (edge(&layout, at, (*from, *to), *when, (key, boxes[*to][0])))
                }
                @for (at, jobs) in boxes.iter().enumerate() { (drawn(frame, pipeline, jobs, corner(layout.boxes[at]))) }
            }
        }
    }
}

fn boxes<'a>(jobs: &'a [JobInPipeline], open: &str) -> Vec<Jobs<'a>> {
    let mut alike: HashMap<Alike<'a>, Jobs<'a>> = HashMap::new();
    let key = |job: &'a JobInPipeline| {
        let mut parents: Vec<(&str, When)> =
            job.depends_on.iter().map(|edge| (edge.job.as_str(), edge.when)).collect();
        parents.sort_by_key(|(job, _)| *job);
        (job.r#type.as_str(), parents)
    };
    for job in jobs {
        alike.entry(key(job)).or_default().push(job);
    }
    let is_one = |group: &Jobs<'_>| group.len() > ALIKE && !group.iter().any(|job| job.key == open);
    let mut boxes = Vec::new();
    for job in jobs {
        let group = &alike[&key(job)];
        if !is_one(group) {
            boxes.push(vec![job]);
        } else if group[0].key == job.key {
            boxes.push(group.clone());
        }
    }
    boxes
}

#[expect(clippy::cast_precision_loss, reason = "there are some thousands at the most")]
fn corner((layer, row): (usize, f64)) -> (f64, f64) {
    (8.0 + layer as f64 * (BOX.0 + GAP.0), 8.0 + row * (BOX.1 + GAP.1))
}

fn size(layout: &Layout) -> (f64, f64) {
    let (right, bottom) = corner((layout.layers.max(1) - 1, layout.height));
    (right + BOX.0 + 8.0, bottom + BOX.1 + 8.0)
}

/// The state of jobs alike: the one that most needs to be seen.
fn state(jobs: &Jobs<'_>) -> JobState {
    let order = [
        JobState::Failed,
        JobState::Running,
        JobState::Queued,
        JobState::Pending,
        JobState::Cancelled,
        JobState::Skipped,
    ];
    order.into_iter().find(|state| jobs.iter().any(|job| job.state == *state)).unwrap_or(JobState::Succeeded)
}

fn edge(
    layout: &Layout,
    at: usize,
    (from, to): (usize, usize),
    when: When,
    (key, child): (&str, &JobInPipeline),
) -> Html {
    let (left, right) = (corner(layout.boxes[from]), corner(layout.boxes[to]));
    let mut points = vec![(left.0 + BOX.0, left.1 + BOX.1 / 2.0)];
    for point in &layout.edges[at] {
        let (x, y) = corner(*point);
        points.extend([(x, y + BOX.1 / 2.0), (x + BOX.0, y + BOX.1 / 2.0)]);
    }
    points.push((right.0, right.1 + BOX.1 / 2.0));
    let mut path = format!("M{} {}", points[0].0, points[0].1);
    for pair in points.windows(2) {
        let (one, other) = (pair[0], pair[1]);
        let middle = f64::midpoint(one.0, other.0);
        path.extend([
            "C",
            &[middle, one.1, middle, other.1, other.0, other.1].map(|at| at.to_string()).join(" "),
        ]);
    }
    let (before, last) = (points[points.len() - 2], points[points.len() - 1]);
    let skipped = child.state == JobState::Skipped;
    html! {
        path class=(if skipped { "edge skipped" } else { "edge" }) d=(path) data-from=(clean(key)) data-to=(clean(&child.key)) {}
        @if when != When::Succeeded {
            text class="when" x=(f64::midpoint(before.0, last.0)) y=(f64::midpoint(before.1, last.1) - 5.0) text-anchor="middle" { (words::word(&when)) }
        }
    }
}

fn drawn(frame: &Frame, pipeline: uuid::Uuid, jobs: &Jobs<'_>, (x, y): (f64, f64)) -> Html {
    let (first, state) = (jobs[0], words::word(&state(jobs)));
    let is_one = jobs.len() == 1;
    let href = if is_one {
        frame.path(&format!("/jobs/{}", first.id))
    } else {
        format!("{}?open={}#graph", frame.path(&format!("/pipelines/{pipeline}")), encoded(&first.key))
    };
    let title = if is_one {
        shortened(&first.key)
    } else {
        format!("{} jobs of {}", jobs.len(), shortened(&first.r#type))
    };
    let told = if is_one { clean(&first.key) } else { format!("{} jobs alike; open them", jobs.len()) };
    let counts = if is_one { first.counts } else { sum(jobs) };
    let flags = if first.paused && is_one { format!("{state}, paused") } else { state.clone() };
    html! {
        g class=(if is_one { "job" } else { "job group" }) data-key=(clean(&first.key)) data-state=(state) data-id=(first.id) transform=(format!("translate({x} {y})")) {
            a href=(href) {
                title { (told) ": " (clean(&first.r#type)) ", " (flags) "; " (bar::told(&counts)) }
                rect class="box" width=(BOX.0) height=(BOX.1) rx="6" {}
                text x="10" y="20" { (title) }
                text class="small" x="10" y="37" { (words::sign(&state)) " " (flags) " · " (shortened(&first.r#type).chars().take(13).collect::<String>()) }
                rect class="track" x="10" y="45" width=(BOX.0 - 20.0) height="5" rx="2.5" {}
                (parts(&counts))
            }
        }
    }
}

fn sum(jobs: &Jobs<'_>) -> windlass_wire::Counts {
    let mut all = windlass_wire::Counts::default();
    for counts in jobs.iter().map(|job| job.counts) {
        all.pending += counts.pending;
        all.scheduled += counts.scheduled;
        all.queued += counts.queued;
        all.running += counts.running;
        all.succeeded += counts.succeeded;
        all.failed += counts.failed;
        all.cancelled += counts.cancelled;
        all.skipped += counts.skipped;
        all.total += counts.total;
    }
    all
}

fn parts(counts: &windlass_wire::Counts) -> Html {
    let width = BOX.0 - 20.0;
    let mut left = 10.0;
    let mut parts = Vec::new();
    for (class, share) in bar::shares(counts) {
        let part = width * share / 100.0;
        parts.push((class, left, part));
        left += part;
    }
    html! { @for (class, left, part) in parts { rect class=(class) x=(format!("{left:.1}")) y="45" width=(format!("{part:.1}")) height="5" {} } }
}

fn shortened(text: &str) -> String {
    let text = clean(text);
    if text.chars().count() <= SHOWN {
        return text;
    }
    text.chars().take(SHOWN - 1).chain(['…']).collect()
}
