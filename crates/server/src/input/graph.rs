//! The graph that the jobs of one request form, as far as they can be read: keys, edges, cycles.
//!
//! It is built beside the jobs themselves, so that a job with another fault still takes part and all faults are
//! found at once.

use std::cell::Cell;
use std::collections::{HashMap, HashSet};

use windlass_domain::{JobKey, Limits, When, order_parents_first};
use windlass_store::Dependency;

use super::json::{Fault, Field, Findings};

/// Whether an edge may lead to a job that the request does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// The request holds the whole pipeline.
    Whole,
    /// The pipeline has jobs already; the store knows them.
    Added,
}

/// The jobs' keys and edges, in the order of the request.
#[derive(Debug, Default)]
pub(super) struct Graph {
    jobs: Vec<Node>,
}

#[derive(Debug, Default)]
struct Node {
    key: Option<String>,
    parents: Vec<(String, String)>,
}

impl Graph {
    /// Adds a job as far as it could be read; `parents` are keys with the pointers of their edges.
    pub(super) fn add(&mut self, key: Option<&JobKey>, parents: Vec<(String, String)>) {
        self.jobs.push(Node { key: key.map(|key| key.as_str().to_owned()), parents });
    }

    /// Notes double keys, unknown parents and the first cycle; `jobs` is the array that holds them all.
    pub(super) fn check(&self, jobs: Field<'_>, scope: Scope) {
        let at = jobs.at();
        let index = self.index(|job, key| {
            jobs.findings().note(
                Fault::DuplicateKey,
                format_args!("{at}/{job}/key"),
                format_args!("is {key}, as another job's"),
            );
        });
        if scope == Scope::Whole {
            self.refuse_unknown(&index, jobs.findings());
        }
        self.refuse_cycle(&index, jobs);
    }

    fn index(&self, double: impl Fn(usize, &str)) -> HashMap<&str, usize> {
        let mut index = HashMap::new();
        for (job, node) in self.jobs.iter().enumerate() {
            let Some(key) = node.key.as_deref() else { continue };
            if index.contains_key(key) {
                double(job, key);
            } else {
                index.insert(key, job);
            }
        }
        index
    }

    fn refuse_unknown(&self, index: &HashMap<&str, usize>, findings: &Findings) {
        for (parent, pointer) in self.jobs.iter().flat_map(|node| &node.parents) {
            if !index.contains_key(parent.as_str()) {
                findings.note(
                    Fault::UnknownDependency,
                    pointer,
                    format_args!("names {parent}, which is no job of the pipeline"),
                );
            }
        }
    }

    fn refuse_cycle(&self, index: &HashMap<&str, usize>, jobs: Field<'_>) {
        let known = |node: &Node| {
            node.parents.iter().filter_map(|(key, _)| index.get(key.as_str()).copied()).collect()
        };
        let parents: Vec<Vec<usize>> = self.jobs.iter().map(known).collect();
        if let Err(cycle) = order_parents_first(&parents) {
            let keys = cycle.0.iter().filter_map(|job| self.jobs[*job].key.clone()).collect();
            let first = cycle.0.first().copied().unwrap_or_default();
            jobs.findings().cycle(format_args!("{}/{first}/depends_on", jobs.at()), keys);
        }
    }
}

/// The edges of one job, and each with its pointer for the graph.
pub(super) struct EdgeReader {
    of_a_job: usize,
    most: usize,
    read: Cell<usize>,
}

impl EdgeReader {
    /// A reader for one call.
    pub(super) fn new(limits: &Limits) -> Self {
        Self { of_a_job: limits.jobs_per_pipeline, most: limits.edges_per_pipeline, read: Cell::new(0) }
    }

    /// The edges of one job, as many as the pipeline may have; `pointers` gets the parents' keys and where they are named. What comes after
    /// the pipeline has too many is not read.
    pub(super) fn read(
        &self,
        field: Field<'_>,
        pointers: &mut Vec<(String, String)>,
    ) -> Option<Vec<Dependency>> {
        if self.read.get() > self.most {
            return None;
        }
        let mut seen = HashSet::new();
        let edges = field.each(0..=self.of_a_job, |edge, _| {
            let dependency = read_dependency(edge)?;
            if !seen.insert(dependency.job.clone()) {
                return edge.refuse(format_args!("names {} a second time", dependency.job));
            }
            pointers.push((dependency.job.as_str().to_owned(), edge.at().to_string()));
            Some(dependency)
        })?;
        self.read.set(self.read.get() + edges.len());
        if self.read.get() > self.most {
            return field.refuse(format_args!("makes it more than {} edges in one pipeline", self.most));
        }
        Some(edges)
    }
}

fn read_dependency(edge: Field<'_>) -> Option<Dependency> {
    if edge.is_string() {
        return Some(Dependency { job: edge.text(JobKey::parse)?, when: When::Succeeded });
    }
    edge.object(|object| {
        let job = object.required("job", |field| field.text(JobKey::parse));
        let when =
            object.present("when", |field| field.word(When::parse, "succeeded, failed, finished, always"));
        Some(Dependency { job: job?, when: when.unwrap_or_default() })
    })
}
