//! Where people come in.

use windlass_tests::TestApp;

use super::reader::Reader;

#[tokio::test]
async fn the_root_sends_people_to_the_pages_and_nobody_else() {
    let app = TestApp::start().await;
    let reader = Reader::at(&app, 0);
    let answer = reader.look("/").await;
    assert_eq!((answer.status().as_u16(), answer.headers()["location"].to_str().unwrap()), (303, "/ui/"));
    app.get("/").await.problem(404, "route_not_found");
    app.finish().await;
}

#[tokio::test]
async fn the_log_in_page_and_its_files_need_no_key() {
    let app = TestApp::start_with_keys().await;
    let reader = Reader::at(&app, 0);
    let page = reader.look("/ui/login").await;
    assert_eq!(page.status(), 200);
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("script-src 'self';") && policy.contains("frame-ancestors 'none'"), "{policy}");
    assert_eq!(page.headers()["x-content-type-options"], "nosniff");
    let text = page.text().await.unwrap();
    let files: Vec<&str> =
        text.split("/ui/assets/").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(files.len() >= 2, "a style and a script: {text}");
    for file in files {
        let answer = reader.look(&format!("/ui/assets/{file}")).await;
        assert_eq!(answer.status(), 200, "{file}");
        assert_eq!(answer.headers()["content-security-policy"], policy.as_str(), "{file}");
    }
    app.finish().await;
}

#[tokio::test]
async fn every_page_has_one_heading_and_lets_nothing_of_others_in() {
    let app = TestApp::start().await;
    let reader = Reader::at(&app, 0);
    for page in [
        "",
        "pipelines",
        "tasks",
        "queues",
        "workers",
        "templates",
        "schedules",
        "webhooks",
        "outcomes",
        "events",
        "system",
        "keys",
    ] {
        let answer = reader.look(&format!("/ui/{page}")).await;
        assert_eq!(answer.status(), 200, "{page}");
        let headers = answer.headers();
        assert_eq!(headers["referrer-policy"], "same-origin");
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("default-src 'none'") && policy.contains("script-src 'self'"), "{policy}");
        let text = answer.text().await.unwrap();
        assert_eq!(text.matches("<h1").count(), 1, "{page}");
        assert!(!text.contains("//cdn") && !text.contains("https://"), "{page}");
    }
    for (path, status) in [
        ("/ui/nowhere", 404),
        ("/ui/pipelines/0190f3a2-6b1c-7d3e-8f00-aabbccddeeff", 404),
        ("/ui/pipelines?state=no", 400),
    ] {
        let answer = reader.look(path).await;
        assert_eq!(answer.status(), status, "{path}");
        let text = answer.text().await.unwrap();
        assert!(text.contains("role=\"alert\"") && text.contains(&status.to_string()), "{text}");
    }
    app.finish().await;
}
