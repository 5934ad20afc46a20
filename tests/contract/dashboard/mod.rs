//! The pages at `/ui/`, as scripts see them. What a browser makes of them is in `tests/browser`.

mod access;
mod bounds;
mod entrance;
mod reader;
mod reading;
