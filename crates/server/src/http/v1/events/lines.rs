//! Lines of progress in a stream of events: how far the jobs are that it watches.

use std::sync::Arc;

use bytes::Bytes;
use windlass_store::{EventFilter, JobProgress};
use windlass_wire as wire;

use crate::engine::{Look, Progress, Watch, Watched};

/// The lines of one stream.
pub(super) struct Lines {
    watch: Watch,
    watched: Watched,
    filter: EventFilter,
    /// The next look shows all that runs: the stream begins, or was too slow.
    all: bool,
}

impl Lines {
    /// Those of what is watched that the filter takes; its entity and state narrow events alone.
    pub(super) fn new(progress: &Arc<Progress>, watched: Watched, filter: EventFilter) -> Self {
        Self { watch: progress.watch(watched), watched, filter, all: true }
    }

    /// The lines of the next look that has any; whoever stops waiting for them loses none.
    pub(super) async fn next(&mut self) -> Bytes {
        loop {
            let (look, missed) = self.watch.next().await;
            let bytes = self.take(&look, missed);
            if !bytes.is_empty() {
                return bytes;
            }
        }
    }

    fn take(&mut self, look: &Look, missed: bool) -> Bytes {
        let all = std::mem::take(&mut self.all) || missed;
        let same = look.same.iter().filter(|_| all);
        let lines = look.changed.iter().chain(same).filter(|job| self.wants(job));
        lines.map(message).collect::<String>().into()
    }

    fn wants(&self, job: &JobProgress) -> bool {
        let watched = match self.watched {
            Watched::All => true,
            Watched::Pipeline(id) => job.pipeline_id == id,
            Watched::Job(id) => job.job_id == id,
        };
        watched
            && self.filter.pipeline_id.is_none_or(|id| job.pipeline_id == id)
            && self.filter.job_id.is_none_or(|id| job.job_id == id)
            && self.filter.type_name.as_ref().is_none_or(|of| job.type_name == *of)
    }
}

fn message(job: &JobProgress) -> String {
    let JobProgress { pipeline_id, job_id, percent, .. } = *job;
    let data = serde_json::to_string(&wire::JobProgress { pipeline_id, job_id, percent })
        .expect("the types of the contract have a JSON form");
    format!("event: progress\ndata: {data}\n\n")
}
