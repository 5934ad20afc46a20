//! Lists by metadata touch what the rarest condition finds, however common the others are.

use windlass_domain::PipelineState;
use windlass_store::testing::TestDatabase;
use windlass_store::{Paging, PipelineFilter, Store};

use super::large;
use super::notices::Notices;

/// 40,000 pipelines. All have one text in common; every second one the other of two, so that `even` and `odd` never meet; each a text of its own;
/// and the first alone has the text `only`. Ten are of a rare template, half of a common one.
const ROWS: &str = "
    CREATE FUNCTION an_id(number int) RETURNS uuid LANGUAGE sql IMMUTABLE AS
        $$ SELECT ('01900000-0000-7000-8000-' || lpad(to_hex(number), 12, '0'))::uuid $$;
    INSERT INTO pipelines (id, name, state, priority, paused, sealed, fail_fast, correlation_id, created_at, started_at, ended_at, jobs_open)
    SELECT an_id(n), 'name-' || n % 100, CASE WHEN n < 20 THEN 'failed' ELSE 'succeeded' END, 2, false, true, false, 'correlation-' || n,
        windlass_now(), windlass_now(), windlass_now(), 0
    FROM generate_series(1, 40000) n;
    INSERT INTO pipeline_metadata
    SELECT an_id(n), json_build_object('env', 'prod', CASE WHEN n % 2 = 0 THEN 'even' ELSE 'odd' END, 'yes', 'own', n::text, 'n', n,
        CASE WHEN n = 1 THEN 'only' ELSE 'else' END, '')::text
    FROM generate_series(1, 40000) n;
    INSERT INTO pipeline_templates
    SELECT an_id(n), CASE WHEN n <= 10 THEN 'rare' ELSE 'common' END, 1, '{}' FROM generate_series(1, 40000) n WHERE n <= 10 OR n % 2 = 0;";

/// Rows of a page's pipelines, of which twice as many are looked at: each with its metadata and its texts.
const PAGE: f64 = 102.0 * 8.0;
/// Entries that are counted of each condition where there is a choice.
const COUNTED: f64 = 10_000.0;
/// What the 400 pipelines of one name cost: each is counted, walked, and asked for its template.
const NAMED: f64 = 400.0 * 3.0;
/// What a walk along 20,000 entries touches: the entry, and a probe for another text.
const HALF: f64 = 20_000.0 * 2.0;

#[tokio::test]
async fn a_list_by_metadata_touches_what_its_rarest_condition_finds() {
    let notices = Notices::catch();
    let database = TestDatabase::create().await;
    let mut faults = Vec::new();
    let early = notices.store(&database).await;
    list_all(&early, &notices, "empty tables", &mut Vec::new()).await;
    sqlx::raw_sql(ROWS).execute(&mut database.connect().await).await.unwrap();
    list_all(&early, &notices, "plans made over empty tables", &mut faults).await;
    early.close().await;
    large::analyze(&mut database.connect().await).await;
    let store = notices.store(&database).await;
    list_all(&store, &notices, "analyzed tables", &mut faults).await;
    store.close().await;
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    database.finish_without_check().await;
}

/// The conditions, how many pipelines a page of 50 has of them, and how many rows it may touch.
fn lists() -> Vec<(PipelineFilter, usize, f64)> {
    let by = |texts: &[(&str, &str)]| {
        let metadata = texts.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        PipelineFilter { metadata, ..PipelineFilter::default() }
    };
    let prod = || by(&[("env", "prod")]);
    let of = |template: &str| Some(template.to_owned());
    vec![
        (prod(), 50, PAGE),
        (by(&[("only", "")]), 1, PAGE),
        (by(&[("env", "test")]), 0, PAGE),
        (by(&[("n", "7")]), 0, PAGE),
        (by(&[("env", "prod"), ("own", "77")]), 1, PAGE + COUNTED),
        (by(&[("only", ""), ("even", "yes")]), 0, PAGE + COUNTED),
        (by(&[("env", "prod"), ("even", "yes")]), 50, PAGE + 2.0 * COUNTED),
        (by(&[("even", "yes"), ("odd", "yes")]), 0, PAGE + 2.0 * COUNTED + HALF),
        (PipelineFilter { correlation_id: Some("correlation-5".to_owned()), ..prod() }, 1, PAGE + COUNTED),
        (PipelineFilter { name: Some("name-5".to_owned()), ..prod() }, 50, PAGE + 2.0 * COUNTED),
        (PipelineFilter { state: Some(PipelineState::Failed), ..prod() }, 19, PAGE + COUNTED),
        (PipelineFilter { template: of("rare"), ..PipelineFilter::default() }, 10, PAGE),
        (PipelineFilter { template: of("common"), ..PipelineFilter::default() }, 50, PAGE),
        (PipelineFilter { template: of("none"), ..PipelineFilter::default() }, 0, PAGE),
        (PipelineFilter { template: of("rare"), ..prod() }, 10, PAGE + COUNTED),
        (
            PipelineFilter { template: of("common"), name: Some("name-5".to_owned()), ..by(&[]) },
            0,
            PAGE + COUNTED + NAMED,
        ),
    ]
}

async fn list_all(store: &Store, notices: &Notices, over: &str, faults: &mut Vec<String>) {
    notices.take();
    for (filter, expected, bound) in lists() {
        let page = store.list_pipelines(&filter, Paging { after: None, limit: 50 }).await.unwrap();
        let ran = notices.take();
        let touched: f64 = ran.iter().map(|ran| ran.plan.touched()).sum();
        if touched > bound || page.items.len() != expected {
            faults.push(format!("over {over}, {} by {filter:?} touched {touched} rows", page.items.len()));
        }
    }
}
