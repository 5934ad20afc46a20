//! `GET /v1/system`.

use axum::extract::State;
use chrono::{DateTime, Utc};
use windlass_wire as wire;

use super::disk::disk;
use crate::app::App;
use crate::engine::within;
use crate::http::query::NoQuery;
use crate::http::{Answer, Problem};
use crate::view;

/// Get the system
///
/// The version and the clock of the server that answers, the servers beside it, and their database: versions, clock, size, the room on its disk where the
/// server can see it, and what holds back vacuum, as it was within the last 10 seconds.
#[utoipa::path(get, path = "/v1/system", tag = "operators", operation_id = "get_system",
    security(("key" = ["read"])),
    responses((status = 200, description = "The system.", body = wire::System)))]
pub(crate) async fn get_system(State(app): State<App>, _: NoQuery) -> Result<Answer<wire::System>, Problem> {
    let system = within(app.store().system()).await?;
    let disk = match &system.data_directory {
        Some(directory) => disk(directory).await,
        None => None,
    };
    Ok(Answer(view::system(system, own_clock(), disk, app.vitals().get().as_ref())))
}

#[expect(
    clippy::disallowed_methods,
    reason = "it is shown, so that people can see how it differs from the database's"
)]
fn own_clock() -> DateTime<Utc> {
    Utc::now()
}
