//! Waiting polls: who waits for tasks, and who is woken when some come.
//!
//! Why: a thousand idle workers must cost about no SQL, and a new task must reach one of them within milliseconds.
//! So they wait here, in memory, first come first served per type. The store reports after each commit how many tasks
//! of a type can be leased ([`Waiters::wake`]); as many waiters look again as could take them, no more.
//!
//! Nothing is lost on the way: a waiter registers *before* it looks; a wake that its waiter cannot use is passed on,
//! also when that waiter is dropped because its client has gone; and what another server made ready is found by the slow
//! poll, which asks for all types at once and then [nudges](Waiters::nudge).
//!
//! What it deliberately does not do: know the database, time, or how many tasks there are. How it fails: it does not;
//! a wake too many costs one query.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use tokio::sync::Notify;
use windlass_domain::TypeName;

use super::line::{Line, Types, Wake};

/// All waiters.
#[derive(Debug, Default)]
pub(crate) struct Waiters {
    line: Mutex<Line>,
    hears_others: AtomicBool,
}

/// One waiter; it leaves the line when it is dropped.
#[derive(Debug)]
pub(crate) struct Waiter {
    waiters: Arc<Waiters>,
    /// Its position now: its own, or one at the end of the line while it follows a wake.
    position: u64,
    own_position: u64,
    types: Types,
    capacity: usize,
    signal: Arc<Notify>,
    /// The wake that the present look follows.
    following: Option<Wake>,
}

impl Waiters {
    /// Puts a waiter for these types at the end of the line; it takes up to `capacity` tasks.
    pub(crate) fn register(self: &Arc<Self>, types: &Types, capacity: usize) -> Waiter {
        let signal = Arc::new(Notify::new());
        let mut line = self.lock();
        let position = line.end_of_line();
        line.enter(position, types, capacity, &signal);
        Waiter {
            own_position: position,
            waiters: Arc::clone(self),
            position,
            types: Arc::clone(types),
            capacity,
            signal,
            following: None,
        }
    }

    /// Wakes as many waiters of the type as it takes to lease `tasks` of them; returns how many tasks remain.
    pub(crate) fn wake(&self, type_name: &str, tasks: usize) -> usize {
        let mut line = self.lock();
        let mut left = tasks;
        while left > 0 {
            let Some(position) = line.first_of(type_name) else { return left };
            left -= line.wake_with(position, type_name, |type_name, capacity| {
                let share = left.min(capacity);
                (Wake::Tasks { type_name, share }, share)
            });
        }
        0
    }

    /// Wakes one waiter of the type, and the next one if that finds more than it takes.
    pub(crate) fn nudge(&self, type_name: &str) {
        let mut line = self.lock();
        if let Some(position) = line.first_of(type_name) {
            line.wake_with(position, type_name, |type_name, _| (Wake::Some { type_name }, 0));
        }
    }

    /// From now on other servers' announcements are heard, or they are not.
    pub(crate) fn hear_others(&self, hears: bool) {
        self.hears_others.store(hears, Ordering::Relaxed);
    }

    /// Whether what other servers make ready is announced here, so that the slow poll may be slower.
    pub(crate) fn hears_others(&self) -> bool {
        self.hears_others.load(Ordering::Relaxed)
    }

    /// The types that somebody waits for.
    pub(crate) fn types(&self) -> Vec<TypeName> {
        self.lock().by_type.keys().cloned().collect()
    }

    /// How many wait, those included that are looking just now.
    pub(crate) fn count(&self) -> usize {
        self.lock().waiters.len()
    }

    fn pass_on(&self, wake: &Wake) {
        match wake {
            Wake::Tasks { type_name, share } => drop(self.wake(type_name.as_str(), *share)),
            Wake::Some { type_name } => self.nudge(type_name.as_str()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Line> {
        self.line.lock().expect("nobody panics while holding the line")
    }
}

impl Waiter {
    /// Waits until there may be something to take. The waiter is in line again when this returns, so that what
    /// comes while it looks is not lost either.
    pub(crate) async fn woken(&mut self) {
        loop {
            if let Some(wake) = self.take_wake() {
                self.following = Some(wake);
                return;
            }
            self.signal.notified().await;
        }
    }

    /// Records what the look has brought: how many tasks of each type asked about. A waiter that got all it asked for may
    /// have left something, which the next in line then gets. One that found nothing goes on waiting at its own position.
    pub(crate) fn took(&mut self, all: usize, of_type: impl Fn(&TypeName) -> usize) {
        let filled = all >= self.capacity;
        match self.following.take() {
            Some(Wake::Tasks { type_name, share }) if filled => {
                let left = share.saturating_sub(of_type(&type_name));
                self.waiters.wake(type_name.as_str(), left);
            }
            Some(Wake::Some { type_name }) if filled => self.waiters.nudge(type_name.as_str()),
            _ => {}
        }
        if all == 0 {
            self.go_to(self.own_position);
        }
    }

    /// Takes the wake, if there is one, and goes to the end of the line: what comes while this one looks is sooner
    /// taken by one who does not.
    fn take_wake(&mut self) -> Option<Wake> {
        let mut line = self.waiters.lock();
        let wake = line.waiters.get_mut(&self.position)?.wake.take()?;
        line.leave(self.position);
        self.position = line.end_of_line();
        line.enter(self.position, &self.types, self.capacity, &self.signal);
        Some(wake)
    }

    /// Goes to that position in the line, unless it has been woken meanwhile.
    fn go_to(&mut self, position: u64) {
        let mut line = self.waiters.lock();
        if line.waiters.get(&self.position).is_some_and(|entry| entry.wake.is_none()) {
            line.leave(self.position);
            line.enter(position, &self.types, self.capacity, &self.signal);
            self.position = position;
        }
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        let unused = self.waiters.lock().leave(self.position);
        for wake in [self.following.take(), unused].into_iter().flatten() {
            self.waiters.pass_on(&wake);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    fn types(names: &[&str]) -> Types {
        names.iter().map(|name| TypeName::parse(*name).unwrap()).collect()
    }

    fn is_woken(waiter: &mut Waiter) -> bool {
        waiter.woken().now_or_never().is_some()
    }

    fn woken(waiters: &mut [Waiter]) -> Vec<usize> {
        waiters
            .iter_mut()
            .enumerate()
            .filter_map(|(index, waiter)| is_woken(waiter).then_some(index))
            .collect()
    }

    fn three(all: &Arc<Waiters>) -> Vec<Waiter> {
        (0..3).map(|_| all.register(&types(&["a"]), 1)).collect()
    }

    #[test]
    fn one_task_wakes_the_one_that_waited_longest() {
        let all = Arc::new(Waiters::default());
        let mut waiters = three(&all);
        all.wake("a", 1);
        assert_eq!(woken(&mut waiters), [0]);
        all.wake("a", 1);
        assert_eq!(woken(&mut waiters), [1], "the first went to the end of the line");
        all.wake("b", 5);
        assert_eq!(woken(&mut waiters), [0; 0]);
    }

    #[test]
    fn as_many_are_woken_as_could_take_what_came() {
        let all = Arc::new(Waiters::default());
        let mut waiters: Vec<_> = [2, 10, 10].map(|capacity| all.register(&types(&["a"]), capacity)).into();
        all.wake("a", 12);
        assert_eq!(woken(&mut waiters), [0, 1]);
        all.wake("a", 1_000);
        assert_eq!(woken(&mut waiters), [0, 1, 2]);
    }

    #[test]
    fn a_wake_before_the_wait_is_not_lost() {
        let all = Arc::new(Waiters::default());
        let mut waiter = all.register(&types(&["a"]), 1);
        all.wake("a", 1);
        assert!(is_woken(&mut waiter));
        assert!(!is_woken(&mut waiter), "and is taken once");
        all.wake("a", 1);
        assert!(is_woken(&mut waiter), "it was in line while it looked");
    }

    #[test]
    fn a_waiter_that_goes_passes_its_wake_on() {
        let all = Arc::new(Waiters::default());
        let mut waiters = three(&all);
        all.wake("a", 1);
        waiters.remove(0);
        assert_eq!(woken(&mut waiters), [0], "dropped before it knew");
        waiters.remove(0);
        assert_eq!(woken(&mut waiters), [0], "dropped while it looked");
    }

    #[test]
    fn a_waiter_that_goes_unwoken_leaves_no_trace() {
        let all = Arc::new(Waiters::default());
        drop(all.register(&types(&["a", "b"]), 1));
        let line = all.lock();
        assert!(line.waiters.is_empty() && line.by_type.is_empty());
    }

    #[test]
    fn what_a_filled_waiter_left_goes_to_the_next() {
        let all = Arc::new(Waiters::default());
        let mut both = all.register(&types(&["a", "b"]), 1);
        let mut only_a = all.register(&types(&["a"]), 1);
        all.wake("a", 1);
        assert!(is_woken(&mut both));
        both.took(1, |name| usize::from(name.as_str() == "b"));
        assert!(is_woken(&mut only_a), "the task of b came first, so that of a is still there");
    }

    #[test]
    fn who_took_its_share_or_found_nothing_wakes_nobody() {
        let all = Arc::new(Waiters::default());
        let mut waiters = three(&all);
        all.wake("a", 1);
        assert!(is_woken(&mut waiters[0]));
        waiters[0].took(1, |_| 1);
        waiters.remove(0);
        assert_eq!(woken(&mut waiters), [0; 0]);
        all.wake("a", 1);
        assert!(is_woken(&mut waiters[0]));
        waiters[0].took(0, |_| 0);
        assert_eq!(woken(&mut waiters), [0; 0]);
    }

    #[test]
    fn who_was_woken_for_nothing_keeps_its_position() {
        let all = Arc::new(Waiters::default());
        let mut waiters = three(&all);
        all.nudge("a");
        assert_eq!(woken(&mut waiters), [0]);
        all.wake("a", 1);
        assert_eq!(woken(&mut waiters), [1], "the first is looking");
        waiters[0].took(0, |_| 0);
        all.wake("a", 1);
        assert_eq!(woken(&mut waiters), [0]);
    }

    #[test]
    fn a_nudge_wakes_one_and_goes_on_while_there_is_more() {
        let all = Arc::new(Waiters::default());
        let mut waiters = three(&all);
        waiters.push(all.register(&types(&["b"]), 1));
        let mut waited_for = all.types();
        waited_for.sort();
        assert_eq!(waited_for, *types(&["a", "b"]));
        all.nudge("a");
        assert_eq!(woken(&mut waiters), [0]);
        waiters[0].took(1, |_| 1);
        assert_eq!(woken(&mut waiters), [1]);
        waiters[1].took(0, |_| 0);
        assert_eq!(woken(&mut waiters), [0; 0]);
    }
}
