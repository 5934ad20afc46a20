//! What a rotation does with the texts of a key, of which two are good at most.

/// What becomes of the newest text and of the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rotation {
    /// The newest becomes the one before, and is good for the overlap; whichever was before it ends at once.
    Succeeded,
    /// The newest is replaced, and the one before stays for the overlap: nobody has ever used the newest, since the answer that showed it was
    /// lost.
    Replaced,
}

impl Rotation {
    /// By whether the text before is still good, and whether the newest was ever used.
    pub const fn of(overlaps: bool, newest_was_used: bool) -> Self {
        if overlaps && !newest_was_used { Self::Replaced } else { Self::Succeeded }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_was_never_used_is_replaced_within_an_overlap_only() {
        for (overlaps, used, expected) in [
            (false, false, Rotation::Succeeded),
            (false, true, Rotation::Succeeded),
            (true, true, Rotation::Succeeded),
            (true, false, Rotation::Replaced),
        ] {
            assert_eq!(Rotation::of(overlaps, used), expected, "overlaps: {overlaps}, used: {used}");
        }
    }
}
