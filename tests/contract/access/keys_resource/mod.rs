//! `/v1/keys`: making, showing, rotating and revoking keys.

mod create;
mod current;
mod events;
mod list;
mod ongoing;
mod revoke;
mod rotate;
