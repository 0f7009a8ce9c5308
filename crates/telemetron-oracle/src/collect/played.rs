//! A played server, for what a real one seldom does: each path has its answer.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// How each path is answered; one that is not named is not there.
type Script = BTreeMap<&'static str, Answer>;

/// How a path is answered.
#[derive(Clone, Copy)]
pub(crate) enum Answer {
    /// With a status and a text.
    Says(u16, &'static str),
    /// Never.
    Hangs,
}

/// The server; dropping it ends it.
pub(crate) struct Played {
    pub(crate) url: String,
    asked: Arc<Mutex<Vec<String>>>,
    _task: JoinSet<()>,
}

type Shared = (Arc<Script>, Arc<Mutex<Vec<String>>>);

async fn answer(State((script, asked)): State<Shared>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    asked.lock().unwrap().push(path.clone());
    match script.get(path.as_str()) {
        Some(Answer::Says(status, text)) => {
            (StatusCode::from_u16(*status).unwrap(), *text).into_response()
        }
        Some(Answer::Hangs) => std::future::pending().await,
        None => (StatusCode::NOT_FOUND, "{}").into_response(),
    }
}

pub(crate) async fn play(script: &[(&'static str, Answer)]) -> Played {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let script: Script = script.iter().copied().collect();
    let state: Shared = (Arc::new(script), Arc::clone(&asked));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let app = Router::new().fallback(answer).with_state(state);
    let mut task = JoinSet::new();
    task.spawn(async move { axum::serve(listener, app).await.unwrap() });
    Played {
        url,
        asked,
        _task: task,
    }
}

impl Played {
    /// How often a path was asked for.
    pub(crate) fn asked_for(&self, path: &str) -> usize {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|asked| *asked == path).count()
    }
}
