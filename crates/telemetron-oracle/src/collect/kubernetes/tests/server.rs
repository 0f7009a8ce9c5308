//! A server that speaks as much of the Kubernetes API as the watches ask for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::broadcast;
use tokio::task::JoinSet;

#[derive(Debug)]
struct Held {
    lists: BTreeMap<String, Vec<Value>>,
    refused: BTreeSet<String>,
    events: broadcast::Sender<(String, String)>,
}

type Shared = Arc<Mutex<Held>>;

/// The server; dropping it ends it.
pub(super) struct Server {
    url: String,
    held: Shared,
    _task: JoinSet<()>,
}

impl Server {
    pub(super) async fn start() -> Self {
        let (events, _) = broadcast::channel(16);
        let held = Arc::new(Mutex::new(Held {
            lists: BTreeMap::new(),
            refused: BTreeSet::new(),
            events,
        }));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new().fallback(answer).with_state(Arc::clone(&held));
        let mut task = JoinSet::new();
        task.spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self {
            url,
            held,
            _task: task,
        }
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Lists these objects at a path.
    pub(super) fn hold(&self, path: &str, objects: Vec<Value>) {
        let mut held = self.held.lock().unwrap();
        held.lists.insert(path.to_owned(), objects);
    }

    /// Answers at a path that it is forbidden.
    pub(super) fn refuse(&self, path: &str) {
        self.held.lock().unwrap().refused.insert(path.to_owned());
    }

    /// Tells those who watch a path what happened.
    pub(super) fn tell(&self, path: &str, happened: &str, object: &Value) {
        let line = json!({"type": happened, "object": object}).to_string();
        let told = (path.to_owned(), format!("{line}\n"));
        self.held.lock().unwrap().events.send(told).unwrap();
    }
}

async fn answer(State(held): State<Shared>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let query = request.uri().query().unwrap_or_default();
    let held = held.lock().unwrap();
    if held.refused.contains(&path) {
        let why = "pods is forbidden: nobody may list them";
        let status = json!({"kind": "Status", "apiVersion": "v1", "status": "Failure",
                            "reason": "Forbidden", "message": why, "code": 403});
        return (StatusCode::FORBIDDEN, status.to_string()).into_response();
    }
    if query.contains("watch=true") {
        return watched(path, held.events.subscribe());
    }
    let items = held.lists.get(&path).cloned().unwrap_or_default();
    let list = json!({"kind": "List", "apiVersion": "v1",
                      "metadata": {"resourceVersion": "1"}, "items": items});
    list.to_string().into_response()
}

/// The events of one path, as they come.
fn watched(path: String, events: broadcast::Receiver<(String, String)>) -> Response {
    let lines = stream::unfold((path, events), async |(path, mut events)| {
        loop {
            let (of, line) = events.recv().await.ok()?;
            if of == path {
                return Some((Ok::<_, std::io::Error>(line), (path, events)));
            }
        }
    });
    Body::from_stream(lines).into_response()
}
