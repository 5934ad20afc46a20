//! JSON Pointers (RFC 6901), built on the stack while a body is read and written only when needed.

use std::fmt::{self, Display, Write};

/// Where in the text a value is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Pointer<'a> {
    /// The whole body.
    Root,
    /// A field of an object.
    Field(&'a Pointer<'a>, &'a str),
    /// An item of an array.
    Item(&'a Pointer<'a>, usize),
}

impl Display for Pointer<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Field(parent, name) => write!(formatter, "{parent}/{}", Escaped(name)),
            Self::Item(parent, index) => write!(formatter, "{parent}/{index}"),
        }
    }
}

/// One segment of a pointer as it is written.
pub(super) struct Escaped<'a>(pub(super) &'a str);

impl Display for Escaped<'_> {
    /// Character by character, so that whoever stops the writing also stops the work.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|character| match character {
            '~' => formatter.write_str("~0"),
            '/' => formatter.write_str("~1"),
            other => formatter.write_char(other),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Pointer;

    #[test]
    fn a_pointer_escapes_what_would_be_read_as_structure() {
        let jobs = Pointer::Field(&Pointer::Root, "a/b~c");
        let first = Pointer::Item(&jobs, 0);
        assert_eq!(Pointer::Field(&first, "").to_string(), "/a~1b~0c/0/");
        assert_eq!(Pointer::Root.to_string(), "");
    }
}
