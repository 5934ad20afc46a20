//! How many outcomes of each disposition a job has: counters, added up by delta.

use std::collections::{BTreeMap, HashMap};

use uuid::Uuid;

use super::new_outcome::NewOutcome;
use crate::db::Session;

/// Outcomes by disposition, in the order in which the words came: the first 64 of a job have counts of their own.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    words: Vec<(String, i64)>,
    places: HashMap<String, usize>,
}

impl Tally {
    /// Counts these.
    pub(crate) fn add(&mut self, outcomes: &[NewOutcome]) {
        for outcome in outcomes {
            let word = outcome.disposition.as_str();
            if let Some(place) = self.places.get(word) {
                self.words[*place].1 += 1;
            } else {
                self.places.insert(word.to_owned(), self.words.len());
                self.words.push((word.to_owned(), 1));
            }
        }
    }
}

/// Adds these to the counts of their jobs, by ascending id. The rows stay locked until the commit, so it is the last step of a transaction. Which words a
/// job has is read on its locked row: of two calls that bring new ones the second sees those of the first.
pub(crate) async fn count_outcomes(
    connection: &mut Session,
    tallies: &BTreeMap<Uuid, Tally>,
) -> Result<(), sqlx::Error> {
    let (mut jobs, mut words, mut numbers) = (Vec::new(), Vec::new(), Vec::new());
    for (job, tally) in tallies {
        for (word, number) in &tally.words {
            jobs.push(*job);
            words.push(word.clone());
            numbers.push(*number);
        }
    }
    if jobs.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "INSERT INTO outcome_counts AS c (job_id, counts)
         SELECT job_id, windlass_add_outcomes('{}'::jsonb, array_agg(word ORDER BY place), array_agg(number ORDER BY place))
         FROM unnest($1::uuid[], $2::text[], $3::bigint[]) WITH ORDINALITY AS added (job_id, word, number, place)
         GROUP BY job_id ORDER BY job_id
         ON CONFLICT (job_id) DO UPDATE SET counts = (
             SELECT windlass_add_outcomes(c.counts, array_agg(word ORDER BY place), array_agg(number ORDER BY place))
             FROM unnest($1::uuid[], $2::text[], $3::bigint[]) WITH ORDINALITY AS added (job_id, word, number, place)
             WHERE added.job_id = excluded.job_id
         )",
        &jobs,
        &words,
        &numbers,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The counts of a job, by word.
pub(crate) async fn read_counts(
    connection: &mut Session,
    jobs: &[Uuid],
) -> Result<HashMap<Uuid, Vec<(String, i64)>>, sqlx::Error> {
    let counts = sqlx::query!(
        r#"SELECT c.job_id AS "job_id!", word AS "word!", number::bigint AS "number!"
           FROM unnest($1::uuid[]) AS asked (id)
           CROSS JOIN LATERAL (SELECT job_id, counts FROM outcome_counts WHERE job_id = asked.id OFFSET 0) c
           CROSS JOIN LATERAL jsonb_each_text(c.counts) AS counted (word, number)"#,
        jobs,
    );
    let mut by_job: HashMap<Uuid, Vec<(String, i64)>> = HashMap::new();
    for row in counts.fetch_all(connection).await? {
        by_job.entry(row.job_id).or_default().push((row.word, row.number));
    }
    Ok(by_job)
}
