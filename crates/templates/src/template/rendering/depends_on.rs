//! The jobs written out, with the edges that lead to jobs that are there.

use std::collections::HashSet;

use super::jobs::{Jobs, Made};
use super::output::Output;
use super::values::{Filler, push};
use crate::template::edges::{Edge, KeyNames, edges_of};
use crate::template::fault::Fault;
use crate::template::json::{Json, quoted};
use crate::template::place::Place;

/// The keys of the rendered jobs, in order, and those that the template knows.
struct Keys<'a> {
    all: Vec<&'a str>,
    known: HashSet<&'a str>,
    names: &'a KeyNames,
}

impl Filler<'_> {
    /// Writes the jobs as an array.
    pub(super) fn write_jobs(
        &self,
        jobs: &Jobs,
        names: &KeyNames,
        at: &Place<'_>,
        out: &mut Output<'_>,
    ) -> Result<(), Fault> {
        let all: Vec<&str> = jobs.made.iter().filter_map(|job| job.key.as_deref()).collect();
        let keys = Keys { known: all.iter().copied().collect(), all, names };
        push(out, "[")?;
        for (index, job) in jobs.made.iter().enumerate() {
            if index > 0 {
                push(out, ",")?;
            }
            self.write_job(job, &keys, at, out)?;
        }
        push(out, "]")
    }

    fn write_job(
        &self,
        job: &Made,
        keys: &Keys<'_>,
        at: &Place<'_>,
        out: &mut Output<'_>,
    ) -> Result<(), Fault> {
        if let Some(odd) = &job.odd {
            self.budget.give_back(odd.len());
            return push(out, odd);
        }
        push(out, "{")?;
        for (index, (name, json)) in job.fields.iter().enumerate() {
            if index > 0 {
                push(out, ",")?;
            }
            push(out, &format!("{}:", quoted(name)))?;
            self.budget.give_back(json.len());
            let edges = (name == "depends_on").then(|| Json::parse(json).ok()).flatten();
            match edges.as_ref().and_then(edges_of) {
                Some(edges) => self.write_edges(job, &edges, keys, at, out)?,
                None => push(out, json)?,
            }
        }
        push(out, "}")
    }

    fn write_edges(
        &self,
        job: &Made,
        edges: &[Edge],
        keys: &Keys<'_>,
        at: &Place<'_>,
        out: &mut Output<'_>,
    ) -> Result<(), Fault> {
        let by_hand: HashSet<&str> = edges.iter().filter_map(|edge| edge.key.as_deref()).collect();
        let (mut by_star, mut first) = (HashSet::new(), true);
        push(out, "[")?;
        for (number, edge) in edges.iter().enumerate() {
            // Each is compared with all jobs, and no expression stands between them.
            self.check_time()?;
            for parent in parents(edge, job, keys) {
                let written = match parent {
                    Parent::Of(key) if by_hand.contains(key) || !by_star.insert(key) => continue,
                    Parent::Of(key) => edge.to(key),
                    Parent::AsWritten => edge.as_written(),
                    Parent::Nothing => return Err(names_nothing(edge, job, number, at)),
                };
                if !std::mem::take(&mut first) {
                    push(out, ",")?;
                }
                push(out, &written)?;
            }
        }
        push(out, "]")
    }
}

/// What an edge leads to.
enum Parent<'a> {
    /// One of the jobs that begin as it says.
    Of(&'a str),
    /// The job that it names, if it names one.
    AsWritten,
    /// No job of the template.
    Nothing,
}

fn parents<'a>(edge: &Edge, job: &Made, keys: &Keys<'a>) -> Vec<Parent<'a>> {
    let Some(key) = edge.key.as_deref() else { return vec![Parent::AsWritten] };
    let found: Vec<Parent<'a>> = match key.strip_suffix('*') {
        Some(beginning) => {
            let others = keys.all.iter().filter(|other| job.key.as_deref() != Some(**other));
            others.filter(|other| other.starts_with(beginning)).map(|other| Parent::Of(other)).collect()
        }
        None if keys.known.contains(key) => vec![Parent::AsWritten],
        None => Vec::new(),
    };
    let is_own = |name: &str| key.ends_with('*') && job.key.as_deref() == Some(name);
    match found.is_empty() {
        true if keys.names.name(key, is_own) => Vec::new(),
        // A job of which the template does not tell the key may be meant; whoever reads the body finds out.
        true if keys.names.are_open() && !key.ends_with('*') => vec![Parent::AsWritten],
        true if keys.names.are_open() => Vec::new(),
        true => vec![Parent::Nothing],
        false => found,
    }
}

fn names_nothing(edge: &Edge, job: &Made, number: usize, at: &Place<'_>) -> Fault {
    let key = edge.key.as_deref().unwrap_or_default();
    let detail = format!("names {key}, which is no job of the template");
    match job.origin {
        Some(index) => Fault::new(at.item(index).field("depends_on").item(number), detail),
        None => Fault::new(at, detail),
    }
}
