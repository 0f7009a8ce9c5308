//! Test data: sent through Kafka like any other.

use std::collections::HashSet;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use telemetron_model::record::{Event, Record, Severity};
use telemetron_model::{RawJson, SpanId, Timestamp, TraceId};
use utoipa::ToSchema;

use crate::body::JsonBody;
use crate::error::ApiError;
use crate::query::{NoQuery, Query};
use crate::simulate::{self, Simulation, SimulationRequest, new_id};
use crate::state::ApiState;

/// What was sent.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Simulated {
    /// The trace: soon at `/api/v1/traces/{trace_id}`.
    trace_id: TraceId,
    /// The agents at work in it.
    agents: Vec<String>,
    /// Its spans.
    spans: usize,
    /// All records that were sent.
    records: u64,
    /// Whether it failed, as was asked for.
    failed: bool,
}

/// Sends the records of a made-up trace: agents that think, use tools and hand work on.
#[utoipa::path(
    post,
    path = "/api/v1/debug/simulate-trace",
    operation_id = "simulate_trace",
    tag = "debug",
    request_body = SimulationRequest,
    responses(
        (status = 202, description = "Kafka has it", body = Simulated),
    ),
)]
pub(crate) async fn simulate_trace(
    State(state): State<ApiState>,
    Query(NoQuery): Query<NoQuery>,
    JsonBody(request): JsonBody<SimulationRequest>,
) -> Result<(StatusCode, Json<Simulated>), ApiError> {
    let Simulation {
        trace_id,
        agents,
        records,
    } = simulate::trace(request, Timestamp::now())?;
    let spans: HashSet<SpanId> = records.iter().filter_map(span_of).collect();
    let failed = records
        .iter()
        .any(|record| matches!(record, Record::Error(_)));
    let mut batch = state.producer.current().await.batch();
    for record in &records {
        batch.send(record).await?;
    }
    let records = batch.delivered().await?;
    let simulated = Simulated {
        trace_id,
        agents,
        spans: spans.len(),
        records,
        failed,
    };
    Ok((StatusCode::ACCEPTED, Json(simulated)))
}

/// A span is told twice: at its start and at its end.
const fn span_of(record: &Record) -> Option<SpanId> {
    match record {
        Record::Span(span) => Some(span.span_id),
        _ => None,
    }
}

/// An event that is to be sent.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EventRequest {
    /// What happened.
    event_name: String,
    /// What sort of event; `custom` when absent.
    event_type: Option<String>,
    /// How bad; `info` when absent.
    severity: Option<Severity>,
    /// The trace; an event of the platform's life has none.
    trace_id: Option<TraceId>,
    /// The span during which it happened.
    span_id: Option<SpanId>,
    /// The agent it concerns.
    agent_id: Option<String>,
    /// That agent's name.
    agent_name: Option<String>,
    /// A sentence for people.
    message: Option<String>,
    /// Anything else.
    data: Option<RawJson>,
    /// When (RFC 3339, or nanoseconds since the epoch); now when absent.
    #[schema(value_type = Option<String>, format = DateTime)]
    timestamp: Option<Timestamp>,
    /// What belongs together across services.
    correlation_id: Option<String>,
    /// The event or span that brought this about.
    cause: Option<String>,
}

/// Where an event stands now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Injected {
    /// Its id.
    event_id: String,
    /// The trace, if it belongs to one.
    trace_id: Option<TraceId>,
    /// Its topic.
    topic: &'static str,
    /// Its partition.
    partition: i32,
    /// Its offset.
    offset: i64,
}

/// Sends an event.
#[utoipa::path(
    post,
    path = "/api/v1/debug/inject-event",
    operation_id = "inject_event",
    tag = "debug",
    request_body = EventRequest,
    responses(
        (status = 202, description = "Kafka has it", body = Injected),
    ),
)]
pub(crate) async fn inject_event(
    State(state): State<ApiState>,
    Query(NoQuery): Query<NoQuery>,
    JsonBody(request): JsonBody<EventRequest>,
) -> Result<(StatusCode, Json<Injected>), ApiError> {
    if request.event_name.is_empty() {
        return Err(ApiError::field(
            "event_name",
            "`event_name` is empty; say what happened",
        ));
    }
    let event_id = new_id();
    let trace_id = request.trace_id;
    let record = Record::from(request.event(event_id.clone()));
    let sent = state.producer.current().await.send(&record).await?;
    let injected = Injected {
        event_id,
        trace_id,
        topic: record.schema().topic().name(),
        partition: sent.partition,
        offset: sent.offset,
    };
    Ok((StatusCode::ACCEPTED, Json(injected)))
}

impl EventRequest {
    fn event(self, event_id: String) -> Event {
        use telemetron_model::record::event_type::CUSTOM;
        Event {
            event_id: Some(event_id),
            trace_id: self.trace_id,
            span_id: self.span_id,
            agent_id: self.agent_id,
            agent_name: self.agent_name,
            event_type: self.event_type.unwrap_or_else(|| CUSTOM.to_owned()),
            event_name: self.event_name,
            severity: self.severity.unwrap_or(Severity::Info),
            message: self.message,
            data: self.data,
            timestamp: self.timestamp.unwrap_or_else(Timestamp::now),
            correlation_id: self.correlation_id,
            cause: self.cause,
        }
    }
}
