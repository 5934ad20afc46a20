//! All connections of clients: how many there may be, and which one goes when another needs its place.
//!
//! Past the bound the connection that has been idle for longest is closed. One that has sent nothing is idle as well, but not in its first
//! second: its call is on its way. Where none is idle a few of the new ones are told so (503), and those beyond them are told so unread,
//! and closed at once.
//!
//! Why it is written here: axum-server, hyper and hyper-util have no bound of connections, and tower's limits of concurrency would let those who
//! are over it wait.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::client::Client;
use super::ends::Ending;
use crate::settings::Connections;
use crate::telemetry::{self, Closed};

/// Bytes of answers that wait for all clients; past it those who take nothing are cut off.
const UNWRITTEN: usize = 256 * 1_024 * 1_024;
/// For how long a client must have taken nothing to be cut off then.
const TAKES_NOTHING: Duration = Duration::from_secs(1);
/// One in so many of those beyond the bound is told that there is no place; the others were asked to end for another.
const TURNED_AWAY: usize = 5;

/// All connections of clients.
#[derive(Debug)]
pub(crate) struct Crowd {
    most: usize,
    /// How many at once are told that there is no place for them.
    most_turned_away: usize,
    most_resets: u32,
    unwritten: Arc<AtomicUsize>,
    guests: Mutex<Guests>,
}

#[derive(Debug, Default)]
struct Guests {
    /// How many at once were asked to end since another one needed their place, and have not ended.
    most_leaving: usize,
    /// How many there were so far.
    count: u64,
    /// How many have each standing.
    admitted: usize,
    leaving: usize,
    turned_away: usize,
    all: HashMap<u64, Guest>,
    /// Those that can make room, the one idle for longest first.
    idle: BTreeSet<(Instant, u64)>,
}

#[derive(Debug)]
struct Guest {
    client: Arc<Client>,
    standing: Standing,
    idle: Option<Instant>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Admitted,
    Leaving,
    TurnedAway,
}

impl Crowd {
    /// Nobody yet.
    pub(crate) fn new(bounds: &Connections) -> Self {
        let most_turned_away = bounds.beyond.div_ceil(TURNED_AWAY);
        let guests = Guests { most_leaving: bounds.beyond - most_turned_away, ..Guests::default() };
        Self {
            most: bounds.clients,
            most_turned_away,
            most_resets: bounds.resets,
            unwritten: Arc::default(),
            guests: Mutex::new(guests),
        }
    }

    /// A place for one more, or one to be told that there is none; `None`: not even that.
    pub(crate) fn admit(self: &Arc<Self>) -> Option<Place> {
        let mut guests = self.lock();
        let standing = if guests.admitted < self.most || guests.make_room() {
            Standing::Admitted
        } else {
            telemetry::count_closed(Closed::Refused);
            if guests.turned_away >= self.most_turned_away {
                return None;
            }
            Standing::TurnedAway
        };
        *guests.number_of(standing) += 1;
        guests.count += 1;
        let id = guests.count;
        let client = Arc::new(Client::new(self.most_resets, Arc::clone(&self.unwritten)));
        guests.all.insert(id, Guest { client: Arc::clone(&client), standing, idle: None });
        let turned_away = standing == Standing::TurnedAway;
        Some(Place { known: Known { crowd: Arc::clone(self), id, client }, turned_away })
    }

    /// Connections that are open.
    pub(crate) fn open(&self) -> usize {
        self.lock().all.len()
    }

    /// Bytes that wait for all clients.
    pub(crate) fn unwritten(&self) -> usize {
        self.unwritten.load(Ordering::Relaxed)
    }

    /// Whether so many bytes more may wait; for them others who take nothing are cut off.
    pub(crate) fn has_room_for(&self, bytes: usize) -> bool {
        let over = (self.unwritten() + bytes).saturating_sub(UNWRITTEN);
        over == 0 || self.cut_off(over) >= over
    }

    /// Cuts off clients that take nothing, the one that did so for longest first, until so many bytes are free or there are no more; how many
    /// are.
    fn cut_off(&self, bytes: usize) -> usize {
        let clients: Vec<_> = self.lock().all.values().map(|guest| Arc::clone(&guest.client)).collect();
        let mut unread: Vec<_> = clients
            .iter()
            .filter_map(|client| client.unwritten.since().map(|(since, bytes)| (since, bytes, client)))
            .filter(|(since, ..)| since.elapsed() >= TAKES_NOTHING)
            .collect();
        unread.sort_by_key(|(since, ..)| *since);
        let mut free = 0;
        for (_, held, client) in unread {
            if free >= bytes {
                break;
            }
            client.ends.ask(Ending::Unread);
            free += held;
        }
        free
    }

    fn lock(&self) -> MutexGuard<'_, Guests> {
        self.guests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Guests {
    /// Asks the one that has been idle for longest to end; false if none is, or too many are still about to.
    fn make_room(&mut self) -> bool {
        let Some(&(since, id)) = self.idle.first() else { return false };
        if since > Instant::now() || self.leaving >= self.most_leaving {
            return false;
        }
        self.idle.pop_first();
        let Some(guest) = self.all.get_mut(&id) else { return false };
        guest.standing = Standing::Leaving;
        guest.idle = None;
        guest.client.ends.ask(Ending::Crowded);
        self.admitted -= 1;
        self.leaving += 1;
        true
    }

    fn number_of(&mut self, standing: Standing) -> &mut usize {
        match standing {
            Standing::Admitted => &mut self.admitted,
            Standing::Leaving => &mut self.leaving,
            Standing::TurnedAway => &mut self.turned_away,
        }
    }
}

/// What a connection takes up until this is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    pub(super) known: Known,
    /// There is no place: it is told so and closed.
    pub(super) turned_away: bool,
}

/// A connection among all; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(super) crowd: Arc<Crowd>,
    id: u64,
    pub(super) client: Arc<Client>,
}

impl Known {
    /// Since when it has been idle, from now on; `None`: it is not.
    pub(super) fn idle(&self, since: Option<Instant>) {
        let mut guests = self.crowd.lock();
        let Guests { all, idle, .. } = &mut *guests;
        let Some(guest) = all.get_mut(&self.id).filter(|guest| guest.standing == Standing::Admitted) else {
            return;
        };
        if let Some(before) = std::mem::replace(&mut guest.idle, since) {
            idle.remove(&(before, self.id));
        }
        idle.extend(since.map(|since| (since, self.id)));
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Known { crowd, id, .. } = &self.known;
        let mut guests = crowd.lock();
        let Some(guest) = guests.all.remove(id) else { return };
        *guests.number_of(guest.standing) -= 1;
        if let Some(since) = guest.idle {
            guests.idle.remove(&(since, *id));
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use tokio::time::advance;

    use super::*;

    fn crowd(clients: usize) -> Arc<Crowd> {
        Arc::new(Crowd::new(&Connections { clients, ..Connections::default() }))
    }

    fn asked(place: &Place) -> Option<Ending> {
        place.known.client.ends.asked().now_or_never()
    }

    #[tokio::test(start_paused = true)]
    async fn the_one_idle_for_longest_makes_room_and_then_the_next() {
        let crowd = crowd(3);
        let places: Vec<Place> = (0..3).map(|_| crowd.admit().unwrap()).collect();
        places[1].known.idle(Some(Instant::now()));
        advance(Duration::from_secs(1)).await;
        places[0].known.idle(Some(Instant::now()));
        places[2].known.idle(Some(Instant::now()));
        places[2].known.idle(None);
        let admitted: Vec<Place> = (0..3).map(|_| crowd.admit().unwrap()).collect();
        assert_eq!(admitted.iter().map(|place| place.turned_away).collect::<Vec<_>>(), [false, false, true]);
        let expected = [Some(Ending::Crowded), Some(Ending::Crowded), None];
        assert_eq!(places.iter().map(asked).collect::<Vec<_>>(), expected);
        drop(admitted);
        assert!(!crowd.admit().unwrap().turned_away);
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_is_asked_to_end_counts_no_more_and_is_not_asked_again() {
        let crowd = crowd(1);
        let first = crowd.admit().unwrap();
        first.known.idle(Some(Instant::now()));
        let second = crowd.admit().unwrap();
        first.known.idle(Some(Instant::now()));
        assert!(crowd.admit().unwrap().turned_away, "the second is busy");
        drop(first);
        assert!(crowd.admit().unwrap().turned_away, "its end frees no place twice");
        drop(second);
        assert!(!crowd.admit().unwrap().turned_away);
        assert_eq!(crowd.open(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn idleness_that_begins_later_makes_no_room() {
        let crowd = crowd(1);
        let silent = crowd.admit().unwrap();
        silent.known.idle(Some(Instant::now() + Duration::from_secs(1)));
        assert!(crowd.admit().unwrap().turned_away);
        advance(Duration::from_secs(1)).await;
        assert!(!crowd.admit().unwrap().turned_away);
    }

    #[test]
    fn a_bounded_number_is_told_that_there_is_no_place() {
        let crowd = crowd(0);
        let told: Vec<Place> = (0..64).map(|_| crowd.admit().unwrap()).collect();
        assert!(crowd.admit().is_none());
        drop(told);
        assert!(crowd.admit().is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_are_open_than_the_bound_and_those_beyond_it() {
        let bounds = Connections { clients: 20, beyond: 10, ..Connections::default() };
        let crowd = Arc::new(Crowd::new(&bounds));
        let places: Vec<Place> = (0..20).map(|_| crowd.admit().unwrap()).collect();
        for place in &places {
            place.known.idle(Some(Instant::now()));
        }
        let more: Vec<Place> = (0..100).filter_map(|_| crowd.admit()).collect();
        assert_eq!(more.iter().filter(|place| place.turned_away).count(), 2);
        assert_eq!(crowd.open(), 30);
    }

    #[tokio::test(start_paused = true)]
    async fn past_the_bytes_of_all_those_who_take_nothing_are_cut_off_and_those_who_read_are_not() {
        let crowd = crowd(3);
        let places: Vec<Place> = (0..3).map(|_| crowd.admit().unwrap()).collect();
        let held: Vec<_> =
            places.iter().map(|place| place.known.client.unwritten.wait(UNWRITTEN / 4)).collect();
        assert!(crowd.has_room_for(UNWRITTEN / 4) && !crowd.has_room_for(UNWRITTEN / 4 + 1));
        advance(TAKES_NOTHING).await;
        places[0].known.client.unwritten.taken();
        assert!(crowd.has_room_for(UNWRITTEN / 4 + 1));
        assert_eq!(places.iter().filter_map(asked).collect::<Vec<_>>(), [Ending::Unread]);
        assert_eq!(asked(&places[0]), None);
        assert!(!crowd.has_room_for(UNWRITTEN));
        drop(held);
        assert_eq!(crowd.unwritten(), 0);
    }
}
