//! What to ask next: a question that the API answers, for programs and with its path.

use std::fmt;

use serde::{Deserialize, Serialize};

use telemetron_model::{Rfc3339, SpanId, Timestamp, TraceId};

/// What to ask next. Written as text it is the path that asks it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Next {
    /// The latest traces of a sort.
    Traces {
        /// Which.
        like: TracesLike,
    },
    /// The spans of a trace, as a waterfall shows them.
    Spans {
        /// The trace.
        trace_id: TraceId,
    },
    /// A span whole.
    Span {
        /// Its trace.
        trace_id: TraceId,
        /// The span.
        span_id: SpanId,
    },
    /// Why a trace is as it is.
    Diagnosis {
        /// The trace.
        trace_id: TraceId,
    },
    /// The agents of a trace, and who called whom.
    Graph {
        /// The trace.
        trace_id: TraceId,
    },
    /// Everything of a trace in order of time.
    Timeline {
        /// The trace.
        trace_id: TraceId,
    },
    /// Sums of the last day.
    Metrics,
    /// The way from Kafka into the store.
    Ingest,
    /// Records that could not be folded.
    DeadLetters,
    /// One of them.
    DeadLetter {
        /// Its id.
        id: i64,
    },
    /// The state of the whole system.
    State {
        /// As it was then; now when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<Rfc3339>,
    },
    /// The agents.
    Agents,
    /// What runs in the cluster.
    Workload,
    /// The queues.
    Queues {
        /// As they were then; now when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<Rfc3339>,
    },
    /// What was wrong.
    Issues {
        /// When.
        at: Rfc3339,
    },
    /// What changed in the system.
    Diff {
        /// The earlier moment.
        from: Rfc3339,
        /// The later moment.
        to: Rfc3339,
    },
}

/// Which traces are meant: what is given must hold of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TracesLike {
    /// An agent at work in them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// A model called in them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// A tool called in them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
    /// They took at least so many milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_duration_ms: Option<i64>,
    /// They failed, or something in them did.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub errors_only: bool,
    /// They began at or after this instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_after: Option<Rfc3339>,
    /// They began before this instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_before: Option<Rfc3339>,
    /// Most of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
}

impl Next {
    /// The request that asks it.
    pub fn request(&self) -> String {
        format!("GET {self}")
    }

    /// The state of the whole system at a moment.
    pub const fn state_at(at: Timestamp) -> Self {
        Self::State {
            at: Some(Rfc3339(at)),
        }
    }
}

impl fmt::Display for Next {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("/api/v1/")?;
        match self {
            Self::Traces { like } => write!(f, "traces{like}"),
            Self::Spans { trace_id } => write!(f, "traces/{trace_id}/spans?fields=skeleton"),
            Self::Span { trace_id, span_id } => write!(f, "traces/{trace_id}/spans/{span_id}"),
            Self::Diagnosis { trace_id } => write!(f, "traces/{trace_id}/diagnosis"),
            Self::Graph { trace_id } => write!(f, "traces/{trace_id}/graph"),
            Self::Timeline { trace_id } => write!(f, "traces/{trace_id}/timeline"),
            Self::Metrics => f.write_str("metrics"),
            Self::Ingest => f.write_str("ingest"),
            Self::DeadLetters => f.write_str("dead-letters"),
            Self::DeadLetter { id } => write!(f, "dead-letters/{id}"),
            Self::State { at } => write!(f, "oracle/state{}", query([("at", text(at))])),
            Self::Agents => f.write_str("oracle/agents"),
            Self::Workload => f.write_str("oracle/workload"),
            Self::Queues { at } => write!(f, "oracle/queues{}", query([("at", text(at))])),
            Self::Issues { at } => write!(f, "oracle/issues?at={at}"),
            Self::Diff { from, to } => write!(f, "oracle/diff?from={from}&to={to}"),
        }
    }
}

/// The query that asks for them.
impl fmt::Display for TracesLike {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&query([
            ("agent", self.agent.clone()),
            ("model", self.model.clone()),
            ("tool", self.tool.clone()),
            ("min_duration_ms", text(&self.min_duration_ms)),
            ("errors_only", self.errors_only.then(|| "true".to_owned())),
            ("start_after", text(&self.start_after)),
            ("start_before", text(&self.start_before)),
            ("limit", text(&self.limit)),
        ]))
    }
}

fn text<T: ToString>(value: &Option<T>) -> Option<String> {
    value.as_ref().map(T::to_string)
}

/// What is given, as a query with its question mark; nothing when nothing is.
fn query<const N: usize>(parameters: [(&str, Option<String>); N]) -> String {
    let given = parameters
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)));
    let mut text = String::new();
    for (name, value) in given {
        text.push(if text.is_empty() { '?' } else { '&' });
        text.push_str(name);
        text.push('=');
        encode(&value, &mut text);
    }
    text
}

/// A value as a query takes it; what may stand in one is left to be read.
fn encode(value: &str, text: &mut String) {
    for byte in value.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'*' | b'/' | b':' => {
                text.push(char::from(byte));
            }
            b' ' => text.push('+'),
            byte => text.push_str(&format!("%{byte:02X}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_written_as_its_path_and_read_as_what_it_is() {
        let trace_id: TraceId = "0af7651916cd43dd8448eb211c80319c".parse().unwrap();
        let span_id: SpanId = "00f067aa0ba902b7".parse().unwrap();
        let at = Rfc3339(Timestamp::parse_rfc3339("2026-01-31T12:00:00Z").unwrap());
        let like = TracesLike {
            agent: Some("night watch".to_owned()),
            model: Some("openai/gpt-5".to_owned()),
            tool: Some("a&b=ü".to_owned()),
            min_duration_ms: Some(800),
            errors_only: true,
            start_after: Some(at),
            start_before: Some(at),
            limit: Some(5),
        };
        let trace = "/api/v1/traces/0af7651916cd43dd8448eb211c80319c";
        for (next, path) in [
            (
                Next::Traces { like },
                "/api/v1/traces?agent=night+watch&model=openai/gpt-5&tool=a%26b%3D%C3%BC\
                 &min_duration_ms=800&errors_only=true&start_after=2026-01-31T12:00:00Z\
                 &start_before=2026-01-31T12:00:00Z&limit=5",
            ),
            (
                Next::Traces {
                    like: TracesLike::default(),
                },
                "/api/v1/traces",
            ),
            (
                Next::Spans { trace_id },
                &format!("{trace}/spans?fields=skeleton"),
            ),
            (
                Next::Span { trace_id, span_id },
                &format!("{trace}/spans/00f067aa0ba902b7"),
            ),
            (Next::Diagnosis { trace_id }, &format!("{trace}/diagnosis")),
            (Next::Graph { trace_id }, &format!("{trace}/graph")),
            (Next::Timeline { trace_id }, &format!("{trace}/timeline")),
            (Next::Metrics, "/api/v1/metrics"),
            (Next::Ingest, "/api/v1/ingest"),
            (Next::DeadLetters, "/api/v1/dead-letters"),
            (Next::DeadLetter { id: 7 }, "/api/v1/dead-letters/7"),
            (Next::State { at: None }, "/api/v1/oracle/state"),
            (
                Next::state_at(at.0),
                "/api/v1/oracle/state?at=2026-01-31T12:00:00Z",
            ),
            (Next::Agents, "/api/v1/oracle/agents"),
            (Next::Workload, "/api/v1/oracle/workload"),
            (Next::Queues { at: None }, "/api/v1/oracle/queues"),
            (
                Next::Queues { at: Some(at) },
                "/api/v1/oracle/queues?at=2026-01-31T12:00:00Z",
            ),
            (
                Next::Issues { at },
                "/api/v1/oracle/issues?at=2026-01-31T12:00:00Z",
            ),
            (
                Next::Diff { from: at, to: at },
                "/api/v1/oracle/diff?from=2026-01-31T12:00:00Z&to=2026-01-31T12:00:00Z",
            ),
        ] {
            assert_eq!(next.to_string(), path);
            let json = serde_json::to_value(&next).unwrap();
            assert_eq!(serde_json::from_value::<Next>(json).unwrap(), next);
        }
    }

    #[test]
    fn programs_find_what_is_asked_and_its_parameters() {
        let next = Next::Traces {
            like: TracesLike {
                agent: Some("coder".to_owned()),
                limit: Some(5),
                ..TracesLike::default()
            },
        };
        assert_eq!(
            serde_json::to_value(&next).unwrap(),
            serde_json::json!({ "what": "traces", "like": { "agent": "coder", "limit": 5 } })
        );
        assert_eq!(
            serde_json::to_value(Next::Metrics).unwrap(),
            serde_json::json!({ "what": "metrics" })
        );
    }
}
