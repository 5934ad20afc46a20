//! The pages at `/ui/`, for people: what `/v1` answers, as HTML of [`windlass_dashboard`].
//!
//! A page asks `/v1` in this process, with the key of its reader's session: scopes, checks and the audit are those of every other client. Only what nobody
//! else asks (sessions, what needs a person, the database's own facts) goes to the store.
//!
//! What it deliberately does not do: change anything by another way than `/v1` does. How it fails: by a page that says what the API said, with its status.

mod api;
mod board;
mod bulk;
mod changes;
mod cookies;
mod events;
mod jobs;
mod keys;
mod live;
mod login;
mod needs;
mod overview;
mod page;
mod pipelines;
mod queues;
mod routes;
mod schedules;
mod search;
mod sent;
mod sessions;
mod system;
mod tasks;
mod templates;
mod token;
mod visit;
mod webhooks;

pub(super) use routes::{ROUTES, routes};
