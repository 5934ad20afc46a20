//! The plan of a retry, with the jobs that run again because they lose tasks, and what is lost because they run again.
//!
//! Pure, over what the retry holds. A job that runs its succeeded tasks again takes back what their completions had added; a job that has ended and
//! loses tasks so, unless it was cancelled or skipped by hand, runs again with all that is below it, which takes back what its own had added.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::below::below;
use super::plan::Plan;
use super::scope::Tasks;
use super::whole::Whole;
use crate::jobs::LockedJob;
use crate::origins::lost;
use crate::work::Interrupt;

/// Plans the return of `seeds`, each with its tasks, what hangs on them, and what is taken back.
pub(crate) fn plan(whole: &Whole, seeds: &HashMap<Uuid, Tasks>) -> Result<Plan, Interrupt> {
    let plan = plan_with_losses(whole, seeds.clone());
    // A job that ended between the locks and the look is not held: begin again.
    if plan.changes().all(|id| whole.held.contains(&id)) { Ok(plan) } else { Err(Interrupt::Widen) }
}

/// Ends, because each turn adds a job that runs again as a whole.
fn plan_with_losses(whole: &Whole, mut seeds: HashMap<Uuid, Tasks>) -> Plan {
    loop {
        let mut plan = Plan::new(&whole.jobs, &whole.edges, &seeds);
        let again: HashSet<Uuid> =
            plan.back.values().filter(|back| back.tasks == Tasks::All).map(|back| back.job.id).collect();
        let mut losses = lost(&whole.added, &again);
        let before = seeds.clone();
        for job in &whole.jobs {
            let loses_tasks = losses.get(&job.id).is_some_and(|lost| !lost.origins.is_empty());
            if loses_tasks && follows(job) && !again.contains(&job.id) {
                seeds.insert(job.id, Tasks::All);
                seeds.extend(below(whole, job.id));
            }
        }
        if seeds == before {
            plan.lose(
                whole.jobs.iter().filter_map(|job| Some((job.id, (job.clone(), losses.remove(&job.id)?)))),
            );
            return plan;
        }
    }
}

fn follows(job: &LockedJob) -> bool {
    job.state.has_ended() && !job.by_hand
}
