//! `POST /v1/tasks/dequeue`.

use std::pin::pin;
use std::time::Duration;

use axum::extract::State;
use windlass_domain::{AllowedTypes, Limits, TypeName, WorkerId};
use windlass_store::{Caller, Dequeue};
use windlass_wire as wire;

use crate::app::App;
use crate::correlation;
use crate::engine::DequeueRequest;
use crate::http::auth::Shown;
use crate::http::body::CreateBody;
use crate::http::{CalledBy, Narrowed, Problem, Secret};
use crate::input::Field;
use crate::view;

/// The header that makes a dequeue safe to repeat.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "describes what `CreateBody` reads")]
pub(crate) struct DequeueParameters {
    /// Makes the call safe to repeat: the same key with the same body, byte for byte, answers the same leases, those that
    /// still live; with another body it is refused. 1 to 200 visible characters, kept for an hour and as long as one of
    /// the leases lives; an empty answer does not use it up.
    #[param(
        rename = "idempotency-key",
        nullable = false,
        min_length = 1,
        max_length = 200,
        pattern = "^[!-~]{1,200}$"
    )]
    idempotency_key: Option<String>,
}

/// Dequeue tasks
///
/// Leases up to `max_tasks` waiting tasks of the asked types to this worker: by pipeline priority, then the job that
/// opened first, then the task added first. It waits only while it has nothing, up to `wait_seconds`; it answers an
/// empty list when nothing came, when the server drains or stops, or when its caller's key is no longer good. A task whose lease is not extended in time is taken back
/// as a failed attempt of category `lease_expired`. An answer ends early at 8 MiB.
#[utoipa::path(post, path = "/v1/tasks/dequeue", tag = "workers", operation_id = "dequeue_tasks",
    security(("key" = ["work"])),
    params(DequeueParameters),
    request_body(content = wire::Dequeue, example = json!({
        "types": ["hash-files"], "worker_id": "host-1", "max_tasks": 10, "wait_seconds": 30
    })),
    responses((status = 200, description = "The leased tasks, possibly none.", body = wire::Dequeued)),
    extensions(("x-problems" = json!(["idempotency_key_reused"]))))]
pub(crate) async fn dequeue_tasks(
    State(app): State<App>,
    CalledBy(caller): CalledBy,
    Narrowed(allowed): Narrowed,
    shown: Shown,
    CreateBody { body, key }: CreateBody,
) -> Result<Secret<wire::Dequeued>, Problem> {
    let (mut request, others) = body.read(|root| read(root, caller, allowed.as_deref()))?;
    if !others.is_empty() {
        return Err(Problem::types_not_allowed(others.iter().map(|(at, name)| (at.clone(), name.as_str()))));
    }
    request.dequeue.key = key;
    let leased = pin!(app.engine().dequeues.lease(&request));
    let tasks = if request.wait.is_zero() {
        leased.await?
    } else {
        // What is leased for nobody is released.
        shown.lasting(&app).while_good(leased).await.unwrap_or_else(|| Ok(Vec::new()))?
    };
    if let [task] = &tasks[..] {
        correlation::belongs_to(&task.correlation_id);
    }
    // A lease token is the right to report.
    Ok(Secret(wire::Dequeued { tasks: tasks.into_iter().map(view::leased_task).collect() }))
}

/// The request, and the types that are not allowed, with where they are.
fn read(
    root: Field<'_>,
    caller: Caller,
    allowed: Option<&AllowedTypes>,
) -> Option<(DequeueRequest, Vec<(String, TypeName)>)> {
    root.object(|body| {
        let types = body
            .required("types", |field| field.each(1..=Limits::TYPES, |name, _| name.text(TypeName::parse)));
        let worker = body.required("worker_id", |field| field.text(WorkerId::parse));
        let max_tasks = body.present("max_tasks", |field| field.integer((1, Limits::MAX_TASKS)));
        let wait = body.present("wait_seconds", |field| field.seconds((0.0, Limits::WAIT_SECONDS)));
        let lease = body.optional("lease_seconds", |field| field.seconds(Limits::LEASE_SECONDS));
        let mut types = types?;
        let others = others(&types, allowed);
        types.sort_unstable();
        types.dedup();
        let request = DequeueRequest {
            types: types.into(),
            dequeue: Dequeue {
                caller,
                worker: worker?,
                max_tasks: max_tasks.and_then(|most| usize::try_from(most).ok()).unwrap_or(1),
                lease,
                key: None,
            },
            wait: wait.unwrap_or(Duration::ZERO),
        };
        Some((request, others))
    })
}

/// Those of the types that are not allowed, with where in the request they are.
fn others(types: &[TypeName], allowed: Option<&AllowedTypes>) -> Vec<(String, TypeName)> {
    let other = |(_, name): &(usize, &TypeName)| allowed.is_some_and(|allowed| !allowed.allow(name.as_str()));
    let types = types.iter().enumerate().filter(other);
    types.map(|(at, name)| (format!("/types/{at}"), name.clone())).collect()
}

#[cfg(test)]
mod tests {
    use windlass_domain::AllowedType;

    use super::*;
    use crate::http::body::Body;

    fn read_body(fields: &str) -> Result<DequeueRequest, Vec<String>> {
        let body = format!(r#"{{"types":["b","a","b"],"worker_id":"w"{fields}}}"#);
        let read = Body::of(body.as_bytes()).read(|root| read(root, Caller::default(), None));
        read.map(|(request, _)| request).map_err(|problem| {
            problem.into_wire().errors.unwrap().into_iter().map(|error| error.pointer).collect()
        })
    }

    #[test]
    fn types_are_a_set_and_the_rest_has_defaults() {
        let request = read_body("").unwrap();
        assert_eq!(request.types.iter().map(TypeName::as_str).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(
            (request.dequeue.max_tasks, request.dequeue.lease, request.wait),
            (1, None, Duration::ZERO)
        );
    }

    #[test]
    fn each_number_is_taken_at_its_bounds_and_refused_past_them() {
        for right in [
            r#","max_tasks":1"#,
            r#","max_tasks":100"#,
            r#","max_tasks":1e2"#,
            r#","wait_seconds":60"#,
            r#","wait_seconds":0.25"#,
            r#","lease_seconds":1"#,
            r#","lease_seconds":86400"#,
            r#","lease_seconds":null"#,
            r#","wait_seconds":0.000001"#,
            r#","wait_seconds":-0"#,
        ] {
            assert!(read_body(right).is_ok(), "{right}");
        }
        for (wrong, pointer) in [
            (r#","max_tasks":0"#, "/max_tasks"),
            (r#","max_tasks":101"#, "/max_tasks"),
            (r#","max_tasks":1.5"#, "/max_tasks"),
            (r#","max_tasks":"1""#, "/max_tasks"),
            (r#","max_tasks":1e999999999999999999999"#, "/max_tasks"),
            (r#","wait_seconds":60.000001"#, "/wait_seconds"),
            (r#","wait_seconds":-1"#, "/wait_seconds"),
            (r#","wait_seconds":0.0000001"#, "/wait_seconds"),
            (r#","wait_seconds":1e400"#, "/wait_seconds"),
            (r#","lease_seconds":0.999999"#, "/lease_seconds"),
            (r#","lease_seconds":86400.5"#, "/lease_seconds"),
            (r#","lease_seconds":true"#, "/lease_seconds"),
            (r#","lease_seconds":2.00000000000000000001"#, "/lease_seconds"),
        ] {
            assert_eq!(read_body(wrong).unwrap_err(), [pointer], "{wrong}");
        }
    }

    #[test]
    fn types_and_worker_are_required() {
        let refused = |body: &str| {
            let read = Body::of(body.as_bytes()).read(|root| read(root, Caller::default(), None));
            read.unwrap_err().into_wire()
        };
        let pointers = |body: &str| {
            refused(body).errors.unwrap().into_iter().map(|error| error.pointer).collect::<Vec<_>>()
        };
        assert_eq!(pointers("{}"), ["/types", "/worker_id"]);
        assert_eq!(pointers(r#"{"types":[],"worker_id":""}"#), ["/types", "/worker_id"]);
        assert_eq!(
            pointers(r#"{"types":["",1],"worker_id":"\u0000"}"#),
            ["/worker_id", "/types/0", "/types/1"]
        );
    }

    #[test]
    fn types_that_are_not_allowed_are_told_as_they_were_asked_for() {
        let allowed = ["b", "c-*"].map(|text| AllowedType::parse(text).unwrap()).into();
        let allowed = AllowedTypes::new(allowed).unwrap();
        let names = ["d", "b", "c-1", "a"].map(|name| TypeName::parse(name).unwrap());
        let told: Vec<String> = others(&names, Some(&allowed)).into_iter().map(|(at, _)| at).collect();
        assert_eq!(told, ["/types/0", "/types/3"]);
        assert!(others(&names, None).is_empty());
    }
}
