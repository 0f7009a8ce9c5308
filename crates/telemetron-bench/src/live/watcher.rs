//! A WebSocket client that notes when each span ended before its eyes.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use futures_util::{SinkExt as _, StreamExt as _};
use serde::Deserialize;
use telemetron_model::SpanId;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::load::Emitted;

type Socket = WebSocketStream<MaybeTlsStream<tokio::net::TcpStream>>;

/// What was seen.
#[derive(Default, Clone)]
pub(super) struct Seen {
    /// When each span was seen ended.
    pub(super) spans: HashMap<SpanId, Instant>,
    /// Frames the server says it left out.
    pub(super) missed: u64,
}

/// As much of a frame as is looked at.
#[derive(Deserialize)]
struct Frame {
    #[serde(rename = "type")]
    frame_type: String,
    kind: Option<String>,
    missed: Option<u64>,
    data: Option<Data>,
}

#[derive(Deserialize)]
struct Data {
    span_id: Option<SpanId>,
    status: Option<String>,
}

pub(super) struct Watcher {
    seen: watch::Receiver<Seen>,
    task: JoinSet<anyhow::Result<()>>,
}

impl Watcher {
    /// Connects, and watches everything from now on.
    pub(super) async fn connect(api: &str) -> anyhow::Result<Self> {
        let address = api.replacen("http", "ws", 1);
        let (mut socket, _) = connect_async(format!("{address}/ws/debug/bench")).await?;
        let all = r#"{"type":"subscribe","trace_ids":[],"agent_names":[],"event_types":[]}"#;
        socket.send(Message::text(all)).await?;
        while next_frame(&mut socket).await?.frame_type != "subscription_updated" {}
        let (notes, seen) = watch::channel(Seen::default());
        let mut task = JoinSet::new();
        task.spawn(watch_all(socket, notes));
        Ok(Self { seen, task })
    }

    /// Waits until all of these were seen, or patience ends, and gives what was seen.
    pub(super) async fn finish(
        mut self,
        sent: &[Emitted],
        patience: Duration,
    ) -> anyhow::Result<Seen> {
        let all = |seen: &Seen| sent.iter().all(|one| seen.spans.contains_key(&one.span_id));
        let waited = tokio::time::timeout(patience, self.seen.wait_for(all)).await;
        let closed = waited.is_ok_and(|seen| seen.is_err());
        if closed {
            let ended = self.task.join_next().await;
            ended.context("the watcher is gone")???;
        }
        let seen = self.seen.borrow().clone();
        Ok(seen)
    }
}

async fn watch_all(mut socket: Socket, notes: watch::Sender<Seen>) -> anyhow::Result<()> {
    loop {
        let frame = next_frame(&mut socket).await?;
        let now = Instant::now();
        notes.send_modify(|seen| {
            seen.missed += frame.missed.unwrap_or_default();
            if let Some(span_id) = ended_span(frame) {
                seen.spans.entry(span_id).or_insert(now);
            }
        });
    }
}

/// The span of a frame that says that one has ended.
fn ended_span(frame: Frame) -> Option<SpanId> {
    let data = frame
        .data
        .filter(|_| frame.kind.as_deref() == Some("span"))?;
    let ended = data.status.is_some_and(|status| status != "RUNNING");
    data.span_id.filter(|_| ended)
}

async fn next_frame(socket: &mut Socket) -> anyhow::Result<Frame> {
    loop {
        let message = socket.next().await.context("the live stream has ended")?;
        if let Message::Text(text) = message? {
            return Ok(serde_json::from_str(&text)?);
        }
    }
}
