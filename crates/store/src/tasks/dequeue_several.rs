//! Dequeues of one type each, of several types, in one statement and one commit.
//!
//! A variant of the statement of `dequeue.rs` takes of each type as many tasks as its requests want. It waits for no job that somebody holds, and is for
//! what is simple: requests for a type with a limit, behind stale tasks, that may be repeats, or that got nothing although something is free are left to
//! [`Store::dequeue`], so that no type waits for another one.

use std::collections::{BTreeMap, HashMap, HashSet};

use uuid::Uuid;
use windlass_domain::TypeName;

use super::dequeue::{Walk, lease, slots};
use super::dequeue_keys::{Granted, keys_of};
use super::made::Made;
use crate::db::deadline;
use crate::input::Dequeue;
use crate::queues::Capacity;
use crate::view::LeasedTask;
use crate::{Error, Store};

/// The requests of each type, in the order asked.
type ByType<'a> = BTreeMap<&'a TypeName, Vec<usize>>;

impl Store {
    /// Leases tasks to workers each of which asks for one type; answers in the order asked. Within a type it is as [`Store::dequeue`]; `None` where
    /// that is to be asked instead.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn dequeue_several(
        &self,
        requests: &[(TypeName, Dequeue)],
    ) -> Result<Vec<Option<Granted>>, Error> {
        let mut answers: Vec<Option<Granted>> = requests.iter().map(|_| None).collect();
        let mut by_type = ByType::new();
        for (at, (type_name, _)) in requests.iter().enumerate() {
            by_type.entry(type_name).or_default().push(at);
        }
        by_type.retain(|type_name, _| self.is_simple(&type_name.to_string()));
        if by_type.is_empty() || has_a_key_twice(requests) {
            return Ok(answers);
        }
        for at in by_type.values().flatten() {
            let (type_name, dequeue) = &requests[*at];
            self.see_worker(&dequeue.worker, std::slice::from_ref(type_name));
        }
        if self.lease_several(requests, &by_type, &mut answers).await? {
            self.answer_empty(requests, by_type, &mut answers).await;
        }
        Ok(answers)
    }

    fn is_simple(&self, type_name: &String) -> bool {
        let types = std::slice::from_ref(type_name);
        self.may_lease_at_once(types) && self.memory.low_water.spans(types).is_none()
    }

    /// Answers those for whom the one statement leases something; whether it could be run.
    async fn lease_several(
        &self,
        requests: &[(TypeName, Dequeue)],
        by_type: &ByType<'_>,
        answers: &mut [Option<Granted>],
    ) -> Result<bool, Error> {
        let types: Vec<String> = by_type.keys().map(ToString::to_string).collect();
        let asking: Vec<&Dequeue> = by_type.values().flatten().map(|at| &requests[*at].1).collect();
        let tokens: Vec<Uuid> =
            asking.iter().flat_map(|request| (0..request.max_tasks).map(|_| Uuid::new_v4())).collect();
        let mut firsts = Vec::with_capacity(types.len());
        let mut wanted = Capacity { types: types.clone(), free: Vec::with_capacity(types.len()) };
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
            let walk = Walk {
                made: Made::Anywhere,
                types: &types,
                capacity: Some(wanted),
                firsts: Some(&firsts),
                in_line: true,
                spans: None,
            };
            let leased = lease(connection.sql(), &walk, &slots, self.memory.shards.of_dequeues()).await?;
            self.db.hot.put_back(connection);
            Ok::<_, Error>(leased)
        });
        let leased = match leased.await {
            // Nothing was leased; by type it is tried until it succeeds.
            Err(error) if error.is_conflict() => return Ok(false),
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
        Ok(true)
    }

    /// Answers those who got nothing because there is nothing: of a type without a free task, and no repeat.
    async fn answer_empty(
        &self,
        requests: &[(TypeName, Dequeue)],
        by_type: ByType<'_>,
        answers: &mut [Option<Granted>],
    ) {
        let is_open = |at: &usize| answers[*at].is_none() && requests[*at].1.key.is_none();
        let open: Vec<usize> = by_type.into_values().flatten().filter(is_open).collect();
        let types: HashSet<String> = open.iter().map(|at| requests[*at].0.to_string()).collect();
        if types.is_empty() {
            return;
        }
        // Where that is not to be known, each type is asked.
        let Ok(free) = self.look_for_free(Made::Anywhere, &types.into_iter().collect::<Vec<_>>()).await
        else {
            return;
        };
        let free: HashSet<&str> = free.iter().map(|free| free.type_name.as_str()).collect();
        for at in open {
            if !free.contains(requests[at].0.as_str()) {
                answers[at] = Some(Granted::default());
            }
        }
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
    by_type: &ByType<'_>,
    answers: &mut [Option<Granted>],
) {
    let mut leased_of = HashMap::<String, Vec<LeasedTask>>::new();
    for task in leased {
        leased_of.entry(task.type_name.clone()).or_default().push(task);
    }
    for (type_name, of_type) in by_type {
        let mut tasks = leased_of.remove(type_name.as_str()).unwrap_or_default().into_iter();
        for at in of_type {
            let tasks: Vec<_> = tasks.by_ref().take(requests[*at].1.max_tasks).collect();
            answers[*at] = (!tasks.is_empty()).then_some(Granted { tasks, repeated: false });
        }
    }
}
