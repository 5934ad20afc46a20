//! Where something is: a JSON pointer that is written only when it is needed.

use std::fmt::{self, Display, Formatter};

/// A place below a root, as a chain of its steps.
#[derive(Clone, Copy)]
pub(crate) enum Place<'a> {
    Root(&'a str),
    Field(&'a Place<'a>, &'a str),
    Item(&'a Place<'a>, usize),
}

impl Place<'_> {
    pub(crate) fn field<'a>(&'a self, name: &'a str) -> Place<'a> {
        Place::Field(self, name)
    }

    pub(crate) fn item(&self, index: usize) -> Place<'_> {
        Place::Item(self, index)
    }

    /// How many steps it is below the root.
    pub(crate) fn depth(&self) -> usize {
        match self {
            Self::Root(_) => 0,
            Self::Field(above, _) | Self::Item(above, _) => above.depth() + 1,
        }
    }
}

impl Display for Place<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root(root) => formatter.write_str(root),
            Self::Field(above, name) => write!(formatter, "{above}/{}", escaped(name)),
            Self::Item(above, index) => write!(formatter, "{above}/{index}"),
        }
    }
}

/// A name as a step of a JSON pointer (RFC 6901).
pub(crate) fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
