//! Lists: filters, bounds, order.

use serde_json::{Value, json};
use windlass_tests::{Answer, id};

use super::support::{Jobnik, V1, invalid};

fn ids(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(id).collect()
}

#[tokio::test]
async fn jobs_are_listed_oldest_first_by_name_priority_and_time() {
    let jobnik = Jobnik::start().await;
    let mut jobs = Vec::new();
    for (name, priority) in [("one", "LOW"), ("two", "HIGH"), ("one", "HIGH")] {
        jobs.push(jobnik.job_with(json!({"name": name, "data": {}, "priority": priority})).await);
        jobnik.0.advance(1).await;
    }
    let stage = jobnik.stage(&jobs[0], "resize").await;
    let list = async |query: &str| jobnik.0.get(&format!("{V1}/jobs{query}")).await.expect(200);
    assert_eq!(ids(&list("").await), jobs.iter().map(id).collect::<Vec<_>>());
    assert_eq!(ids(&list("?job_name=one&priority=HIGH").await), [id(&jobs[2])]);
    let at = |job: &Value| job["creationTime"].as_str().unwrap().to_owned();
    assert_eq!(
        ids(&list(&format!("?from_date={}&end_date={}", at(&jobs[1]), at(&jobs[1]))).await),
        [id(&jobs[1])]
    );
    let encoded = at(&jobs[1]).replace(':', "%3A");
    assert_eq!(ids(&list(&format!("?from_date={encoded}")).await).len(), 2);
    let with = list("?should_return_stages=true").await;
    assert_eq!((&with[0]["stages"], &with[1]["stages"]), (&json!([stage]), &json!([])));
    assert_eq!(list("").await[0].get("stages"), None);
    jobnik.0.finish().await;
}

#[tokio::test]
async fn stages_and_tasks_are_listed_by_what_they_are_of() {
    let jobnik = Jobnik::start().await;
    let job = jobnik.job("tiles").await;
    let (one, two) = (jobnik.stage(&job, "one").await, jobnik.stage(&job, "two").await);
    let other = jobnik.job("other").await;
    let three = jobnik.stage(&other, "one").await;
    let stages = async |query: &str| jobnik.0.get(&format!("{V1}/stages{query}")).await.expect(200);
    assert_eq!(ids(&stages("").await), [id(&one), id(&two), id(&three)]);
    assert_eq!(ids(&stages(&format!("?job_id={}", id(&job))).await), [id(&one), id(&two)]);
    assert_eq!(ids(&stages("?stage_type=one").await), [id(&one), id(&three)]);
    assert_eq!(ids(&stages("?stage_operation_status=CREATED").await), [id(&two)]);

    let tasks = jobnik.tasks(&one, 3, 2).await;
    let leased = jobnik.dequeue("one").await;
    jobnik.fail(&leased).await;
    let list = async |query: &str| jobnik.0.get(&format!("{V1}/tasks{query}")).await.expect(200);
    assert_eq!(ids(&stages(&format!("?job_id={}&stage_type=two", id(&job))).await), [id(&two)]);
    assert!(ids(&stages(&format!("?job_id={}&stage_type=two", id(&other))).await).is_empty());
    assert!(ids(&list(&format!("?stage_id={}&stage_type=two", id(&one))).await).is_empty());
    assert_eq!(ids(&list("").await), tasks.iter().map(id).collect::<Vec<_>>());
    assert_eq!(ids(&list(&format!("?stage_id={}&status=RETRIED", id(&one))).await), [id(&leased)]);
    assert_eq!(ids(&list("?stage_type=one&status=PENDING").await).len(), 2);
    assert!(ids(&list("?stage_type=two").await).is_empty());
    assert!(ids(&list("?from_date=2999-01-01T00:00:00Z").await).is_empty());
    let nested = stages("?stage_type=one&should_return_tasks=true").await;
    assert_eq!(ids(&nested[0]["tasks"]).len(), 3);
    jobnik.0.finish().await;
}

#[tokio::test]
async fn a_list_gives_ten_thousand_rows_and_says_when_there_were_more() {
    let jobnik = Jobnik::start().await;
    let job = jobnik.job("tiles").await;
    let stage = jobnik.stage(&job, "resize").await;
    let get = async |path: &str| jobnik.0.get(&format!("{V1}/{path}")).await;
    let rows = |answer: &Answer| answer.expect(200).as_array().unwrap().len();
    jobnik.tasks(&stage, 10_000, 1).await;
    let path = format!("stages/{}/tasks", id(&stage));
    for list in ["tasks", path.as_str()] {
        let all = get(list).await;
        assert_eq!((rows(&all), all.header("x-truncated")), (10_000, None), "{list}");
    }
    // The stage is a row as well.
    let nested = get("stages?should_return_tasks=true").await;
    assert_eq!(nested.header("x-truncated"), Some("true"));
    assert_eq!(nested.expect(200)[0]["tasks"].as_array().unwrap().len(), 9_999);
    jobnik.tasks(&stage, 1, 1).await;
    for list in ["tasks", path.as_str()] {
        let cut = get(list).await;
        assert_eq!((rows(&cut), cut.header("x-truncated")), (10_000, Some("true")), "{list}");
    }
    let more = vec![json!({"data": {}}); 10_001];
    invalid(&jobnik.add_tasks(&stage, json!(more)).await);
    jobnik.0.finish().await;
}

#[tokio::test]
async fn a_list_that_is_cut_has_the_oldest_tasks_of_all_stages() {
    let jobnik = Jobnik::start().await;
    let job = jobnik.job("tiles").await;
    let (one, two) = (jobnik.stage(&job, "resize").await, jobnik.stage(&job, "resize").await);
    let mut added = jobnik.tasks(&two, 4_000, 1).await;
    added.extend(jobnik.tasks(&one, 4_000, 1).await);
    added.extend(jobnik.tasks(&two, 4_000, 1).await);
    let oldest: Vec<_> = added[..10_000].iter().map(id).collect();
    for list in ["tasks", "tasks?stage_type=resize", "tasks?status=PENDING"] {
        let cut = jobnik.0.get(&format!("{V1}/{list}")).await;
        assert_eq!(cut.header("x-truncated"), Some("true"), "{list}");
        assert!(ids(&cut.expect(200)) == oldest, "{list}");
    }
    jobnik.0.finish().await;
}

#[tokio::test]
async fn a_list_ends_at_64_mebibytes() {
    let jobnik = Jobnik::start().await;
    let job = jobnik.job("tiles").await;
    let stage = jobnik.stage(&job, "resize").await;
    let data = json!({"a": "x".repeat(1_048_576 - 8)});
    for _ in 0..7 {
        jobnik.add_tasks(&stage, json!(vec![json!({"data": data}); 10])).await.expect(201);
    }
    let list = jobnik.0.get(&format!("{V1}/tasks")).await;
    assert_eq!(list.header("x-truncated"), Some("true"));
    assert_eq!(list.expect(200).as_array().unwrap().len(), 64);
    jobnik.0.finish().await;
}
