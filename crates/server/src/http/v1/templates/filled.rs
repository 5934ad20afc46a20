//! A template filled in as a request orders it.

use chrono::SecondsFormat;
use windlass_domain::TemplateName;
use windlass_store::{Error, Resource, Template};
use windlass_templates::{Fault, Run};
use windlass_wire::Code;

use crate::app::App;
use crate::engine::{self, within};
use crate::http::Problem;
use crate::input::{Order, Origin};
use crate::templates::Filled;

impl App {
    /// Fills a template in.
    ///
    /// # Errors
    /// 404; 422 at `/version` for a version that there is not, and for all that cannot be filled in; 503.
    pub(super) async fn fill_template(
        &self,
        name: &TemplateName,
        order: Order,
        origin: Origin,
    ) -> Result<Filled, Problem> {
        let kept = self.kept_template(name, order.version).await?;
        let now = within(self.store().now()).await?;
        let run = Run {
            name: kept.name.clone(),
            version: kept.version,
            created_at: now.to_rfc3339_opts(SecondsFormat::AutoSi, true),
            schedule: None,
        };
        Ok(self.renderer().fill(kept, order, run, origin, *self.limits()).await?)
    }

    async fn kept_template(&self, name: &TemplateName, version: Option<i32>) -> Result<Template, Problem> {
        let kept = within(self.store().template(name.as_str(), version)).await;
        let is_absent = matches!(kept, Err(engine::Error::Store(Error::NotFound(Resource::Template))));
        match version {
            Some(version) if is_absent && within(self.store().template_exists(name.as_str())).await? => {
                let detail = format!("is {version}, which is no version of the template");
                let fault = Fault { pointer: "/version".to_owned(), detail };
                Err(Problem::at(Code::ValidationFailed, vec![fault]))
            }
            _ => Ok(kept?),
        }
    }
}
