//! What the service shows of itself: metrics as documented, and files for other tools that use no others.

mod deploy;
mod metrics;
mod table;
