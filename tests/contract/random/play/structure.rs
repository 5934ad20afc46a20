//! What producers and operators call.

use reqwest::Method;
use serde_json::{Value, json};
use windlass_tests::Answer;

use super::{Disagreement, Player, agreed, bodies};
use crate::random::reference::Refusal;
use crate::random::script::{Level, NewJob, NewPipeline, PRIORITIES, QueueChange, Verb};

type Played = Result<(), Disagreement>;

impl Player<'_> {
    pub(super) async fn create(&mut self, new: &NewPipeline, repeat: bool) -> Played {
        let body = self.pipeline_body(new);
        let answer = self.create_at("/v1/pipelines", &body, repeat).await?;
        let created = agreed(&answer, 201, Ok(()))?.expect("it was accepted");
        let number = self.model.create(new);
        self.names.add_pipeline(text(&created, "id")?);
        self.learn_jobs(number).await
    }

    pub(super) async fn create_jobs(&mut self, new: &[NewPipeline], repeat: bool) -> Played {
        let body = json!({"jobs": new.iter().map(|one| self.standalone_body(one)).collect::<Vec<_>>()});
        let answer = self.create_at("/v1/jobs/batch", &body, repeat).await?;
        let created = agreed(&answer, 200, Ok(()))?.expect("it was accepted");
        for (at, one) in new.iter().enumerate() {
            let number = self.model.create(one);
            self.names.add_pipeline(text(&created["results"][at]["job"], "pipeline_id")?);
            self.learn_jobs(number).await?;
        }
        Ok(())
    }

    pub(super) async fn add_jobs(&mut self, of: usize, new: &[NewJob]) -> Played {
        let Some(number) = of.checked_rem(self.model.pipelines.len()) else { return Ok(()) };
        let body = json!({"jobs": self.jobs_body(self.model.pipelines[number].jobs.len(), new, false)});
        let path = format!("/v1/pipelines/{}/jobs", self.names.pipelines[number]);
        let answer = self.post(&path, &body).await;
        let expected = match self.gone(number, "pipeline_not_found") {
            Ok(()) => self.model.add_jobs(number, new),
            gone => gone,
        };
        match agreed(&answer, 201, expected)? {
            Some(_) => self.learn_jobs(number).await,
            None => Ok(()),
        }
    }

    pub(super) async fn add_tasks(&mut self, of: usize, due: &[u64], repeat: bool) -> Played {
        let Some(job) = of.checked_rem(self.model.jobs.len()) else { return Ok(()) };
        let body = json!({"tasks": self.tasks_body(due)});
        let path = format!("/v1/jobs/{}/tasks", self.names.jobs[job]);
        let answer = self.create_at(&path, &body, repeat).await?;
        let expected = match self.gone(self.model.jobs[job].pipeline, "job_not_found") {
            Ok(()) => self.model.add_tasks(job, due),
            gone => gone,
        };
        let Some(added) = agreed(&answer, 201, expected)? else { return Ok(()) };
        for id in added["ids"].as_array().ok_or("no ids of added tasks")? {
            self.names.add_task(id.as_str().ok_or("an id that is no text")?);
        }
        Ok(())
    }

    /// A create, perhaps sent again as by a client who did not hear the answer: it must hear the same.
    async fn create_at(&mut self, path: &str, body: &Value, repeat: bool) -> Result<Answer, Disagreement> {
        if !repeat {
            return Ok(self.post(path, body).await);
        }
        let key = self.names.own(&format!("create-{}", self.lines.len()));
        let first = self.send(Method::POST, path, Some(body), Some(&key)).await;
        self.server = 1 - self.server;
        let again = self.send(Method::POST, path, Some(body), Some(&key)).await;
        if first.status < 300 && again.text != first.text {
            return Err(format!("a repeated create was answered {}, at first {}", again.text, first.text));
        }
        Ok(again)
    }

    pub(super) async fn control_pipeline(&mut self, of: usize, verb: Verb) -> Played {
        let Some(number) = of.checked_rem(self.model.pipelines.len()) else { return Ok(()) };
        let path = format!("/v1/pipelines/{}", self.names.pipelines[number]);
        let answer = self.control(Level::Pipeline, &path, verb).await;
        let expected = match self.gone(number, "pipeline_not_found") {
            Ok(()) => self.model.control_pipeline(number, verb),
            gone => gone,
        };
        let state = self.model.pipelines[number].state;
        shows(agreed(&answer, 200, expected)?, state.as_str())
    }

    pub(super) async fn control_job(&mut self, of: usize, verb: Verb) -> Played {
        let Some(job) = of.checked_rem(self.model.jobs.len()) else { return Ok(()) };
        let path = format!("/v1/jobs/{}", self.names.jobs[job]);
        let answer = self.control(Level::Job, &path, verb).await;
        let expected = match self.gone(self.model.jobs[job].pipeline, "job_not_found") {
            Ok(()) => self.model.control_job(job, verb),
            gone => gone,
        };
        shows(agreed(&answer, 200, expected)?, self.model.jobs[job].state.as_str())
    }

    pub(super) async fn control_task(&mut self, of: usize, verb: Verb) -> Played {
        let Some(task) = of.checked_rem(self.model.tasks.len()) else { return Ok(()) };
        let path = format!("/v1/tasks/{}", self.names.tasks[task]);
        let answer = self.control(Level::Task, &path, verb).await;
        let expected = match self.gone(self.model.pipeline_of_task(task), "task_not_found") {
            Ok(()) => self.model.control_task(task, verb),
            gone => gone,
        };
        let body = agreed(&answer, 200, expected)?;
        let state = self.model.task_state(task).as_str();
        // Nothing shows yet that the service has seen that the task's job is due: it has a second for that.
        let late = state == "queued" && self.model.may_be_late(self.model.pipeline_of_task(task));
        let is_scheduled = body.as_ref().is_some_and(|body| body["state"] == "scheduled");
        if late && is_scheduled { Ok(()) } else { shows(body, state) }
    }

    async fn control(&mut self, level: Level, path: &str, verb: Verb) -> Answer {
        self.post(&format!("{path}/{}", verb.as_str()), &bodies::control(level, verb)).await
    }

    pub(super) async fn prioritise(&mut self, of: usize, priority: usize) -> Played {
        let Some(number) = of.checked_rem(self.model.pipelines.len()) else { return Ok(()) };
        let path = format!("/v1/pipelines/{}", self.names.pipelines[number]);
        let body = json!({"priority": PRIORITIES[priority]});
        let answer = self.send(Method::PATCH, &path, Some(&body), None).await;
        if agreed(&answer, 200, self.gone(number, "pipeline_not_found"))?.is_some() {
            self.model.prioritise(number, priority);
        }
        Ok(())
    }

    pub(super) async fn set_deadline(&mut self, of: usize, deadline: Option<u64>) -> Played {
        let Some(number) = of.checked_rem(self.model.pipelines.len()) else { return Ok(()) };
        let path = format!("/v1/pipelines/{}", self.names.pipelines[number]);
        let tick = deadline.map(|ticks| self.model.now + ticks);
        let body = json!({"deadline_at": tick.map(|tick| self.names.deadline(tick))});
        let answer = self.send(Method::PATCH, &path, Some(&body), None).await;
        let expected = match self.gone(number, "pipeline_not_found") {
            Ok(()) => self.model.set_deadline(number, tick),
            gone => gone,
        };
        agreed(&answer, 200, expected).map(|_| ())
    }

    pub(super) async fn delete(&mut self, of: usize) -> Played {
        let Some(number) = of.checked_rem(self.model.pipelines.len()) else { return Ok(()) };
        let path = format!("/v1/pipelines/{}", self.names.pipelines[number]);
        let answer = self.send(Method::DELETE, &path, None, None).await;
        let expected = match self.gone(number, "pipeline_not_found") {
            Ok(()) => self.model.delete(number),
            gone => gone,
        };
        agreed(&answer, 204, expected).map(|_| ())
    }

    pub(super) async fn change_queue(&mut self, kind: usize, change: QueueChange) -> Played {
        let body = bodies::queue(change);
        let path = format!("/v1/queues/{}", self.names.kind(kind));
        let answer = self.send(Method::PATCH, &path, Some(&body), None).await;
        agreed(&answer, 200, Ok(()))?;
        let queue = &mut self.model.queues[kind];
        queue.named = true;
        match change {
            QueueChange::Paused(paused) => queue.paused = paused,
            QueueChange::MaxRunning(limit) => queue.max_running = limit,
        }
        Ok(())
    }

    /// What has been deleted is not found any more.
    pub(super) fn gone(&self, pipeline: usize, code: &'static str) -> Result<(), Refusal> {
        if self.model.pipelines[pipeline].deleted { Err(Refusal::not_found(code)) } else { Ok(()) }
    }

    /// Learns the ids of the jobs that a pipeline has got, and of their tasks.
    async fn learn_jobs(&mut self, pipeline: usize) -> Played {
        let id = self.names.pipelines[pipeline].clone();
        let shown = self.app.get(&format!("/v1/pipelines/{id}")).await.expect(200);
        let mut tasks = self.app.walk(&format!("/v1/tasks?pipeline_id={id}&limit=500")).await;
        tasks.reverse();
        let jobs = self.model.pipelines[pipeline].jobs.clone();
        for job in jobs.into_iter().filter(|job| *job >= self.names.jobs.len()).collect::<Vec<_>>() {
            let key = self.model.key(job);
            let shown = shown["jobs"].as_array().ok_or("no jobs")?.iter().find(|shown| shown["key"] == key);
            let id = text(shown.ok_or_else(|| format!("no job {key}"))?, "id")?.to_owned();
            self.names.add_job(&id);
            for task in tasks.iter().filter(|task| task["job_id"] == id) {
                self.names.add_task(text(task, "id")?);
            }
        }
        if self.names.tasks.len() == self.model.tasks.len() {
            return Ok(());
        }
        Err(format!(
            "there are {} tasks where there should be {}",
            self.names.tasks.len(),
            self.model.tasks.len()
        ))
    }
}

fn text<'a>(body: &'a Value, member: &str) -> Result<&'a str, Disagreement> {
    body[member].as_str().ok_or_else(|| format!("no {member} in {body}"))
}

fn shows(body: Option<Value>, state: &str) -> Played {
    match body {
        Some(body) if body["state"] != state => {
            Err(format!("the answer shows {} where {state} was due", body["state"]))
        }
        _ => Ok(()),
    }
}
