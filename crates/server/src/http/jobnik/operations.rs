//! What its operations are called in its metrics, as its document names them.

use std::time::Duration;

use axum::http::Method;

use crate::app::App;

/// The operations, by method and route below the base.
const OPERATIONS: [(&str, &str, &str); 22] = [
    ("GET", "/v1/jobs", "findJobsV1"),
    ("POST", "/v1/jobs", "createJobV1"),
    ("GET", "/v1/jobs/{jobId}", "getJobByIdV1"),
    ("DELETE", "/v1/jobs/{jobId}", "deleteJobV1"),
    ("PATCH", "/v1/jobs/{jobId}/user-metadata", "updateUserMetadataV1"),
    ("PATCH", "/v1/jobs/{jobId}/priority", "updateJobPriorityV1"),
    ("PUT", "/v1/jobs/{jobId}/status", "updateStatusV1"),
    ("GET", "/v1/jobs/{jobId}/stages", "getStagesByJobIdV1"),
    ("POST", "/v1/jobs/{jobId}/stage", "addStageV1"),
    ("GET", "/v1/stages", "getStagesV1"),
    ("GET", "/v1/stages/{stageId}", "getStageByIdV1"),
    ("GET", "/v1/stages/{stageId}/summary", "getStageSummaryV1"),
    ("PATCH", "/v1/stages/{stageId}/user-metadata", "updateStageUserMetadataV1"),
    ("PUT", "/v1/stages/{stageId}/status", "updateStageStatusV1"),
    ("GET", "/v1/stages/{stageId}/tasks", "getTasksByStageIdV1"),
    ("POST", "/v1/stages/{stageId}/tasks", "addTasksV1"),
    ("PATCH", "/v1/stages/{stageType}/tasks/dequeue", "dequeueTaskV1"),
    ("GET", "/v1/tasks", "getTasksByCriteriaV1"),
    ("GET", "/v1/tasks/{taskId}", "getTaskByIdV1"),
    ("PATCH", "/v1/tasks/{taskId}/user-metadata", "updateTaskUserMetadataV1"),
    ("PUT", "/v1/tasks/{taskId}/status", "updateTaskStatusV1"),
    ("GET", "/liveness", "getLiveness"),
];

/// Records a call that was answered.
pub(super) fn answered(app: &App, method: &Method, route: &str, (status, took): (u16, Duration)) {
    let called = OPERATIONS.iter().find(|(by, at, _)| *by == method.as_str() && *at == route);
    if let Some((method, _, operation)) = called {
        app.jobnik().seconds.add(status, method, operation, took);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::http::jobnik::openapi_json;

    #[test]
    fn every_operation_is_called_as_in_the_document() {
        let document: serde_json::Value = serde_json::from_str(&openapi_json(None)).unwrap();
        let mut documented = BTreeSet::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let id = operation["operationId"].as_str().unwrap().to_owned();
                documented.insert((
                    method.to_uppercase(),
                    path.strip_prefix("/jobnik").unwrap().to_owned(),
                    id,
                ));
            }
        }
        documented.retain(|(_, path, _)| path.starts_with("/v1/") || path == "/liveness");
        let named = OPERATIONS.map(|(method, path, id)| (method.to_owned(), path.to_owned(), id.to_owned()));
        assert_eq!(documented, BTreeSet::from(named));
    }
}
