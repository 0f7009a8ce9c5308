//! The live stream over WebSocket (contract C-42).

use std::error::Error as _;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade, close_code};
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::response::Response;
use futures_util::SinkExt;
use telemetron_view::LiveFrame;
use tokio_tungstenite::tungstenite::{self, error::CapacityError};

use super::stream::{Since, Wanted};
use crate::error::ApiError;
use crate::live::message::{self, Request};
use crate::live::{Filter, Subscriber, Update};
use crate::path::TextPath;
use crate::problems::Socket;
use crate::query::Query;
use crate::state::ApiState;

/// Largest message that a client may send.
const MAX_MESSAGE_BYTES: usize = 64 * 1024;

/// Largest message that is read at all; one that is too long, and not longer than this, is refused
/// with a closing handshake.
const MAX_READ_BYTES: usize = 256 * 1024;

/// How long a client may take to see why it is closed.
const GOODBYE: Duration = Duration::from_secs(2);

/// How long a client may take to accept one message before it is given up.
const SEND_TIMEOUT: Duration = Duration::from_secs(30);

/// Most messages of one write.
const MAX_BURST: usize = 256;

/// How often a silent connection is tried.
const HEARTBEAT: Duration = Duration::from_secs(20);

/// An upgrade to WebSocket; anything else is answered as every error is.
pub(crate) struct Upgrade(WebSocketUpgrade);

impl<S: Send + Sync> FromRequestParts<S> for Upgrade {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let upgrade = WebSocketUpgrade::from_request_parts(parts, state).await;
        upgrade.map(Self).map_err(|error| {
            ApiError::BadBody(format!("connect here with a WebSocket client: {error}"))
        })
    }
}

/// Streams what happens now over WebSocket.
///
/// The client may send `{"type":"subscribe","trace_ids":[],"agent_names":[],"event_types":[]}` and
/// `{"type":"ping"}`.
#[utoipa::path(
    get,
    path = "/ws/debug/{client_id}",
    operation_id = "connect_websocket",
    tag = "live",
    params(("client_id" = String, Path, description = "Any name, for the log"), Wanted, Since),
    responses(
        (status = 101, description = "The stream: frames as text messages", body = LiveFrame),
        Socket,
    ),
)]
pub(crate) async fn connect_websocket(
    State(state): State<ApiState>,
    TextPath(client_id): TextPath,
    Query(asked): Query<(Wanted, Since)>,
    Upgrade(upgrade): Upgrade,
) -> Result<Response, ApiError> {
    let (wanted, since) = asked;
    let filter = Filter::from(wanted);
    let subscriber = state.live.subscribe(filter.clone(), since.cursor);
    let subscriber = subscriber.ok_or_else(ApiError::crowded)?;
    tracing::debug!(client_id, "a client listens");
    let upgrade = upgrade
        .max_message_size(MAX_READ_BYTES)
        .max_frame_size(MAX_READ_BYTES);
    Ok(upgrade.on_upgrade(move |socket| async move {
        let mut connection = Connection {
            socket,
            subscriber,
            filter,
            state,
        };
        if connection.serve().await.is_break() {
            tracing::debug!(client_id, "a client went away");
        }
    }))
}

/// One client.
struct Connection {
    socket: WebSocket,
    subscriber: Subscriber,
    filter: Filter,
    state: ApiState,
}

/// Whether a connection goes on.
type Flow = std::ops::ControlFlow<()>;

impl Connection {
    /// Sends and receives until the client leaves or the process stops.
    async fn serve(&mut self) -> Flow {
        self.send(message::subscription_updated(&self.filter).into())
            .await?;
        let shutdown = self.state.shutdown.clone();
        let mut heartbeat = tokio::time::interval(HEARTBEAT);
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return self.goodbye().await,
                update = self.subscriber.next() => self.tell(update).await?,
                received = self.socket.recv() => match received {
                    Some(Ok(message)) => self.hear(message).await?,
                    Some(Err(error)) => match too_long(&error) {
                        Some(bytes) => return self.refuse(bytes).await,
                        None => return Flow::Break(()),
                    },
                    None => return Flow::Break(()),
                },
                _ = heartbeat.tick() => self.send(Message::Ping(bytes::Bytes::new())).await?,
            }
        }
    }

    /// Sends an update and what else is there already: one write for a burst.
    async fn tell(&mut self, update: Option<Update>) -> Flow {
        let Some(update) = update else {
            return Flow::Break(());
        };
        self.timely(Write::Feed(message_of(update))).await?;
        for _ in 1..MAX_BURST {
            let Some(update) = self.subscriber.ready() else {
                break;
            };
            self.timely(Write::Feed(message_of(update))).await?;
        }
        self.timely(Write::Flush).await
    }

    async fn hear(&mut self, message: Message) -> Flow {
        let text = match message {
            Message::Text(text) if text.len() > MAX_MESSAGE_BYTES => {
                return self.refuse(text.len()).await;
            }
            Message::Binary(bytes) if bytes.len() > MAX_MESSAGE_BYTES => {
                return self.refuse(bytes.len()).await;
            }
            Message::Text(text) => text,
            Message::Binary(_) => {
                return self
                    .send(message::error("send text, not bytes").into())
                    .await;
            }
            Message::Close(_) => return Flow::Break(()),
            // Pings are answered by the protocol itself.
            Message::Ping(_) | Message::Pong(_) => return Flow::Continue(()),
        };
        let answer = match Request::read(&text) {
            Ok(Request::Ping) => message::pong(),
            Ok(Request::Subscribe(filter)) => {
                let answer = message::subscription_updated(&filter);
                self.subscriber.want(*filter);
                answer
            }
            Err(detail) => message::error(&detail),
        };
        self.send(answer.into()).await
    }

    /// Says why the connection ends: a message of so many bytes is too long.
    async fn refuse(&mut self, bytes: usize) -> Flow {
        let detail = format!(
            "a message of {bytes} bytes is longer than the {MAX_MESSAGE_BYTES} that are taken; send \
             less at a time"
        );
        self.send(message::error(&detail).into()).await?;
        let close = CloseFrame {
            code: close_code::SIZE,
            reason: Utf8Bytes::from_static("a message is longer than 65536 bytes"),
        };
        self.send(Message::Close(Some(close))).await?;
        // A connection that is cut with something unread takes back what was said last.
        let end = async {
            if bytes <= MAX_READ_BYTES {
                while let Some(Ok(_)) = self.socket.recv().await {}
            } else {
                std::future::pending().await
            }
        };
        let ended = tokio::time::timeout(GOODBYE, end).await;
        drop(ended);
        Flow::Break(())
    }

    /// Sends a message at once.
    async fn send(&mut self, message: Message) -> Flow {
        self.timely(Write::Feed(message)).await?;
        self.timely(Write::Flush).await
    }

    /// Writes; a client that does not take it in time is given up.
    async fn timely(&mut self, write: Write) -> Flow {
        let written = async {
            match write {
                Write::Feed(message) => self.socket.feed(message).await,
                Write::Flush => self.socket.flush().await,
            }
        };
        match tokio::time::timeout(SEND_TIMEOUT, written).await {
            Ok(Ok(())) => Flow::Continue(()),
            Ok(Err(_)) | Err(_) => Flow::Break(()),
        }
    }

    async fn goodbye(&mut self) -> Flow {
        let close = CloseFrame {
            code: close_code::AWAY,
            reason: Utf8Bytes::from_static("the platform stops; come back with your cursor"),
        };
        self.send(Message::Close(Some(close))).await?;
        Flow::Break(())
    }
}

/// What is done with the socket.
enum Write {
    /// A message is added to what waits to be written.
    Feed(Message),
    /// All that waits is written.
    Flush,
}

/// How long a message is that was refused for its length.
fn too_long(error: &axum::Error) -> Option<usize> {
    match error.source()?.downcast_ref()? {
        tungstenite::Error::Capacity(CapacityError::MessageTooLong { size, .. }) => Some(*size),
        _ => None,
    }
}

fn message_of(update: Update) -> Message {
    match update {
        // Frames are JSON text, which is UTF-8.
        Update::Frame(frame) => {
            Message::Text(Utf8Bytes::try_from(frame.text.clone()).unwrap_or_default())
        }
        Update::Lagged(missed) => message::lagged(missed).into(),
        Update::Resync => message::resync().into(),
        Update::Delivery(trouble) => message::delivery(trouble.as_deref()).into(),
    }
}
