//! The team with a model behind a scripted endpoint.

use std::net::SocketAddr;

use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use telemetron_model::record::Span;
use telemetron_sdk::{Collector, MemorySink, Record, SpanKind, Status};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::{Endpoint, Model, finish, play};

/// An endpoint with one model, whose answers repeat what was asked; it ends with the set.
async fn endpoint(tasks: &mut JoinSet<()>) -> SocketAddr {
    let models = || async { Json(json!({"data": [{"id": "tiny:latest"}]})) };
    let complete = |Json(wanted): Json<Value>| async move {
        let asked = wanted["messages"][0]["content"]
            .as_str()
            .unwrap()
            .to_owned();
        let content = match asked.starts_with("List") {
            true => "What is it?\n\nWho knows?\nWhy?".to_owned(),
            false => asked,
        };
        Json(json!({
            "choices": [{"message": {"role": "assistant", "content": content}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 20, "completion_tokens": 7, "total_tokens": 27},
        }))
    };
    let router = Router::new()
        .route("/v1/models", get(models))
        .route("/v1/chat/completions", post(complete));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tasks.spawn(async move { axum::serve(listener, router).await.unwrap() });
    address
}

fn named(address: SocketAddr, model: &str) -> Endpoint {
    Endpoint {
        llm_url: format!("http://{address}/"),
        model: model.to_owned(),
    }
}

#[tokio::test]
async fn the_team_answers_with_the_model_and_every_call_counts_its_tokens() {
    let mut tasks = JoinSet::new();
    let model = Model::find(&named(endpoint(&mut tasks).await, "tiny"))
        .await
        .unwrap();
    let sink = MemorySink::default();
    let telemetry = Collector::builder().sink(sink.clone()).start().unwrap();
    let answered = play(&telemetry, &model, "What is a trace?").await.unwrap();
    finish(&telemetry).await.unwrap();
    assert!(
        answered.text.contains("What is a trace?"),
        "{}",
        answered.text
    );

    let ended: Vec<Span> = sink
        .spans()
        .into_iter()
        .filter(|span| span.end_time.is_some())
        .collect();
    let calls = ended.iter().filter(|span| span.span_kind == SpanKind::Llm);
    // The plan, two of three questions, the answer.
    let tokens: Vec<_> = calls.map(|call| call.token_usage.unwrap().total).collect();
    assert_eq!(tokens, [27; 4]);
    let handoffs = sink.of_kind(|record| match record {
        Record::Handoff(handoff) => Some(handoff.target_agent_name),
        _ => None,
    });
    assert_eq!(handoffs, ["researcher", "researcher", "writer"]);
    let last = sink.traces().into_iter().last().unwrap();
    assert_eq!(last.status, Status::Completed);
}

#[tokio::test]
async fn a_model_that_is_not_there_is_missed_with_what_to_do() {
    let mut tasks = JoinSet::new();
    let address = endpoint(&mut tasks).await;
    let missing = Model::find(&named(address, "huge"))
        .await
        .unwrap_err()
        .to_string();
    assert_eq!(
        missing,
        format!(
            "the model huge is not at http://{address}: it has tiny:latest; `ollama pull huge` \
             brings it, and --model names another"
        )
    );
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nobody = named(closed.local_addr().unwrap(), "tiny");
    drop(closed);
    let away = Model::find(&nobody).await.unwrap_err().to_string();
    assert!(away.starts_with("no language model answers at"), "{away}");
}
