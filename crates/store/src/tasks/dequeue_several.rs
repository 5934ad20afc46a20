//! Dequeues of one type each, of several types, in one statement and one commit.
//!
//! A variant of the statement of `dequeue.rs` takes of each type as many tasks as its requests want. It is for what is simple: whatever has a limit, is
//! behind stale tasks, may be a repeat, or got nothing although something is free is then dequeued type by type.

use std::collections::{BTreeMap, HashMap, HashSet};

use uuid::Uuid;
use windlass_domain::TypeName;

use super::dequeue::{Walk, lease, slots};
use super::dequeue_keys::{Granted, keys_of};
use crate::db::deadline;
use crate::input::Dequeue;
use crate::queues::Capacity;
use crate::view::LeasedTask;
use crate::{Error, Store};

type Answer = Result<Granted, Error>;

impl Store {
    /// Leases tasks to workers each of which asks for one type; answers in the order asked. Within a type it is as [`Store::dequeue`].
    ///
    /// # Errors
    /// [`Error::Unavailable`] for the whole batch; for a request [`Error::KeyReused`].
    pub async fn dequeue_several(&self, requests: &[(TypeName, Dequeue)]) -> Result<Vec<Answer>, Error> {
        let mut answers: Vec<Option<Answer>> = requests.iter().map(|_| None).collect();
        let asked = Asked::of(requests);
        let mut open = asked.by_type;
        if open.len() > 1 && !has_a_key_twice(requests) && self.are_simple(&asked.types) {
            for (type_name, dequeue) in requests {
                self.see_worker(&dequeue.worker, std::slice::from_ref(type_name));
            }
            self.lease_several(requests, &asked.types, &open, &mut answers).await?;
            self.keep_open(requests, &mut open, &answers).await;
        }
        for (type_name, of_type) in open {
            let asking: Vec<Dequeue> = of_type.iter().map(|at| requests[*at].1.clone()).collect();
            match self.dequeue(std::slice::from_ref(type_name), &asking).await {
                Ok(granted) => {
                    of_type.into_iter().zip(granted).for_each(|(at, granted)| answers[at] = Some(granted));
                }
                // What was leased is answered all the same, or nobody would know of it.
                Err(_) if answers.iter().any(Option::is_some) => break,
                Err(error) => return Err(error),
            }
        }
        Ok(answers.into_iter().map(|answer| answer.unwrap_or(Ok(Granted::default()))).collect())
    }

    fn are_simple(&self, types: &[String]) -> bool {
        self.may_lease_at_once(types) && self.memory.low_water.spans(types).is_none()
    }

    /// Answers those that the one statement leases something.
    async fn lease_several(
        &self,
        requests: &[(TypeName, Dequeue)],
        types: &[String],
        by_type: &BTreeMap<&TypeName, Vec<usize>>,
        answers: &mut [Option<Answer>],
    ) -> Result<(), Error> {
        let asking: Vec<&Dequeue> = by_type.values().flatten().map(|at| &requests[*at].1).collect();
        let tokens: Vec<Uuid> =
            asking.iter().flat_map(|request| (0..request.max_tasks).map(|_| Uuid::new_v4())).collect();
        let mut firsts = Vec::with_capacity(types.len());
        let mut wanted = Capacity { types: types.to_vec(), free: Vec::with_capacity(types.len()) };
        let mut before = 0;
        for of_type in by_type.values() {
            let tasks: usize = of_type.iter().map(|at| requests[*at].1.max_tasks).sum();
            let tasks = i64::try_from(tasks).expect("a batch is bounded far below 2^63");
            firsts.push(before);
            wanted.free.push(tasks);
            before += tasks;
        }
        let slots = slots(&asking, &tokens);
        let leased = deadline(async {
            let mut connection = self.db.hot.take().await?;
            let walk =
                Walk { types, capacity: Some(wanted), firsts: Some(&firsts), in_line: true, spans: None };
            let leased = lease(connection.sql(), &walk, &slots, self.memory.shards.of_dequeues()).await?;
            self.db.hot.put_back(connection);
            Ok::<_, Error>(leased)
        });
        let leased = match leased.await {
            // Nothing was leased: type by type it is tried until it succeeds.
            Err(error) if error.is_conflict() => return Ok(()),
            Err(error) => {
                self.release_unknown(tokens, keys_of(&asking));
                return Err(error);
            }
            Ok(leased) => leased,
        };
        if !leased.is_empty() {
            self.observers.appended.notify_one();
        }
        deal(leased, requests, by_type, answers);
        Ok(())
    }

    /// Leaves open what has no answer, of types that have something free or a request that may be a repeat.
    async fn keep_open(
        &self,
        requests: &[(TypeName, Dequeue)],
        open: &mut BTreeMap<&TypeName, Vec<usize>>,
        answers: &[Option<Answer>],
    ) {
        open.retain(|_, of_type| {
            of_type.retain(|at| answers[*at].is_none());
            !of_type.is_empty()
        });
        if open.is_empty() {
            return;
        }
        let types: Vec<String> = open.keys().map(ToString::to_string).collect();
        // Where that is not to be known, each type is looked at.
        let Ok(free) = self.look_for_free(&types).await else { return };
        open.retain(|type_name, of_type| {
            let is_keyed = of_type.iter().any(|at| requests[*at].1.key.is_some());
            is_keyed || free.iter().any(|free| free.type_name == type_name.as_str())
        });
    }
}

/// The requests of each type, in the order asked.
struct Asked<'a> {
    types: Vec<String>,
    by_type: BTreeMap<&'a TypeName, Vec<usize>>,
}

impl<'a> Asked<'a> {
    fn of(requests: &'a [(TypeName, Dequeue)]) -> Self {
        let mut by_type = BTreeMap::<_, Vec<usize>>::new();
        for (at, (type_name, _)) in requests.iter().enumerate() {
            by_type.entry(type_name).or_default().push(at);
        }
        Self { types: by_type.keys().map(ToString::to_string).collect(), by_type }
    }
}

fn has_a_key_twice(requests: &[(TypeName, Dequeue)]) -> bool {
    let mut seen = HashSet::new();
    let mut keys = requests.iter().filter_map(|(_, dequeue)| dequeue.key.as_ref());
    !keys.all(|key| seen.insert(&key.key))
}

/// Deals the leased tasks out as the slots were made: by type, and by request in order.
fn deal(
    leased: Vec<LeasedTask>,
    requests: &[(TypeName, Dequeue)],
    by_type: &BTreeMap<&TypeName, Vec<usize>>,
    answers: &mut [Option<Answer>],
) {
    let mut leased_of = HashMap::<String, Vec<LeasedTask>>::new();
    for task in leased {
        leased_of.entry(task.type_name.clone()).or_default().push(task);
    }
    for (type_name, of_type) in by_type {
        let mut tasks = leased_of.remove(type_name.as_str()).unwrap_or_default().into_iter();
        for at in of_type {
            let tasks: Vec<_> = tasks.by_ref().take(requests[*at].1.max_tasks).collect();
            answers[*at] = (!tasks.is_empty()).then(|| Ok(Granted { tasks, repeated: false }));
        }
    }
}
