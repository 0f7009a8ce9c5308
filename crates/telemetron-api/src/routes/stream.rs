//! The live stream as Server-Sent Events. The id of an event is its cursor.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::Stream;
use futures_util::stream;
use telemetron_model::record::Severity;
use telemetron_model::view::{LiveFrame, LiveKind, Problem};
use utoipa::IntoParams;

use crate::error::ApiError;
use crate::live::{Filter, Position, Subscriber, Update, message};
use crate::query::{FromQuery, Parameters, Query};
use crate::state::ApiState;

/// How often a silent stream says that it is alive.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Which records, and from where on.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the parameters that `Listen` reads")]
pub(crate) struct ListenParams {
    /// Only of these traces, separated by commas
    trace_ids: Option<String>,
    /// Only of these agents (name or id), separated by commas
    agent_names: Option<String>,
    /// Only these sorts of events, separated by commas
    event_types: Option<String>,
    /// Only these kinds of records, separated by commas
    kinds: Option<String>,
    /// Only what is at least so bad
    min_severity: Option<Severity>,
    /// Cursor of the last record that was seen; the header `Last-Event-ID` wins over it
    cursor: Option<String>,
}

/// The parameters of a listener, read.
#[derive(Debug)]
pub(crate) struct Listen {
    pub(crate) filter: Filter,
    pub(crate) cursor: Option<Position>,
}

impl FromQuery for Listen {
    fn from_query(query: &mut Parameters) -> Result<Self, ApiError> {
        let filter = filter(query)?;
        let cursor = query
            .text("cursor")
            .map(|text| position("cursor", &text))
            .transpose()?;
        Ok(Self { filter, cursor })
    }
}

/// Asks for what is wanted of the live stream.
pub(crate) fn filter(query: &mut Parameters) -> Result<Filter, ApiError> {
    Ok(Filter {
        trace_ids: query.list("trace_ids")?.into_iter().collect(),
        agent_names: query.list("agent_names")?.into_iter().collect(),
        event_types: query.list("event_types")?.into_iter().collect(),
        kinds: query.list::<LiveKind>("kinds")?,
        min_severity: query.value("min_severity")?,
    })
}

fn position(field: &str, text: &str) -> Result<Position, ApiError> {
    Position::decode(text).ok_or_else(|| {
        let detail = format!("`{field}` is no cursor of the live stream; take it from a record");
        ApiError::field(field, detail)
    })
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
    params(ListenParams),
    responses(
        (status = 200, description = "The stream", body = LiveFrame,
         content_type = "text/event-stream"),
        (status = 400, description = "A parameter is wrong", body = Problem,
         content_type = "application/problem+json"),
        (status = 503, description = "Too many listen already", body = Problem,
         content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn stream_events(
    State(state): State<ApiState>,
    headers: HeaderMap,
    Query(listen): Query<Listen>,
) -> Result<Response, ApiError> {
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let last = last
        .filter(|id| !id.is_empty())
        .map(|id| position("Last-Event-ID", id));
    let cursor = last.transpose()?.or(listen.cursor);
    let subscriber = state.live.subscribe(listen.filter, cursor);
    let subscriber = subscriber.ok_or_else(ApiError::crowded)?;
    let events = Sse::new(events(state, subscriber));
    Ok(events
        .keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
        .into_response())
}

fn events(
    state: ApiState,
    subscriber: Subscriber,
) -> impl Stream<Item = Result<Event, Infallible>> {
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
