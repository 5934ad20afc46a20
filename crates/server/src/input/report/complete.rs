//! Reading a completion.

use std::sync::Arc;

use uuid::Uuid;
use windlass_domain::{AllowedTypes, JobKey, Limits};
use windlass_store::{AddTasks, Caller, Complete};

use super::fields::{take_metrics, take_token};
use crate::input::json::{Field, Object};
use crate::input::log::take_lines;
use crate::input::outcomes::OutcomeReader;
use crate::input::tasks::TaskReader;

/// The fields of a completion beside the id.
pub(crate) fn take_complete(
    report: &mut Object<'_>,
    (caller, types): (Caller, Option<&Arc<AllowedTypes>>),
    id: Uuid,
    limits: &Limits,
    (tasks, outcomes): (&TaskReader, &OutcomeReader),
) -> Option<Complete> {
    let token = take_token(report);
    let result = report.optional("result", |field| field.json(limits.json_bytes));
    let metrics = take_metrics(report, limits);
    let lines = take_lines(report).unwrap_or_default();
    let add_tasks = report.optional("add_tasks", |field| read_additions(field, limits, tasks));
    let outcomes = report.optional("outcomes", |field| outcomes.read(field, 0));
    Some(Complete {
        caller,
        id,
        token: token?,
        result,
        metrics,
        add_tasks: add_tasks.unwrap_or_default(),
        outcomes: outcomes.unwrap_or_default(),
        types: types.cloned(),
        lines,
    })
}

fn read_additions(field: Field<'_>, limits: &Limits, tasks: &TaskReader) -> Option<Vec<AddTasks>> {
    field.each(0..=limits.jobs_per_pipeline, |addition, _| read_addition(addition, tasks))
}

fn read_addition(field: Field<'_>, tasks: &TaskReader) -> Option<AddTasks> {
    field.object(|addition| {
        let job = addition.required("job", |field| field.text(JobKey::parse));
        let tasks = addition.present("tasks", |field| tasks.read(field));
        let seal = addition.present("seal", |field| field.flag());
        Some(AddTasks { job: job?, tasks: tasks.unwrap_or_default(), seal: seal.unwrap_or(false) })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::{Document, Rejection};

    fn complete(fields: &str) -> Result<Complete, Vec<String>> {
        let limits = Limits { tasks_per_call: 3, ..Limits::default() };
        let body = format!(r#"{{"lease_token":"t"{fields}}}"#);
        let (tasks, outcomes) = (TaskReader::new(&limits), OutcomeReader::default());
        let read = Document::of(&body).read(|root| {
            root.object(|report| {
                take_complete(report, (Caller::default(), None), Uuid::nil(), &limits, (&tasks, &outcomes))
            })
        });
        read.map_err(Rejection::pointers)
    }

    #[test]
    fn a_result_is_any_json_and_null_is_none() {
        assert!(complete(r#","result":null"#).unwrap().result.is_none());
        assert_eq!(complete(r#","result":[ 1.0 ]"#).unwrap().result.unwrap().as_str(), "[1.0]");
        assert_eq!(complete(r#","result":"\u0000""#).unwrap_err(), ["/result"]);
    }

    #[test]
    fn additions_stay_together_within_the_bound_of_the_call() {
        let added = complete(
            r#","add_tasks":[{"job":"a","tasks":[{},{}]},{"job":"b","seal":true},{"job":"c","tasks":[{}]}]"#,
        );
        let added = added.unwrap().add_tasks;
        assert_eq!(
            added.iter().map(|item| (item.tasks.len(), item.seal)).collect::<Vec<_>>(),
            [(2, false), (0, true), (1, false)]
        );
        let too_many = r#","add_tasks":[{"job":"a","tasks":[{},{}]},{"job":"b","tasks":[{},{}]}]"#;
        assert_eq!(complete(too_many).unwrap_err(), ["/add_tasks/1/tasks"]);
    }
}
