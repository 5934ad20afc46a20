//! The pages of Windlass: HTML made of what the HTTP interface answers, and nothing else.
//!
//! A page is a function of wire values and of its [`Frame`](frame::Frame): who looks, what they may do, and what goes around every page. Whatever clients or workers
//! wrote is shown as text: [`html`] has the few functions that make markup by hand, all else is escaped by maud.
//!
//! What it deliberately does not do: ask for anything, judge who may what, or read a clock. The server hands it all that a page shows. How it fails: it does not.

pub mod ask;
pub mod assets;
pub mod bar;
pub mod curve;
pub mod events;
pub mod forms;
pub mod frame;
pub mod graph;
pub mod html;
pub mod job;
pub mod keys;
mod layout;
pub mod login;
pub mod outcomes;
pub mod overview;
pub mod pause;
pub mod pipeline;
pub mod pipelines;
pub mod queues;
mod rows;
pub mod schedules;
pub mod search;
pub mod system;
pub mod tables;
pub mod task;
pub mod tasks;
pub mod template_form;
pub mod templates;
pub mod webhooks;
pub mod words;
pub mod workers;
