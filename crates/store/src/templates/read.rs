//! `GET /v1/templates` and what is below it.

use chrono::{DateTime, Utc};
use windlass_domain::Limits;

use crate::db::{Page, Session, deadline};
use crate::resource::Resource;
use crate::view::Template;
use crate::{Error, Store};

impl Store {
    /// A version of a template; `None` for its newest.
    ///
    /// # Errors
    /// [`Error::NotFound`], also for a version that there is not; [`Error::Unavailable`].
    pub async fn template(&self, name: &str, version: Option<i32>) -> Result<Template, Error> {
        deadline(async {
            let mut connection = self.db.pool.acquire().await?;
            read_version(&mut connection, name, version).await
        })
        .await
    }

    /// The newest version of each template, by name, after that of the name `after`.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn templates(&self, after: Option<&str>, limit: i64) -> Result<Page<Template>, Error> {
        let rows = sqlx::query_file_as!(
            Row,
            "src/templates/page.sql",
            after.unwrap_or_default(),
            limit + 1,
            Limits::PAGE_BYTES,
        );
        Ok(page(limit, deadline(rows.fetch_all(&self.db.pool)).await?))
    }

    /// The versions of a template below the number `before`, newest first.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Unavailable`].
    pub async fn template_versions(
        &self,
        name: &str,
        before: Option<i32>,
        limit: i64,
    ) -> Result<Page<Template>, Error> {
        let rows = sqlx::query_file_as!(
            Row,
            "src/templates/page_of_versions.sql",
            name,
            before.unwrap_or(i32::MAX),
            limit + 1,
            Limits::PAGE_BYTES,
        );
        let rows = deadline(rows.fetch_all(&self.db.pool)).await?;
        if rows.is_empty() {
            // There is at least one version of each template that is there.
            self.template(name, None).await?;
        }
        Ok(page(limit, rows))
    }
}

/// A version, the newest if none is named, as this connection's transaction sees it.
pub(super) async fn read_version(
    connection: &mut Session,
    name: &str,
    version: Option<i32>,
) -> Result<Template, Error> {
    let row = sqlx::query_file_as!(Row, "src/templates/read.sql", name, version);
    let row = row.fetch_optional(connection).await?;
    row.map(Template::from).ok_or(Error::NotFound(Resource::Template))
}

fn page(limit: i64, rows: Vec<Row>) -> Page<Template> {
    let fetched = rows.first().map(|row| row.fetched);
    Page::of(limit, fetched, rows.into_iter().map(Template::from))
}

struct Row {
    name: String,
    version: i32,
    description: Option<String>,
    parameters: String,
    pipeline: String,
    created_at: DateTime<Utc>,
    created_by: Option<String>,
    /// Rows of the page before it was cut.
    fetched: i64,
}

impl From<Row> for Template {
    fn from(row: Row) -> Self {
        Self {
            name: row.name,
            version: row.version,
            description: row.description,
            parameters: row.parameters,
            pipeline: row.pipeline,
            created_at: row.created_at,
            created_by: row.created_by,
        }
    }
}
