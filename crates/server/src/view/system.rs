//! What was found by an id, and the system, as the contract shows them.

use chrono::{DateTime, Utc};
use windlass_store as store;
use windlass_wire as wire;

use super::values;

/// What was found.
pub(crate) fn found(found: store::Found) -> wire::Found {
    let entity = match found.entity.as_str() {
        "pipeline" => wire::FoundEntity::Pipeline,
        "job" => wire::FoundEntity::Job,
        _ => wire::FoundEntity::Task,
    };
    wire::Found {
        entity,
        id: found.id,
        pipeline_id: found.pipeline_id,
        name: found.name,
        key: found.key,
        r#type: found.type_name,
    }
}

/// The system at this time of the server's clock.
pub(crate) fn system(
    system: store::System,
    at: DateTime<Utc>,
    disk: Option<wire::SystemDisk>,
    vitals: Option<&store::Vitals>,
) -> wire::System {
    let server = |server: store::RunningServer| wire::SystemServer {
        id: server.id,
        version: server.version,
        seen_at: server.seen_at,
    };
    wire::System {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        at,
        servers: system.servers.into_iter().map(server).collect(),
        database: wire::SystemDatabase {
            version: system.version,
            schema_version: values::count(system.schema_version),
            at: system.at,
            size_bytes: values::count(system.size_bytes),
            disk,
            oldest_snapshot_transactions: vitals.map(|vitals| values::count(vitals.xmin_age)),
            oldest_transaction_seconds: vitals.map(|vitals| vitals.horizon_age_seconds),
        },
    }
}
