//! Which pipelines fit several conditions at once, the newest first: a walk in windows along the index that has the fewest entries for any of
//! them.
//!
//! Why windows: where the conditions rarely or never meet, one statement would run for as long as its index is. Each window is a statement of
//! its own, so whoever asks can stop, and no snapshot is held for long. What it deliberately does not do: keep an index for each pair of
//! conditions. How it fails: as any read of the store does.

mod asked;
mod begin;
mod window;

pub(super) use asked::Asked;
pub(super) use begin::begin;
pub(super) use window::{LARGEST, Window, look};
