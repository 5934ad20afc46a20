//! The command line as one sees it: on a pseudo-terminal of 80 and of 160 columns, against a server that answers as each test says.

mod answers;
mod faults;
mod finding;
mod looking;
mod screen;
mod served;
mod tables;
mod watching;
mod words;

use answers::server;
use screen::{Shown, both, on_terminal, until_it_shows};
