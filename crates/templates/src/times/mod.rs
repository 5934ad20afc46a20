//! When schedules run, as pure functions: a pattern or a rhythm, a zone and an instant in; the next time out.
//!
//! | file | what |
//! |---|---|
//! | `parse` `pattern` | reads the five fields of a pattern; what it then is |
//! | `field` | one field: numbers, names, lists, ranges, steps |
//! | `days` | which days fit: the two day fields together, `L`, `W`, `#` |
//! | `wall` | the next local time that fits, as if there were no clock changes |
//! | `zone` | from local times to instants, over clock changes |
//! | `times` | the times of one schedule: pattern or rhythm, from when, until when |
//! | `missed` | what a look that comes late makes up, and what not |
//! | `jitter` | how much later a run starts |
//!
//! Why not a library: croner, which comes closest, reads names wherever they stand, takes `?`, `+` and years, and has other rules for clock changes; what would
//! be left of it after mending is the look through the days of a month, which is the smallest part.
//!
//! What it deliberately does not do: read a clock. How it fails: a pattern that cannot be read, or never comes, is a text for its author;
//! a next time that there is none of is `None`.

mod days;
mod field;
mod jitter;
mod missed;
mod parse;
mod pattern;
#[cfg(test)]
mod slow;
#[cfg(test)]
mod tests;
#[expect(clippy::module_inception, reason = "the times of one schedule are what the module is about")]
mod times;
mod wall;
mod zone;

pub use missed::{Look, MadeUp, look};
pub use pattern::Pattern;
pub use times::{Rhythm, Times};
pub use zone::{Zone, local_text};
