//! `GET /v1/keys` and `GET /v1/keys/{id}`.

use serde_json::{Value, json};
use uuid::Uuid;
use windlass_tests::{BOOTSTRAP, TestApp, id, text};

fn names(page: &Value) -> Vec<&str> {
    page["items"].as_array().unwrap().iter().map(|key| key["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn keys_are_listed_newest_first_and_by_name_and_the_bootstrap_key_is_not_among_them() {
    let app = TestApp::start_keyed(1).await;
    for name in ["a", "b", "a", "c"] {
        app.new_key_of(name, &["read"]).await;
    }
    let list = |query: &str| {
        let path = format!("/v1/keys{query}");
        let app = &app;
        async move { app.get_by(BOOTSTRAP, &path).await.expect(200) }
    };
    assert_eq!(names(&list("").await), ["c", "a", "b", "a"]);
    assert_eq!(names(&list("?name=a").await), ["a", "a"]);
    assert_eq!(names(&list("?name=bootstrap").await), Vec::<&str>::new());
    assert_eq!(names(&list("?name=A").await), Vec::<&str>::new());
    app.finish().await;
}

#[tokio::test]
async fn pages_of_keys_lead_to_each_other() {
    let app = TestApp::start_keyed(1).await;
    for _ in 0..5 {
        app.new_key_of("a", &["read"]).await;
    }
    app.new_key_of("b", &["read"]).await;
    for (query, expected) in [("", 6), ("&name=a", 5)] {
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let path = format!("/v1/keys?limit=2{query}{cursor}");
            let page = app.get_by(BOOTSTRAP, &path).await.expect(200);
            seen.extend(page["items"].as_array().unwrap().iter().map(|key| id(key).to_owned()));
            let Some(next) = page["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(seen.len(), expected);
        assert!(seen.windows(2).all(|pair| pair[0] > pair[1]), "newest first, each once: {seen:?}");
    }
    for wrong in ["?limit=0", "?limit=501", "?cursor=x", "?names=a", "?name="] {
        app.get_by(BOOTSTRAP, &format!("/v1/keys{wrong}")).await.problem(400, "malformed_request");
    }
    app.finish().await;
}

#[tokio::test]
async fn no_list_and_no_key_shows_a_text() {
    let app = TestApp::start_keyed(1).await;
    let made = app.new_key_of("a", &["admin"]).await;
    let list = app.get_by(BOOTSTRAP, "/v1/keys").await;
    let one = app.get_by(BOOTSTRAP, &format!("/v1/keys/{}", id(&made))).await;
    for answer in [&list, &one] {
        answer.has(200);
        assert!(!answer.text.contains(&text(&made)[11..]), "{}", answer.text);
    }
    app.finish().await;
}

#[tokio::test]
async fn a_key_that_is_not_there_is_not_found() {
    let app = TestApp::start_keyed(1).await;
    for id in [Uuid::nil().to_string(), "bootstrap".to_owned(), "1".to_owned()] {
        app.get_by(BOOTSTRAP, &format!("/v1/keys/{id}")).await.problem(404, "key_not_found");
        for verb in ["rotate", "revoke"] {
            let path = format!("/v1/keys/{id}/{verb}");
            app.post_by(BOOTSTRAP, &path, json!({})).await.problem(404, "key_not_found");
            // Its absence comes before what is wrong with the body.
            app.post_by(BOOTSTRAP, &path, json!({"x": 1})).await.problem(404, "key_not_found");
        }
    }
    app.finish().await;
}

#[tokio::test]
async fn keys_are_for_admins_alone() {
    let app = TestApp::start_keyed(1).await;
    let key = app.new_key_of("all but admin", &["read", "produce", "work", "operate"]).await;
    let path = format!("/v1/keys/{}", id(&key));
    app.get_by(text(&key), "/v1/keys").await.problem(403, "forbidden");
    app.get_by(text(&key), &path).await.problem(403, "forbidden");
    let made = json!({"name": "more", "scopes": ["admin"]});
    app.post_by(text(&key), "/v1/keys", made).await.problem(403, "forbidden");
    app.post_by(text(&key), &format!("{path}/rotate"), json!({})).await.problem(403, "forbidden");
    app.post_by(text(&key), &format!("{path}/revoke"), json!({})).await.problem(403, "forbidden");
    app.finish().await;
}
