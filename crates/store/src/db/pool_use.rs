//! How the pool's connections are used.

use super::connect::Db;

/// Connections of the pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolUse {
    /// Those that do something.
    pub used: u32,
    /// Those that wait to be used.
    pub idle: u32,
    /// As many as there can be.
    pub max: u32,
}

impl Db {
    /// Connections of this process. Hot connections that wait for their next statement are idle.
    pub(crate) fn pool_use(&self) -> PoolUse {
        let size = self.pool.pool().size();
        let idle = u32::try_from(self.pool.pool().num_idle() + self.hot.count()).unwrap_or(size).min(size);
        PoolUse { used: size - idle, idle, max: self.pool.pool().options().get_max_connections() }
    }
}
