//! The line of those who wait for tasks: who comes first, per type.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use tokio::sync::Notify;
use windlass_domain::TypeName;

/// A set of types, sorted.
pub(crate) type Types = Arc<[TypeName]>;

/// Those who wait, by their positions.
#[derive(Debug, Default)]
pub(super) struct Line {
    next_position: u64,
    pub(super) waiters: HashMap<u64, Entry>,
    /// Positions of those not yet woken, per type, in the order in which they came.
    pub(super) by_type: HashMap<TypeName, BTreeSet<u64>>,
}

/// One who waits.
#[derive(Debug)]
pub(super) struct Entry {
    types: Types,
    capacity: usize,
    signal: Arc<Notify>,
    /// Set when it is woken, until it takes it.
    pub(super) wake: Option<Wake>,
}

/// Why a waiter was woken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wake {
    /// So many tasks of this type are its share of what came.
    Tasks { type_name: TypeName, share: usize },
    /// There is something of this type, nobody knows how much.
    Some { type_name: TypeName },
}

impl Line {
    /// A position behind all others.
    pub(super) fn end_of_line(&mut self) -> u64 {
        self.next_position += 1;
        self.next_position
    }

    /// Enters a waiter at this position.
    pub(super) fn enter(&mut self, position: u64, types: &Types, capacity: usize, signal: &Arc<Notify>) {
        for name in types.iter() {
            // Most types are known already: no need to copy the name to find that out.
            match self.by_type.get_mut(name) {
                Some(positions) => drop(positions.insert(position)),
                None => drop(self.by_type.insert(name.clone(), BTreeSet::from([position]))),
            }
        }
        let entry = Entry { types: Arc::clone(types), capacity, signal: Arc::clone(signal), wake: None };
        self.waiters.insert(position, entry);
    }

    /// Removes a waiter; a wake that it has not taken is returned.
    pub(super) fn leave(&mut self, position: u64) -> Option<Wake> {
        let entry = self.waiters.remove(&position)?;
        self.leave_line(position, &entry.types);
        entry.wake
    }

    /// The position of the first one that waits for the type.
    pub(super) fn first_of(&self, type_name: &str) -> Option<u64> {
        // TypeName borrows nothing as str, so the key is made; wakes are far rarer than tasks.
        let key = TypeName::parse(type_name).ok()?;
        self.by_type.get(&key)?.first().copied()
    }

    /// Wakes the waiter at `position`, which waits for the type among others, and takes it out of the line; answers how
    /// many tasks `wake` says it takes.
    pub(super) fn wake_with(
        &mut self,
        position: u64,
        type_name: &str,
        wake: impl FnOnce(TypeName, usize) -> (Wake, usize),
    ) -> usize {
        let entry = self.waiters.get_mut(&position).expect("a waiter in line has entered");
        let type_name = entry.types.iter().find(|name| name.as_str() == type_name);
        let type_name = type_name.expect("a waiter is in line for its own types").clone();
        let (wake, taken) = wake(type_name, entry.capacity);
        entry.wake = Some(wake);
        entry.signal.notify_one();
        let types = Arc::clone(&entry.types);
        self.leave_line(position, &types);
        taken
    }

    fn leave_line(&mut self, position: u64, types: &Types) {
        for name in types.iter() {
            if let Some(positions) = self.by_type.get_mut(name) {
                positions.remove(&position);
                if positions.is_empty() {
                    self.by_type.remove(name);
                }
            }
        }
    }
}
