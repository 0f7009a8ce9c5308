//! The live stream as Server-Sent Events. The id of an event is its cursor.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use telemetron_model::TraceId;
use telemetron_model::record::Severity;
use telemetron_view::{LiveFrame, LiveKind};

use crate::error::ApiError;
use crate::live::{Filter, NoPosition, Position, Subscriber, Update, message};
use crate::problems::Stream;
use crate::query::{List, Query, params, text, word};
use crate::state::ApiState;

/// How often a silent stream says that it is alive.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

params! {
    /// Which records.
    pub(crate) struct Wanted {
        /// Only of these traces, separated by commas
        trace_ids: Option<Vec<TraceId>> = List(text()),
        /// Only of these agents (name or id), separated by commas
        agent_names: Option<Vec<String>> = List(text()),
        /// Only these sorts of events, separated by commas
        event_types: Option<Vec<String>> = List(text()),
        /// Only these kinds of records, separated by commas
        kinds: Option<Vec<LiveKind>> = List(word()),
        /// Only what is at least so bad
        min_severity: Option<Severity> = word(),
    }
}

params! {
    /// From where on.
    pub(crate) struct Since {
        /// Cursor of the last record that was seen; the header `Last-Event-ID` wins over it
        cursor: Option<Position> = text(),
    }
}

impl From<Wanted> for Filter {
    fn from(wanted: Wanted) -> Self {
        Self {
            trace_ids: wanted.trace_ids.into_iter().flatten().collect(),
            agent_names: wanted.agent_names.into_iter().flatten().collect(),
            event_types: wanted.event_types.into_iter().flatten().collect(),
            kinds: wanted.kinds.unwrap_or_default(),
            min_severity: wanted.min_severity,
        }
    }
}

/// Streams what happens now as Server-Sent Events.
///
/// The event's name is the frame's `type`; its data is the frame. Come back with `Last-Event-ID`
/// and what was missed is sent first, or `resync` when some of it is gone. `delivery` says that nothing
/// is delivered now, since Kafka is away, or that it is again.
#[utoipa::path(
    get,
    path = "/api/v1/events/stream",
    operation_id = "stream_events",
    tag = "live",
    params(Wanted, Since),
    responses(
        (status = 200, description = "The stream", body = LiveFrame,
         content_type = "text/event-stream"),
        Stream,
    ),
)]
pub(crate) async fn stream_events(
    State(state): State<ApiState>,
    headers: HeaderMap,
    Query(asked): Query<(Wanted, Since)>,
) -> Result<Response, ApiError> {
    let (wanted, since) = asked;
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let last = last
        .filter(|id| !id.is_empty())
        .map(|id| id.parse().map_err(|error| wrong_event_id(&error)));
    let cursor = last.transpose()?.or(since.cursor);
    let subscriber = state.live.subscribe(wanted.into(), cursor);
    let subscriber = subscriber.ok_or_else(ApiError::crowded)?;
    let events = Sse::new(events(state, subscriber));
    Ok(events
        .keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
        .into_response())
}

fn wrong_event_id(error: &NoPosition) -> ApiError {
    ApiError::field("Last-Event-ID", format!("`Last-Event-ID`: {error}"))
}

fn events(
    state: ApiState,
    subscriber: Subscriber,
) -> impl futures_util::Stream<Item = Result<Event, Infallible>> {
    stream::unfold((state, subscriber), |(state, mut subscriber)| async move {
        let update = tokio::select! {
            () = state.shutdown.cancelled() => None,
            update = subscriber.next() => update,
        };
        Some((Ok(event_of(&update?)), (state, subscriber)))
    })
}

fn event_of(update: &Update) -> Event {
    match update {
        Update::Frame(frame) => {
            let text = std::str::from_utf8(&frame.text).unwrap_or_default();
            Event::default()
                .event("record")
                .id(frame.cursor())
                .data(text)
        }
        Update::Lagged(missed) => Event::default()
            .event("lagged")
            .data(message::lagged(*missed)),
        Update::Resync => Event::default().event("resync").data(message::resync()),
        Update::Delivery(trouble) => Event::default()
            .event("delivery")
            .data(message::delivery(trouble.as_deref())),
    }
}
