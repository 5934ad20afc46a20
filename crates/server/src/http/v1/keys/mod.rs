//! `/v1/keys`: one file per operation.

pub(crate) mod create;
pub(crate) mod current;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod revoke;
pub(crate) mod rotate;
