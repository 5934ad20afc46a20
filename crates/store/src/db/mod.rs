//! The ground floor: connections, transactions, faults, pages, ids. It knows no pipeline, job or task.

mod connect;
mod deadline;
mod executor;
mod fault;
mod hosts;
mod hot;
mod ids;
mod lend;
mod migrate;
mod migration_lock;
mod page;
mod ping;
mod pool_use;
mod pooler;
mod reach;
mod schema;
mod session;
mod statements;
mod transaction;

pub(crate) use connect::Db;
pub use connect::{ConnectError, Settings};
pub(crate) use deadline::{deadline, within};
pub use fault::Outage;
pub(crate) use fault::{is_conflict, is_outage};
pub(crate) use ids::{ids_above, next_id};
pub(crate) use lend::Connections;
pub use migrate::Migrated;
pub use page::Page;
pub use pool_use::PoolUse;
pub use pooler::Pooler;
pub(crate) use reach::Moved;
pub use schema::{NoSchema, Schema};
pub(crate) use session::LISTENING;
#[cfg(feature = "testing")]
pub(crate) use session::SESSION;
pub(crate) use statements::Session;
pub(crate) use transaction::{Conflicts, Transaction};
