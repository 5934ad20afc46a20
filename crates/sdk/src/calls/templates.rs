//! `/v1/templates`.

use futures_util::Stream;
use reqwest::Method;
use windlass_wire::{NewPipeline, Page, Pipeline, PutTemplate, RunTemplate, Template};

use super::Cursor;
use crate::pages::walk;
use crate::resilience::Safety;
use crate::{Client, Error};

impl Client {
    /// Keeps a template as the next version of its name, unless nothing differs from the newest; answers the newest. It may be repeated: what
    /// was kept before makes no further version.
    ///
    /// # Errors
    /// `validation_failed`, and what any call can fail with.
    pub async fn put_template(&self, name: &str, template: &PutTemplate) -> Result<Template, Error> {
        let call = self.call(Method::PUT, &["v1", "templates", name], Safety::Safe);
        self.fetch(call.json(template)?).await
    }

    /// One page of templates by name, each in its newest version.
    ///
    /// # Errors
    /// What any call can fail with.
    pub async fn list_templates(&self, cursor: Option<&str>) -> Result<Page<Template>, Error> {
        self.fetch(self.get(&["v1", "templates"]).query(&Cursor { cursor })).await
    }

    /// All templates by name, each in its newest version.
    pub fn templates(&self) -> impl Stream<Item = Result<Template, Error>> + use<> {
        let client = self.clone();
        walk(move |cursor| {
            let client = client.clone();
            async move { client.list_templates(cursor.as_deref()).await }
        })
    }

    /// The newest version of a template.
    ///
    /// # Errors
    /// `template_not_found`, and what any call can fail with.
    pub async fn get_template(&self, name: &str) -> Result<Template, Error> {
        self.fetch(self.get(&["v1", "templates", name])).await
    }

    /// A version of a template.
    ///
    /// # Errors
    /// `template_not_found`, and what any call can fail with.
    pub async fn get_template_version(&self, name: &str, version: u32) -> Result<Template, Error> {
        self.fetch(self.get(&["v1", "templates", name, "versions", &version.to_string()])).await
    }

    /// One page of the versions of a template, newest first.
    ///
    /// # Errors
    /// `template_not_found`, and what any call can fail with.
    pub async fn list_template_versions(
        &self,
        name: &str,
        cursor: Option<&str>,
    ) -> Result<Page<Template>, Error> {
        self.fetch(self.get(&["v1", "templates", name, "versions"]).query(&Cursor { cursor })).await
    }

    /// All versions of a template, newest first.
    pub fn template_versions(&self, name: &str) -> impl Stream<Item = Result<Template, Error>> + use<> {
        let (client, name) = (self.clone(), name.to_owned());
        walk(move |cursor| {
            let (client, name) = (client.clone(), name.clone());
            async move { client.list_template_versions(&name, cursor.as_deref()).await }
        })
    }

    /// Deletes a template with all its versions.
    ///
    /// # Errors
    /// `in_use`, `template_not_found`, and what any call can fail with.
    pub async fn delete_template(&self, name: &str) -> Result<(), Error> {
        let call = self.call(Method::DELETE, &["v1", "templates", name], Safety::Unsafe);
        self.send(call).await.map(drop)
    }

    /// Creates a pipeline from a template.
    ///
    /// # Errors
    /// `template_not_found`, `validation_failed`, `render_failed`, those of [`Client::create_pipeline`], and what any call can fail with.
    pub async fn create_template_pipeline(&self, name: &str, run: &RunTemplate) -> Result<Pipeline, Error> {
        let call = self.post(&["v1", "templates", name, "pipelines"]);
        self.fetch(call.idempotency_key(self.idempotency_key.as_deref()).json(run)?).await
    }

    /// The pipeline that would be created from a template; nothing is made.
    ///
    /// # Errors
    /// As [`Client::create_template_pipeline`].
    pub async fn preview_template(&self, name: &str, run: &RunTemplate) -> Result<NewPipeline, Error> {
        let call = self.call(Method::POST, &["v1", "templates", name, "preview"], Safety::Safe);
        self.fetch(call.json(run)?).await
    }
}
