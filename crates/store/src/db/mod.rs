//! The ground floor: connections, transactions, faults, pages, ids. It knows no pipeline, job or task.

mod connect;
mod deadline;
mod fault;
mod hot;
mod ids;
mod migrate;
mod page;
mod pool_use;
mod transaction;

pub(crate) use connect::Db;
#[cfg(feature = "testing")]
pub(crate) use connect::SESSION;
pub use connect::{ConnectError, Settings};
pub(crate) use deadline::{deadline, within};
pub(crate) use fault::{is_conflict, is_outage};
pub(crate) use ids::{ids_above, next_id};
pub use page::Page;
pub(crate) use page::{Walk, fetch_page, push_walk, start_page};
pub use pool_use::PoolUse;
pub(crate) use transaction::{Conflicts, Transaction};
