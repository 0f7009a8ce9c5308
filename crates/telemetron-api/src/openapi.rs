//! The OpenAPI document: what the routes say of themselves, under one title.

use std::sync::LazyLock;

use serde::Serialize;
use utoipa::{OpenApi, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::problems;
use crate::routes::{
    compare, dead_letters, debug, diagnosis, graph, home, ingest, metrics, notes, oracle, recent,
    sessions, spans, stream, timeline, trace_detail, traces, ws,
};
use crate::state::ApiState;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Telemetron",
        description = "Traces of multi-agent AI systems, live and stored. Lists answer with \
                       `items` and `next`, which is the `cursor` of the page after it and `null` \
                       on the last one; what is read from the store says how fresh it is (`as_of`, \
                       `lag`). Instants are RFC 3339, in UTC and with up to nine digits of a \
                       second in answers; in parameters with any offset, or as `now` or \
                       how long ago (`30m`, `now-1h`). Durations are \
                       milliseconds (`_ms`) or seconds (`_s`), sizes bytes, costs US dollars, ids \
                       lowercase hex. Errors are `application/problem+json` with a `detail` that \
                       says what to change.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    components(schemas(telemetron_view::Problem, telemetron_view::SpanSkeleton)),
    tags(
        (name = "traces", description = "Traces, spans, timelines, graphs"),
        (name = "sessions", description = "Conversations"),
        (name = "metrics", description = "Sums over ranges of time"),
        (name = "oracle", description = "State of the whole system, what is wrong, and how it was"),
        (name = "live", description = "What happens now"),
        (name = "ingest", description = "The way from Kafka into the store"),
        (name = "debug", description = "Test data"),
        (name = "platform", description = "The process itself"),
    ),
)]
struct Document;

/// All documented routes.
pub(crate) fn documented() -> OpenApiRouter<ApiState> {
    let mut routes = routes();
    let paths = routes.get_openapi_mut().paths.paths.iter_mut();
    for (_, item) in paths.filter(|(path, _)| path.starts_with("/api/") || *path == "/system/state")
    {
        let operations = [&mut item.get, &mut item.post];
        operations.into_iter().flatten().for_each(problems::add_to);
    }
    routes
}

/// A door: what is asked, and what it is for.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Door {
    /// The method.
    method: &'static str,
    /// The path.
    path: String,
    /// What it is for.
    about: String,
}

/// Every door of the API, in order of paths.
pub(crate) fn doors() -> &'static [Door] {
    static DOORS: LazyLock<Vec<Door>> = LazyLock::new(|| {
        let document = documented().split_for_parts().1;
        let mut doors: Vec<_> = document
            .paths
            .paths
            .iter()
            .flat_map(|(path, item)| {
                let asked = item.get.as_ref().map(|operation| ("GET", operation));
                let posted = item.post.as_ref().map(|operation| ("POST", operation));
                asked
                    .into_iter()
                    .chain(posted)
                    .map(|(method, operation)| Door {
                        method,
                        path: path.clone(),
                        about: operation.summary.clone().unwrap_or_default(),
                    })
            })
            .chain(UNDOCUMENTED.iter().map(|(method, path, about)| Door {
                method,
                path: (*path).to_owned(),
                about: (*about).to_owned(),
            }))
            .collect();
        doors.sort_by(|a, b| (&a.path, a.method).cmp(&(&b.path, b.method)));
        doors
    });
    &DOORS
}

/// Doors that the document does not describe.
const UNDOCUMENTED: [(&str, &str, &str); 5] = [
    (
        "POST",
        "/mcp",
        "Tools for coding agents (MCP, streamable HTTP).",
    ),
    ("GET", "/docs", "This API, described for people."),
    ("GET", "/swagger/", "This API, described and tried."),
    ("GET", "/api-docs/openapi.json", "The OpenAPI document."),
    (
        "GET",
        "/api-docs/openapi.yaml",
        "The OpenAPI document as YAML.",
    ),
];

fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(home::get_welcome))
        .routes(routes!(home::get_health))
        .routes(routes!(home::get_readiness))
        .routes(routes!(home::get_prometheus_metrics))
        .routes(routes!(traces::list_traces))
        .routes(routes!(trace_detail::get_trace))
        .routes(routes!(spans::list_spans))
        .routes(routes!(spans::get_span))
        .routes(routes!(timeline::list_timeline))
        .routes(routes!(notes::list_events))
        .routes(routes!(notes::list_handoffs))
        .routes(routes!(notes::list_errors))
        .routes(routes!(graph::get_graph))
        .routes(routes!(diagnosis::get_diagnosis))
        .routes(routes!(compare::get_comparison))
        .routes(routes!(sessions::list_sessions))
        .routes(routes!(sessions::get_session))
        .routes(routes!(metrics::get_metrics))
        .routes(routes!(ingest::get_ingest))
        .routes(routes!(dead_letters::list_dead_letters))
        .routes(routes!(dead_letters::get_dead_letter))
        .routes(routes!(dead_letters::replay_dead_letter))
        .routes(routes!(oracle::state::get_state))
        .routes(routes!(oracle::state::get_strict_state))
        .routes(routes!(oracle::sections::list_agents))
        .routes(routes!(oracle::sections::list_workload))
        .routes(routes!(oracle::sections::list_queues))
        .routes(routes!(oracle::sections::list_models))
        .routes(routes!(oracle::issues::list_issues))
        .routes(routes!(oracle::issues::list_timeline))
        .routes(routes!(oracle::history::list_history))
        .routes(routes!(oracle::history::get_diff))
        .routes(routes!(oracle::schema::get_schema))
        .routes(routes!(
            oracle::schema::validate_state,
            oracle::schema::validate_document
        ))
        .routes(routes!(debug::simulate_trace))
        .routes(routes!(debug::inject_event))
        .routes(routes!(recent::list_recent_records))
        .routes(routes!(stream::stream_events))
        .routes(routes!(ws::connect_websocket))
}
