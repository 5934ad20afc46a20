//! `POST /v1/jobs/{id}/tasks`.

use super::{Model, Refusal};

impl Model {
    pub(crate) fn add_tasks(&mut self, job: usize, due: &[u64]) -> Result<(), Refusal> {
        if !self.takes_tasks(job) {
            return Err(Refusal::conflict("job_sealed"));
        }
        self.push_tasks(job, due);
        self.touched.insert(self.jobs[job].pipeline);
        Ok(())
    }

    pub(super) fn takes_tasks(&self, job: usize) -> bool {
        !self.jobs[job].seal.is_on()
    }
}
