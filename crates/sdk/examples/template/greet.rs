//! The job: what it takes, what it returns, and how.
//!
//! Move [`Greet`] into a crate that your producers share, and they cannot send what this worker does not understand.

use serde::{Deserialize, Serialize};
use windlass_sdk::{Context, Job, TaskFailure};

/// Greets somebody.
pub(crate) struct Greet;

/// Whom to greet.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Guest {
    pub(crate) name: String,
}

impl Job for Greet {
    const TYPE: &'static str = "greet";
    type Payload = Guest;
    type Result = String;
}

/// The handler.
pub(crate) async fn greet(guest: Guest, context: Context) -> Result<String, TaskFailure> {
    if guest.name.is_empty() {
        // A category in the job's `non_retryable`: trying again would not help.
        return Err(TaskFailure::new("validation_error", "nobody to greet"));
    }
    tracing::info!(attempt = context.attempt(), "greeting");
    Ok(format!("good morning, {}", guest.name))
}

#[cfg(test)]
mod tests {
    use windlass_sdk::Worker;
    use windlass_sdk::testing::{TestServer, TestTask};
    use windlass_sdk::wire::{Task, TaskState};

    use super::{Greet, Guest, greet};

    async fn run(name: &str, until: TaskState) -> Task {
        let server = TestServer::start().await.unwrap();
        let id = server.add(TestTask::of(Greet, &Guest { name: name.to_owned() }).unwrap());
        server.run(Worker::builder(server.client()).job(Greet, greet).build(), id, until).await
    }

    #[tokio::test]
    async fn a_guest_is_greeted_by_name() {
        let task = run("Ada", TaskState::Succeeded).await;
        assert_eq!(task.result.unwrap().text(), r#""good morning, Ada""#);
    }

    #[tokio::test]
    async fn a_guest_without_a_name_is_refused_for_good() {
        let task = run("", TaskState::Failed).await;
        assert_eq!((task.error.unwrap().category.as_str(), task.attempt), ("validation_error", 1));
    }
}
