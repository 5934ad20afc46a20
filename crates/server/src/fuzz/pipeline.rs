//! Bodies of creates: what is right is taken, a mistake is named where it is, and whatever else comes is refused in bounds.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Map, Value, json};
use windlass_domain::{CorrelationId, Limits};
use windlass_store::Trace;

use super::runner::{holds, is_found};
use crate::input::{Document, Origin, Rejection, read_pipeline};

const CASES: u32 = 800;
/// Stands for what is of no type that any field of a pipeline has.
const NOTHING_TAKES: &str = "[7]";

/// A parent by its place, and the condition.
type Edge = (Index, Option<Value>);

/// Fields that are there or not.
fn object(fields: Vec<(&'static str, BoxedStrategy<Value>)>) -> impl Strategy<Value = Map<String, Value>> {
    let fields: Vec<_> = fields
        .into_iter()
        .map(|(name, value)| option::of(value.prop_map(move |value| (name.to_owned(), value))))
        .collect();
    fields.prop_map(|fields| fields.into_iter().flatten().collect())
}

fn one_of(values: Value) -> BoxedStrategy<Value> {
    let Value::Array(values) = values else { unreachable!("an array") };
    select(values).boxed()
}

fn free() -> BoxedStrategy<Value> {
    one_of(json!([null, 1, "a", "é🦀", [], {}, {"a": {"b": [null]}}, [1.5, "\t"]]))
}

fn metadata() -> BoxedStrategy<Value> {
    one_of(json!([{}, {"a": 1}, {"": null, "b/c~d": ["x"]}]))
}

fn retry() -> BoxedStrategy<Value> {
    let fields = vec![
        ("max_attempts", one_of(json!([1, 3, 1000]))),
        ("initial_delay_seconds", one_of(json!([0, 0.000_001, 2_592_000]))),
        ("factor", one_of(json!([1, 1.5, 100]))),
        ("max_delay_seconds", one_of(json!([0, 60]))),
        ("jitter", one_of(json!([0, 0.5, 1]))),
        ("non_retryable", one_of(json!([[], ["validation_error"], ["a.b", "c"]]))),
    ];
    object(fields).prop_map(Value::Object).boxed()
}

fn tasks() -> BoxedStrategy<Value> {
    let fields = vec![
        ("payload", free()),
        ("metadata", metadata()),
        ("run_at", one_of(json!([null, "2026-11-22T20:00:00Z"]))),
    ];
    vec(object(fields).prop_map(Value::Object), 0..3).prop_map(Value::Array).boxed()
}

/// The jobs of a pipeline, each of which may depend on those before it.
fn jobs() -> impl Strategy<Value = Value> {
    let fields = vec![
        ("payload", free()),
        ("metadata", metadata()),
        ("retry", retry()),
        ("lease_seconds", one_of(json!([1, 60, 86_400]))),
        ("timeout_seconds", one_of(json!([null, 1, 2_592_000]))),
        ("max_failed_tasks", one_of(json!([0, i32::MAX]))),
        ("fail_fast", one_of(json!([true, false]))),
        ("allow_failure", one_of(json!([true, false]))),
        ("paused", one_of(json!([true, false]))),
        ("run_at", one_of(json!([null, "0000-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"]))),
        ("sealed", one_of(json!([true, false, "on_open"]))),
        ("join", one_of(json!(["all", "any"]))),
        ("tasks", tasks()),
    ];
    let edges =
        vec((any::<Index>(), option::of(one_of(json!(["succeeded", "failed", "finished", "always"])))), 0..3);
    vec((object(fields), edges), 1..5).prop_map(|jobs| {
        let job = |(number, (mut job, edges)): (usize, (Map<String, Value>, Vec<Edge>))| {
            job.insert("key".to_owned(), json!(key(number)));
            job.insert("type".to_owned(), json!("t"));
            if number > 0 {
                job.insert("depends_on".to_owned(), depends_on(number, &edges));
            }
            Value::Object(job)
        };
        jobs.into_iter().enumerate().map(job).collect::<Value>()
    })
}

fn key(number: usize) -> String {
    format!("job-{number}")
}

fn depends_on(number: usize, edges: &[(Index, Option<Value>)]) -> Value {
    let mut on: Vec<(usize, &Option<Value>)> =
        edges.iter().map(|(on, when)| (on.index(number), when)).collect();
    on.sort_by_key(|(on, _)| *on);
    on.dedup_by_key(|(on, _)| *on);
    let edge = |(on, when): (usize, &Option<Value>)| match when {
        Some(when) => json!({"job": key(on), "when": when}),
        None => json!(key(on)),
    };
    on.into_iter().map(edge).collect()
}

fn pipelines() -> impl Strategy<Value = Value> {
    let fields = vec![
        ("priority", one_of(json!(["very_high", "medium", "very_low"]))),
        ("correlation_id", one_of(json!([null, "order-42"]))),
        ("metadata", metadata()),
        ("fail_fast", one_of(json!([true, false]))),
        ("paused", one_of(json!([true, false]))),
        ("sealed", one_of(json!([true, false]))),
        ("deadline_at", one_of(json!([null, "2099-01-01T00:00:00.000001Z"]))),
    ];
    (object(fields), jobs()).prop_map(|(mut pipeline, jobs)| {
        pipeline.insert("name".to_owned(), json!("nightly"));
        pipeline.insert("jobs".to_owned(), jobs);
        Value::Object(pipeline)
    })
}

/// A place in a body where a mistake can be made: not within what may be anything.
fn places(value: &Value, at: &str, places: &mut Vec<String>) {
    let free = ["/payload", "/metadata"].iter().any(|free| at.ends_with(free));
    if !at.ends_with("/payload") {
        places.push(at.to_owned());
    }
    match value {
        Value::Object(fields) if !free => {
            for (name, value) in fields {
                self::places(value, &format!("{at}/{name}"), places);
            }
        }
        Value::Array(items) if !free => {
            for (index, item) in items.iter().enumerate() {
                self::places(item, &format!("{at}/{index}"), places);
            }
        }
        _ => {}
    }
}

/// A body with one mistake, and the pointer that must name it.
fn mistaken(mut body: Value, place: Index, field: bool) -> (Value, String) {
    let mut all = Vec::new();
    places(&body, "", &mut all);
    let mut at = all[place.index(all.len())].clone();
    let value = body.pointer_mut(&at).expect("a place in it");
    match value {
        Value::Object(fields) if field && !at.ends_with("/metadata") => {
            fields.insert("colour".to_owned(), json!(1));
            at.push_str("/colour");
        }
        Value::Array(_) => *value = json!(7),
        _ => *value = NOTHING_TAKES.parse().expect("JSON"),
    }
    (body, at)
}

/// What is wrong with a body, as its reader says.
fn faults(body: &Value) -> Vec<String> {
    let origin = Origin { correlation_id: CorrelationId::parse("request").unwrap(), trace: Trace::default() };
    let read = Document::of(&body.to_string()).read(|root| read_pipeline(root, &Limits::default(), origin));
    read.err().map_or_else(Vec::new, Rejection::pointers)
}

fn check_mistake((body, at): &(Value, String), faults: &[String]) -> Result<(), TestCaseError> {
    prop_assert!(faults.contains(at), "{at} is wrong in {body}, named are {faults:?}");
    check_bounds(body, faults)
}

/// Each fault is at a place that is there, or at a field that its object lacks; there are not too many of them.
fn check_bounds(body: &Value, faults: &[String]) -> Result<(), TestCaseError> {
    prop_assert!(faults.len() <= 100);
    for pointer in faults {
        let parent = pointer.rsplit_once('/').and_then(|(parent, _)| body.pointer(parent));
        let known = body.pointer(pointer).is_some() || parent.is_some_and(Value::is_object);
        prop_assert!(known && pointer.len() <= 1_024, "{pointer} is no place in {body}");
    }
    Ok(())
}

/// Bodies that use the words of pipelines in every wrong way.
fn nonsense() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        free(),
        one_of(json!(["job-0", "all", true, -1, 1e300, "2026-11-22T20:00:00Z", "\u{0}", "on_open"]))
    ];
    leaf.prop_recursive(5, 60, 6, |inner| {
        let name = select(
            &[
                "name",
                "jobs",
                "key",
                "type",
                "depends_on",
                "job",
                "when",
                "tasks",
                "retry",
                "run_at",
                "sealed",
                "metadata",
                "é~/",
            ][..],
        );
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::Array),
            vec((name, inner), 0..6).prop_map(|fields| {
                fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Value>()
            }),
        ]
    })
}

fn mistakes() -> impl Strategy<Value = (Value, String)> {
    (pipelines(), any::<Index>(), any::<bool>()).prop_map(|(body, place, field)| mistaken(body, place, field))
}

#[test]
fn what_is_right_is_taken() {
    holds(CASES, &pipelines(), |body| {
        prop_assert_eq!(faults(&body), Vec::<String>::new());
        Ok(())
    });
}

#[test]
fn a_mistake_is_named_where_it_is() {
    holds(CASES, &mistakes(), |mistake| check_mistake(&mistake, &faults(&mistake.0)));
}

#[test]
fn whatever_comes_is_taken_or_refused_in_bounds() {
    holds(CASES, &nonsense(), |body| check_bounds(&body, &faults(&body)));
}

#[test]
fn flawed_readers_of_pipelines_are_found_out() {
    type Flawed = fn(&str) -> bool;
    let flaws: [(&str, Flawed); 4] = [
        ("unknown fields are overlooked", |pointer| !pointer.ends_with("/colour")),
        ("a policy is not looked at", |pointer| !pointer.contains("/retry")),
        ("only the first job is looked at", |pointer| !pointer.starts_with("/jobs/1")),
        ("edges are not looked at", |pointer| !pointer.contains("/depends_on")),
    ];
    for (flaw, sees) in flaws {
        is_found(flaw, CASES, &mistakes(), |mistake| {
            let seen: Vec<String> = faults(&mistake.0).into_iter().filter(|pointer| sees(pointer)).collect();
            check_mistake(&mistake, &seen)
        });
    }
    is_found("a pointer leads nowhere", CASES, &nonsense(), |body| {
        let astray: Vec<String> = faults(&body).iter().map(|pointer| format!("{pointer}/0/0")).collect();
        check_bounds(&body, &astray)
    });
}
