//! The dashboard beside the API.

use axum::body::Body;
use axum::http::Request;
use tempfile::TempDir;

use super::support::{Answer, TestApi};
use crate::ApiConfig;

const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

fn built() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    std::fs::create_dir(directory.path().join("assets")).unwrap();
    let write = |name, text| std::fs::write(directory.path().join(name), text).unwrap();
    write("index.html", "<h1>hello</h1>");
    write("assets/app-1a2b.js", "export {}");
    directory
}

fn with_dashboard(directory: &TempDir) -> TestApi {
    let config = ApiConfig {
        dashboard_dir: Some(directory.path().to_owned()),
        ..ApiConfig::default()
    };
    TestApi::without_database_and(config)
}

async fn ask(api: &TestApi, path: &str, accept: &str) -> Answer {
    let request = Request::get(path).header("accept", accept);
    api.ask(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn the_front_door_shows_people_the_page_and_machines_the_welcome() {
    let directory = built();
    let api = with_dashboard(&directory);
    let page = ask(&api, "/", BROWSER).await;
    assert_eq!(page.body, b"<h1>hello</h1>");
    assert_eq!(page.header("cache-control"), Some("no-cache"));
    assert!(page.header("content-security-policy").is_some());
    let welcome = ask(&api, "/", "*/*").await;
    assert_eq!(welcome.json()["name"], "telemetron");
    assert_eq!(welcome.json()["dashboard"], "open / in a browser");
    for answer in [page, welcome] {
        let vary = answer.headers.get_all("vary").iter();
        assert!(vary.into_iter().any(|vary| vary == "accept"));
    }
}

#[tokio::test]
async fn links_into_the_dashboard_lead_to_the_page_and_mistakes_of_machines_do_not() {
    let directory = built();
    let api = with_dashboard(&directory);
    let link = ask(&api, "/traces/67e5504410b1426f9247bb680e5fe0c8", BROWSER).await;
    assert_eq!(
        (link.status.as_u16(), link.body),
        (200, b"<h1>hello</h1>".to_vec())
    );
    for (path, accept) in [
        ("/api/v1/nothing", BROWSER),
        ("/assets/gone-3c4d.js", BROWSER),
        ("/traces/x", "*/*"),
    ] {
        assert_eq!(ask(&api, path, accept).await.status, 404, "{path}");
    }
    assert_eq!(ask(&api, "/health", BROWSER).await.json()["status"], "ok");
}

#[tokio::test]
async fn files_with_a_hash_in_their_name_are_kept() {
    let directory = built();
    let api = with_dashboard(&directory);
    let file = ask(&api, "/assets/app-1a2b.js", "*/*").await;
    assert_eq!(file.body, b"export {}");
    assert_eq!(
        file.header("cache-control"),
        Some("public, max-age=31536000, immutable")
    );
}

#[tokio::test]
async fn without_a_dashboard_the_welcome_says_how_to_build_it() {
    let api = TestApi::without_database();
    let welcome = ask(&api, "/", BROWSER).await.json();
    let dashboard = welcome["dashboard"].as_str().unwrap();
    assert!(dashboard.contains("npm run build"), "{dashboard}");
}

#[test]
fn a_directory_without_a_page_is_refused_with_what_to_do() {
    let directory = tempfile::tempdir().unwrap();
    let refusal = crate::dashboard::built(&directory.path().display().to_string()).unwrap_err();
    assert!(refusal.contains("npm run build"), "{refusal}");
    let directory = built();
    assert!(crate::dashboard::built(&directory.path().display().to_string()).is_ok());
}
