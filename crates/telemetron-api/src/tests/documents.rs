//! What the API says of itself.

use serde_json::Value;

use super::support::TestApi;

#[tokio::test]
async fn the_openapi_document_is_the_one_that_was_agreed() {
    let document = TestApi::without_database()
        .get("/api-docs/openapi.json")
        .await
        .json();
    insta::assert_json_snapshot!(document, { ".info.version" => "[version]" });
}

#[tokio::test]
async fn operation_ids_are_a_verb_and_a_resource() {
    let document = TestApi::without_database()
        .get("/api-docs/openapi.json")
        .await
        .json();
    let paths = document["paths"].as_object().unwrap();
    let mut ids: Vec<&str> = paths
        .values()
        .flat_map(|methods| methods.as_object().unwrap().values())
        .map(|operation| operation["operationId"].as_str().unwrap())
        .collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count, "each is unique");
    let verbs = [
        "get_",
        "list_",
        "stream_",
        "connect_",
        "simulate_",
        "inject_",
        "replay_",
        "validate_",
    ];
    for id in ids {
        assert!(verbs.iter().any(|verb| id.starts_with(verb)), "{id}");
    }
}

#[tokio::test]
async fn every_reference_of_the_document_leads_somewhere() {
    let document = TestApi::without_database()
        .get("/api-docs/openapi.json")
        .await
        .json();
    let mut references = Vec::new();
    collect(&document, &mut references);
    assert!(references.len() > 50);
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

#[tokio::test]
async fn every_parameter_says_what_it_is_for() {
    let document = TestApi::without_database()
        .get("/api-docs/openapi.json")
        .await
        .json();
    let paths = document["paths"].as_object().unwrap();
    let operations = paths
        .values()
        .flat_map(|item| item.as_object().unwrap().values());
    for operation in operations {
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let about = parameter["description"].as_str();
            assert!(about.is_some_and(|about| !about.is_empty()), "{parameter}");
        }
    }
}

fn collect<'a>(value: &'a Value, references: &mut Vec<&'a str>) {
    match value {
        Value::Object(fields) => {
            references.extend(fields.get("$ref").and_then(Value::as_str));
            fields.values().for_each(|field| collect(field, references));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, references)),
        _ => {}
    }
}

#[tokio::test]
async fn swagger_ui_is_served_from_the_binary() {
    let api = TestApi::without_database();
    for path in ["/docs", "/docs/"] {
        let docs = api.get(path).await;
        assert_eq!(docs.header("location"), Some("/swagger/"));
    }
    let document = api.get("/openapi.json").await;
    assert_eq!(document.header("location"), Some("/api-docs/openapi.json"));
    let page = api.get("/swagger/").await;
    assert!(String::from_utf8_lossy(&page.body).contains("swagger-ui"));
    let script = api.get("/swagger/swagger-ui-bundle.js").await;
    assert!(script.status.is_success() && script.body.len() > 100_000);
}

#[tokio::test]
async fn the_welcome_links_lead_to_what_is_there() {
    let api = TestApi::without_database();
    let links = api.get("/").await.json()["links"]
        .as_object()
        .unwrap()
        .clone();
    for (name, link) in links {
        // Those answer for as long as somebody listens.
        if !["live_sse", "live_websocket"].contains(&name.as_str()) {
            let status = api.get(link.as_str().unwrap()).await.status;
            assert_ne!(status, 404, "{name}");
        }
    }
}

#[tokio::test]
async fn the_welcome_names_every_door_and_the_document_is_there_as_yaml() {
    let api = TestApi::without_database();
    let document = api.get("/api-docs/openapi.json").await.json();
    let welcome = api.get("/").await.json();
    let doors = welcome["doors"].as_array().unwrap();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            let is_it = |door: &&Value| {
                door["path"] == path.as_str() && door["method"] == method.to_uppercase()
            };
            let door = doors.iter().find(is_it);
            assert!(
                door.is_some_and(|door| door["about"] != ""),
                "{method} {path}"
            );
        }
    }
    let yaml = api.get("/api-docs/openapi.yaml").await;
    assert_eq!(yaml.header("content-type"), Some("application/yaml"));
    let text = String::from_utf8(yaml.body).unwrap();
    assert!(text.starts_with("\"components\":\n"), "{}", &text[..200]);
    assert!(text.contains("\n  \"/api/v1/oracle/state\":\n    \"get\":\n"));
}
