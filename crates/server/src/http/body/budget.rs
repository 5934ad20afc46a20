//! How many bytes of bodies are held at once, over all calls.
//!
//! Bodies are counted as they come in, not as they are announced: a client that announces much and sends nothing takes nothing from
//! others. Small ones have bytes of their own, so that large ones never keep a worker's report out.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::http::Problem;

/// The longest body that is counted as a small one.
const SMALL: usize = 64 * 1_024;
/// What small bodies have for themselves, in bytes.
const ALL_SMALL: usize = 16 * 1_024 * 1_024;

/// The bytes that bodies may take.
#[derive(Debug)]
pub(crate) struct Budget {
    small: Arc<Semaphore>,
    large: Arc<Semaphore>,
}

/// What one body has taken; it is given back when this is dropped.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    /// It is announced to be no small one.
    large_to_be: bool,
    bytes: usize,
    small: Option<OwnedSemaphorePermit>,
    large: Option<OwnedSemaphorePermit>,
}

impl Taken {
    /// Nothing yet, of a body of which the length may be announced. A large one is counted as such from its first byte: many that begin and
    /// stop leave the small ones theirs.
    pub(super) fn announced(length: Option<u64>) -> Self {
        Self { large_to_be: length.is_some_and(|length| length > SMALL as u64), ..Self::default() }
    }
}

impl Budget {
    /// Of so many bytes for bodies over 64 KiB.
    pub(crate) fn new(bytes: usize) -> Self {
        let large = bytes.min(Semaphore::MAX_PERMITS);
        Self { small: Arc::new(Semaphore::new(ALL_SMALL)), large: Arc::new(Semaphore::new(large)) }
    }

    /// Takes what has come of a body.
    ///
    /// # Errors
    /// 503 when there are not so many left.
    pub(super) fn take(&self, taken: &mut Taken, more: usize) -> Result<(), Problem> {
        let bytes = taken.bytes + more;
        if bytes <= SMALL && !taken.large_to_be {
            add(&mut taken.small, &self.small, more)?;
        } else {
            // All of it, once it turns out not to be small.
            let new = if taken.large.is_some() { more } else { bytes };
            add(&mut taken.large, &self.large, new)?;
            taken.small = None;
        }
        taken.bytes = bytes;
        Ok(())
    }
}

fn add(taken: &mut Option<OwnedSemaphorePermit>, all: &Arc<Semaphore>, more: usize) -> Result<(), Problem> {
    let more = u32::try_from(more).map_err(|_| Problem::too_many_bytes())?;
    let more = Arc::clone(all).try_acquire_many_owned(more).map_err(|_| Problem::too_many_bytes())?;
    match taken {
        Some(taken) => taken.merge(more),
        None => *taken = Some(more),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(budget: &Budget, pieces: &[usize]) -> Option<Taken> {
        let mut taken = Taken::default();
        pieces.iter().try_for_each(|piece| budget.take(&mut taken, *piece)).is_ok().then_some(taken)
    }

    #[test]
    fn large_bodies_have_a_bound_over_all_and_give_it_back() {
        let budget = Budget::new(4 * SMALL);
        let first = body(&budget, &[SMALL, SMALL]).unwrap();
        let second = body(&budget, &[1, 2 * SMALL - 1]).unwrap();
        assert!(body(&budget, &[SMALL + 1]).is_none());
        drop(first);
        assert!(body(&budget, &[2 * SMALL]).is_some());
        drop(second);
        assert_eq!(budget.large.available_permits(), 4 * SMALL);
        assert_eq!(budget.small.available_permits(), ALL_SMALL);
    }

    #[test]
    fn a_large_body_is_none_of_the_small_ones_from_its_first_byte() {
        let budget = Budget::new(SMALL);
        let mut large = Taken::announced(Some(SMALL as u64 + 1));
        budget.take(&mut large, 1).unwrap();
        assert_eq!(budget.small.available_permits(), ALL_SMALL);
        assert_eq!(budget.large.available_permits(), SMALL - 1);
        for small in [None, Some(SMALL as u64)] {
            let mut taken = Taken::announced(small);
            budget.take(&mut taken, 1).unwrap();
            assert_eq!(budget.small.available_permits(), ALL_SMALL - 1, "{small:?}");
        }
    }

    #[test]
    fn small_bodies_have_bytes_of_their_own() {
        let budget = Budget::new(0);
        assert!(body(&budget, &[SMALL + 1]).is_none());
        let all: Vec<_> = (0..ALL_SMALL / SMALL).map(|_| body(&budget, &[SMALL - 1, 1]).unwrap()).collect();
        assert!(body(&budget, &[1]).is_none());
        drop(all);
        assert!(body(&budget, &[SMALL]).is_some());
    }
}
