//! HTTP: who asks for what, and in which words it is answered.
//!
//! A request goes through [`middleware`] to a handler, which extracts, calls the engine or the store once, and maps. [`v1`] has the
//! handlers of the contract, [`mod@router`] puts the surfaces together, [`body`] takes bodies in, and [`problem`] is the only file that
//! makes errors of the contract out of everything else.
//!
//! What it deliberately does not do: hold any state, or know any rule beyond the request's own form. How it fails:
//! always by a problem with a request id; a panic is one too.

mod absence;
mod accept;
mod answer;
pub(crate) mod auth;
mod body;
mod called_by;
mod connection;
pub(crate) mod cursor;
mod dashboard;
mod door;
mod encoded;
mod entrance;
mod headers;
mod jobnik;
mod middleware;
mod named;
mod openapi;
mod operations;
mod page;
mod path;
mod problem;
mod query;
mod resource;
mod router;
mod surface;
mod surfaces;
mod v1;

pub(crate) use accept::{CutOff, Doors, Times, accept};
pub(crate) use answer::{Answer, Created, Creation, Done, Secret};
pub(crate) use auth::Keys;
pub(crate) use body::Budget;
pub(crate) use called_by::{CalledBy, Narrowed};
pub(crate) use connection::Crowd;
pub use jobnik::openapi_json as jobnik_openapi_json;
pub use openapi::openapi_json;
pub(crate) use problem::Problem;
pub(crate) use router::{metrics_router, router};
