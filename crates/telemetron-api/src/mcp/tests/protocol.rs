//! The protocol over HTTP: what is listed, and who may ask.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};

use crate::mcp::tools::TOOLS;
use crate::tests::support::{Answer, TestApi};

async fn post(api: &TestApi, message: &Value, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::post("/mcp")
        .header("host", "127.0.0.1:8080")
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    api.ask(request.body(Body::from(message.to_string())).unwrap())
        .await
}

fn message(method: &str, params: Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params })
}

#[tokio::test]
async fn tools_are_listed_without_a_session() {
    let api = TestApi::without_database();
    let answer = post(&api, &message("tools/list", json!({})), &[]).await;
    assert_eq!(
        answer.status,
        StatusCode::OK,
        "{}",
        String::from_utf8_lossy(&answer.body)
    );
    assert!(
        answer
            .header("content-type")
            .unwrap()
            .starts_with("application/json")
    );
    assert_eq!(answer.header("mcp-session-id"), None);
    let json = answer.json();
    let tools = json["result"]["tools"].as_array().unwrap();
    assert_eq!(tools.len(), TOOLS.len());
    for tool in tools {
        plain(&tool["inputSchema"]);
        let about = tool["description"].as_str().unwrap();
        assert!(about.len() < 500, "{about}");
        assert_eq!(tool["inputSchema"]["type"], "object", "{tool}");
        assert_eq!(
            tool["inputSchema"]["properties"]["max_tokens"]["default"],
            4_000
        );
        assert_eq!(tool["annotations"]["readOnlyHint"], true);
    }
    insta::assert_json_snapshot!(tools[1]["inputSchema"]["properties"]["since"]);
}

/// A schema has one of JSON's own types in each place, and no format of another language.
fn plain(schema: &Value) {
    const TYPES: [&str; 6] = ["object", "array", "string", "integer", "number", "boolean"];
    let Some(map) = schema.as_object() else {
        return;
    };
    assert!(!map.contains_key("format"), "{schema}");
    if let Some(kind) = map.get("type") {
        assert!(
            TYPES.contains(&kind.as_str().unwrap_or_default()),
            "{schema}"
        );
    }
    let properties = map.get("properties").and_then(Value::as_object);
    let properties = properties.into_iter().flat_map(|map| map.values());
    properties.chain(map.get("items")).for_each(plain);
}

#[tokio::test]
async fn arguments_are_read_as_they_are_meant() {
    let api = TestApi::without_database();
    for (arguments, words) in [
        (json!({ "limit": "0" }), "`limit` is \"0\""),
        (json!({ "max_tokens": "200" }), "from 300 to 25000"),
        (json!({ "errors_only": "perhaps" }), "give true or false"),
    ] {
        let call = json!({ "name": "find_traces", "arguments": arguments });
        let answer = post(&api, &message("tools/call", call), &[]).await.json();
        let text = answer["result"]["content"][0]["text"].as_str().unwrap();
        assert!(text.contains(words), "{text}");
    }
}

#[tokio::test]
async fn a_fault_is_an_answer_that_the_model_reads() {
    let api = TestApi::without_database();
    let call = json!({ "name": "trace_summary", "arguments": { "trace_id": "xyz" } });
    let answer = post(&api, &message("tools/call", call), &[]).await.json();
    assert_eq!(answer["result"]["isError"], true, "{answer}");
    let text = answer["result"]["content"][0]["text"].as_str().unwrap();
    assert!(text.contains("`xyz` is not hexadecimal"), "{text}");
}

#[tokio::test]
async fn a_page_of_a_stranger_is_refused() {
    let api = TestApi::without_database();
    let list = message("tools/list", json!({}));
    let stranger = post(&api, &list, &[("origin", "https://evil.example")]).await;
    assert_eq!(stranger.status, StatusCode::FORBIDDEN);
    let own = post(&api, &list, &[("origin", "http://localhost:8081")]).await;
    assert_eq!(own.status, StatusCode::OK);
}

#[tokio::test]
async fn a_name_that_a_stranger_points_here_is_refused() {
    let api = TestApi::without_database();
    let list = message("tools/list", json!({})).to_string();
    let request = Request::post("/mcp")
        .header("host", "rebound.example:8080")
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream");
    let answer = api.ask(request.body(Body::from(list)).unwrap()).await;
    assert_eq!(answer.status, StatusCode::MISDIRECTED_REQUEST);
}

#[tokio::test]
async fn there_are_no_streams_to_hold_open() {
    let api = TestApi::without_database();
    let request = Request::get("/mcp").header("host", "127.0.0.1:8080");
    let answer = api.ask(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
}
