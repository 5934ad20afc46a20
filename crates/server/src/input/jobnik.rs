//! Bodies of Jobnik's surface. Those of a POST are read strictly; of a PUT or PATCH what is not known is passed over, as its manager does.

use std::time::Duration;

use windlass_domain::{Invalid, JobnikJobStatus, Json, Name, Priority, TypeName};
use windlass_store::{NewJobnikJob, NewJobnikStage, NewTask, Trace};

use super::json::Object;
use super::{Field, Origin};

/// Bytes of `data` and `userMetadata` at the most.
const BYTES: usize = 1_024 * 1_024;
/// Characters of a name or type at the most.
pub(crate) const LONGEST: usize = 50;
/// The trace context of what has none.
pub(crate) const NO_TRACE: &str = "00-00000000000000000000000000000000-0000000000000000-00";
/// Members of a `tracestate` at the most, and characters of a member's name or value.
const TRACE_MEMBERS: usize = 32;
const TRACE_CHARACTERS: usize = 256;

/// The words of priorities, for people.
pub(crate) const PRIORITIES: &str = "VERY_HIGH, HIGH, MEDIUM, LOW and VERY_LOW";

/// What a worker reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reported {
    /// COMPLETED
    Completed,
    /// FAILED
    Failed,
}

/// A job to make.
pub(crate) fn read_jobnik_job(root: Field<'_>, origin: Origin) -> Option<NewJobnikJob> {
    root.object(|body| {
        let name = body.required("name", |field| {
            fits(&field, &field.string()?, 2).then(|| field.text(Name::parse)).flatten()
        });
        let data = body.required("data", |field| field.json_object(BYTES));
        let priority = body.present("priority", |field| field.word(read_jobnik_priority, PRIORITIES));
        let user_metadata = body.present("userMetadata", |field| field.json_object(BYTES));
        let trace = trace(body, &origin.trace);
        Some(NewJobnikJob {
            name: name?,
            priority: priority.unwrap_or(Priority::Medium),
            data: data?,
            user_metadata,
            trace,
            correlation_id: origin.correlation_id,
        })
    })
}

/// A stage to add, whose tasks are leased for so long.
pub(crate) fn read_jobnik_stage(root: Field<'_>, origin: &Origin, lease: Duration) -> Option<NewJobnikStage> {
    root.object(|body| {
        let type_name = body.required("type", |field| {
            fits(&field, &field.string()?, 1).then(|| field.text(TypeName::parse)).flatten()
        });
        let data = body.required("data", |field| field.json_object(BYTES));
        let user_metadata = body.present("userMetadata", |field| field.json_object(BYTES));
        let held = body.present("startAsWaiting", |field| field.flag());
        let trace = trace(body, &origin.trace);
        Some(NewJobnikStage {
            type_name: type_name?,
            data: data?,
            user_metadata,
            held: held.unwrap_or(false),
            trace,
            lease,
        })
    })
}

/// Tasks to add, 1 to `most`.
pub(crate) fn read_jobnik_tasks(root: Field<'_>, origin: &Origin, most: usize) -> Option<Vec<NewTask>> {
    root.each(1..=most, |item, _| item.object(|task| read_task(task, origin)))
}

fn read_task(task: &mut Object<'_>, origin: &Origin) -> Option<NewTask> {
    let data = task.required("data", |field| field.json_object(BYTES));
    let metadata = task.present("userMetadata", |field| field.json_object(BYTES));
    let most = task.present("maxAttempts", |field| field.integer((1, i32::MAX.into())));
    let trace = trace(task, &origin.trace);
    Some(NewTask {
        payload: Some(data?),
        metadata,
        run_at: None,
        max_attempts: Some(most.and_then(|most| i32::try_from(most).ok()).unwrap_or(1)),
        trace,
    })
}

/// Metadata that takes the place of all before.
pub(crate) fn read_jobnik_metadata(root: Field<'_>) -> Option<Json> {
    root.json_object(BYTES)
}

/// Another priority.
pub(crate) fn read_jobnik_priority_change(root: Field<'_>) -> Option<Priority> {
    root.loose_object(|body| body.required("priority", |field| field.word(read_jobnik_priority, PRIORITIES)))
}

/// What is to become of a job.
pub(crate) fn read_jobnik_job_status(root: Field<'_>) -> Option<JobnikJobStatus> {
    let settable = [JobnikJobStatus::Pending, JobnikJobStatus::Paused, JobnikJobStatus::Aborted];
    let parse = |word: &str| settable.into_iter().find(|status| status.as_str() == word);
    root.loose_object(|body| {
        body.required("status", |field| field.word(parse, "PENDING, PAUSED and ABORTED"))
    })
}

/// That a stage is to be let go: the one thing that can be asked for.
pub(crate) fn read_jobnik_stage_status(root: Field<'_>) -> Option<()> {
    let parse = |word: &str| (word == "PENDING").then_some(());
    root.loose_object(|body| body.required("status", |field| field.word(parse, "PENDING")))
}

/// What became of a task.
pub(crate) fn read_jobnik_report(root: Field<'_>) -> Option<Reported> {
    let parse = |word: &str| match word {
        "COMPLETED" => Some(Reported::Completed),
        "FAILED" => Some(Reported::Failed),
        _ => None,
    };
    root.loose_object(|body| body.required("status", |field| field.word(parse, "COMPLETED and FAILED")))
}

/// The priority of that word.
pub(crate) fn read_jobnik_priority(word: &str) -> Option<Priority> {
    match word {
        "VERY_HIGH" => Some(Priority::VeryHigh),
        "HIGH" => Some(Priority::High),
        "MEDIUM" => Some(Priority::Medium),
        "LOW" => Some(Priority::Low),
        "VERY_LOW" => Some(Priority::VeryLow),
        _ => None,
    }
}

/// Whether a text has a number of characters from `least`; notes it if not.
fn fits(field: &Field<'_>, text: &str, least: usize) -> bool {
    let count = text.chars().count();
    let fits = (least..=LONGEST).contains(&count);
    if !fits {
        field.refuse::<()>(format_args!("must have {least} to {LONGEST} characters, has {count}"));
    }
    fits
}

/// The trace context of the body, else that of the call.
fn trace(body: &mut Object<'_>, of_call: &Trace) -> Trace {
    let parent = body.present("traceparent", |field| field.text(traceparent));
    let state = body.present("tracestate", |field| field.text(tracestate));
    match (parent, state) {
        (None, None) => of_call.clone(),
        (Some(parent), state) => Trace { traceparent: Some(parent), tracestate: state },
        (None, state) => {
            let parent = of_call.traceparent.clone().unwrap_or_else(|| NO_TRACE.to_owned());
            Trace { traceparent: Some(parent), tracestate: state }
        }
    }
}

fn traceparent(text: String) -> Result<String, Invalid> {
    let lengths = [2, 32, 16, 2];
    let hex = |part: &str| part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let right = text.split('-').map(str::len).eq(lengths) && text.split('-').all(hex);
    if right {
        Ok(text)
    } else {
        Err(Invalid("must be a traceparent of the W3C, in small hexadecimal digits".to_owned()))
    }
}

/// A list of members as the W3C has it: each a name, `=` and a value; empty ones count for nothing.
fn tracestate(text: String) -> Result<String, Invalid> {
    let members =
        || text.split(',').map(|member| member.trim_matches([' ', '\t'])).filter(|member| !member.is_empty());
    let right = (1..=TRACE_MEMBERS).contains(&members().count()) && members().all(is_member);
    if right {
        Ok(text)
    } else {
        Err(Invalid("must be a tracestate of the W3C: 1 to 32 members such as name=value".to_owned()))
    }
}

fn is_member(member: &str) -> bool {
    let Some((name, value)) = member.split_once('=') else { return false };
    let first = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let of_name = |byte: u8| first(byte) || b"_-*/@".contains(&byte);
    let of_value = |byte: u8| (b' '..=b'~').contains(&byte) && byte != b'=';
    name.bytes().next().is_some_and(first)
        && name.len() <= TRACE_CHARACTERS
        && name.bytes().all(of_name)
        && (1..=TRACE_CHARACTERS).contains(&value.len())
        && value.bytes().all(of_value)
}

#[cfg(test)]
mod tests {
    use windlass_domain::CorrelationId;

    use super::*;
    use crate::input::Document;

    fn origin() -> Origin {
        Origin { correlation_id: CorrelationId::parse("test").unwrap(), trace: Trace::default() }
    }

    fn job(body: &str) -> Result<NewJobnikJob, Vec<String>> {
        let read = Document::of(body).read(|root| read_jobnik_job(root, origin()));
        read.map_err(|rejection| rejection.errors.into_iter().map(|error| error.pointer).collect())
    }

    #[test]
    fn a_job_without_a_priority_is_medium() {
        let job = job(r#"{"name":"ab","data":{}}"#).unwrap();
        assert_eq!((job.priority, job.user_metadata.is_none()), (Priority::Medium, true));
    }

    #[test]
    fn names_are_taken_at_their_bounds_and_refused_past_them() {
        let named = |name: &str| job(&format!(r#"{{"name":"{name}","data":{{}}}}"#));
        for right in ["ab", &"é".repeat(50)] {
            assert!(named(right).is_ok(), "{right}");
        }
        for wrong in ["", "a", &"a".repeat(51), r"a\u0000b"] {
            assert_eq!(named(wrong).unwrap_err(), ["/name"], "{wrong}");
        }
    }

    #[test]
    fn all_that_is_wrong_with_a_job_is_told() {
        let told = job(
            r#"{"name":1,"data":[],"priority":"high","userMetadata":null,"traceparent":"00-1","tracestate":"","stages":[]}"#,
        );
        assert_eq!(
            told.unwrap_err(),
            ["/name", "/data", "/priority", "/userMetadata", "/traceparent", "/tracestate", "/stages"]
        );
        assert_eq!(job("{}").unwrap_err(), ["/name", "/data"]);
        assert_eq!(job("[]").unwrap_err(), [""]);
    }

    #[test]
    fn data_has_at_most_a_mebibyte() {
        let with =
            |bytes: usize| job(&format!(r#"{{"name":"ab","data":{{"a":"{}"}}}}"#, "x".repeat(bytes - 8)));
        assert_eq!(with(1_048_576).unwrap().data.as_str().len(), 1_048_576);
        assert_eq!(with(1_048_577).unwrap_err(), ["/data"]);
    }

    #[test]
    fn attempts_are_taken_at_their_bounds_and_refused_past_them() {
        let tasks = |body: &str| Document::of(body).read(|root| read_jobnik_tasks(root, &origin(), 2));
        let most = |attempts: &str| {
            tasks(&format!(r#"[{{"data":{{}},"maxAttempts":{attempts}}}]"#))
                .map(|tasks| tasks[0].max_attempts)
        };
        assert_eq!(most("1").unwrap(), Some(1));
        assert_eq!(most("2147483647").unwrap(), Some(i32::MAX));
        assert_eq!(tasks(r#"[{"data":{}}]"#).unwrap()[0].max_attempts, Some(1));
        for wrong in ["0", "-1", "1.5", "2147483648", "null", "\"1\""] {
            assert!(most(wrong).is_err(), "{wrong}");
        }
        for (wrong, body) in
            [("none", "[]"), ("too many", r#"[{"data":{}},{"data":{}},{"data":{}}]"#), ("no array", "{}")]
        {
            assert!(tasks(body).is_err(), "{wrong}");
        }
    }

    #[test]
    fn any_valid_tracestate_is_taken() {
        for right in [
            "a=1",
            "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE",
            "fw529a3039@dt=FfffffeA, b= x",
            "0a_-*/=!~",
            ",a=1,,",
            &vec!["a=1"; 32].join(","),
        ] {
            assert!(tracestate(right.to_owned()).is_ok(), "{right}");
        }
        for wrong in ["", " ", "a", "A=1", "=1", "a=", "a=1=2", "a=é", "-a=1", &vec!["a=1"; 33].join(",")] {
            assert!(tracestate(wrong.to_owned()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_trace_context_is_the_bodys_or_the_calls() {
        let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let call = Trace { traceparent: Some(parent.to_owned()), tracestate: Some("a=1".to_owned()) };
        let read = |body: &str, call: &Trace| {
            Document::of(body).read(|root| root.loose_object(|body| Some(trace(body, call)))).unwrap()
        };
        assert_eq!(read("{}", &call).tracestate.as_deref(), Some("a=1"));
        let other = read(&format!(r#"{{"traceparent":"{NO_TRACE}"}}"#), &call);
        assert_eq!((other.traceparent.as_deref(), other.tracestate), (Some(NO_TRACE), None));
        assert_eq!(read(r#"{"tracestate":"b=2"}"#, &call).traceparent.as_deref(), Some(parent));
        let bare = read(r#"{"tracestate":"b=2"}"#, &Trace::default());
        assert_eq!((bare.traceparent.as_deref(), bare.tracestate.as_deref()), (Some(NO_TRACE), Some("b=2")));
    }

    #[test]
    fn what_is_not_known_of_a_change_is_passed_over() {
        let status = |body: &str| Document::of(body).read(read_jobnik_job_status);
        assert_eq!(status(r#"{"status":"PAUSED","why":1}"#).unwrap(), JobnikJobStatus::Paused);
        for wrong in
            ["{}", r#"{"status":"COMPLETED"}"#, r#"{"status":"paused"}"#, r#"{"status":null}"#, "[]", "null"]
        {
            assert!(status(wrong).is_err(), "{wrong}");
        }
    }
}
