//! Through which platforms telemetry has come, so that it never goes round.
//!
//! Each platform (a Kafka and its topics, however many gateways it has) has an id. Who forwards adds
//! its own to the attribute [`ATTRIBUTE`] of the resource, which survives every collector in between,
//! over HTTP and gRPC, in protobuf and JSON. Who receives takes the attribute out again, so that what
//! came this way or that is stored alike, and keeps it beside the records.

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::logs::v1::ResourceLogs;
use opentelemetry_proto::tonic::metrics::v1::ResourceMetrics;
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::ResourceSpans;

/// The attribute of a resource that names the platforms, separated by commas.
pub const ATTRIBUTE: &str = "telemetron.via";

/// Most platforms that telemetry goes through.
pub const MAX_HOPS: usize = 8;

/// Longest id of a platform that is believed.
const MAX_ID_BYTES: usize = 64;

/// Through which platforms something has come, the first one first.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Via(Vec<String>);

impl Via {
    /// Reads what [`Via::text`] has written; what is no id is left out.
    pub fn read(text: &str) -> Self {
        let ids = text.split(',').map(str::trim);
        let ids = ids.filter(|id| !id.is_empty() && id.len() <= MAX_ID_BYTES);
        Self(ids.take(MAX_HOPS + 1).map(str::to_owned).collect())
    }

    /// The ids, separated by commas.
    pub fn text(&self) -> String {
        self.0.join(",")
    }

    /// Whether it came through none.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether it came through a platform.
    pub fn has(&self, id: &str) -> bool {
        self.0.iter().any(|known| known == id)
    }

    /// Whether it has come through as many as it may.
    pub const fn is_long(&self) -> bool {
        self.0.len() >= MAX_HOPS
    }

    /// The platform that it came through last.
    pub fn last(&self) -> Option<&str> {
        self.0.last().map(String::as_str)
    }

    /// The same, and one more.
    #[must_use]
    pub fn and(&self, id: &str) -> Self {
        let mut all = self.0.clone();
        all.push(id.to_owned());
        Self(all)
    }
}

/// A request, as far as its resources are concerned.
pub trait Request: Sized {
    /// A resource with what came from it.
    type From: From;

    /// Takes the request apart.
    fn into_parts(self) -> Vec<Self::From>;

    /// Puts one together.
    fn of_parts(parts: Vec<Self::From>) -> Self;
}

/// Something that came from a resource.
pub trait From {
    /// The resource.
    fn resource(&mut self) -> &mut Option<Resource>;
}

macro_rules! requests {
    ($($request:ident $from:ident $parts:ident),*) => {$(
        impl Request for $request {
            type From = $from;

            fn into_parts(self) -> Vec<$from> {
                self.$parts
            }

            fn of_parts($parts: Vec<$from>) -> Self {
                Self { $parts }
            }
        }

        impl From for $from {
            fn resource(&mut self) -> &mut Option<Resource> {
                &mut self.resource
            }
        }
    )*};
}

requests! {
    ExportTraceServiceRequest ResourceSpans resource_spans,
    ExportLogsServiceRequest ResourceLogs resource_logs,
    ExportMetricsServiceRequest ResourceMetrics resource_metrics
}

/// Takes the mark out of a request: requests of which each came one way.
pub fn apart<R: Request>(request: R) -> Vec<(Via, R)> {
    let mut ways: Vec<(Via, Vec<R::From>)> = Vec::new();
    for mut part in request.into_parts() {
        let via = part.resource().as_mut().map(take).unwrap_or_default();
        match ways.iter_mut().find(|(known, _)| *known == via) {
            Some((_, parts)) => parts.push(part),
            None => ways.push((via, vec![part])),
        }
    }
    let ways = ways.into_iter();
    ways.map(|(via, parts)| (via, R::of_parts(parts))).collect()
}

fn take(resource: &mut Resource) -> Via {
    let is_mark = |attribute: &KeyValue| attribute.key == ATTRIBUTE;
    let Some(place) = resource.attributes.iter().position(is_mark) else {
        return Via::default();
    };
    let mark = resource.attributes.remove(place);
    match mark.value.and_then(|value| value.value) {
        Some(Value::StringValue(text)) => Via::read(&text),
        _ => Via::default(),
    }
}

/// Puts the mark on every resource of a request.
pub fn mark<R: Request>(request: R, via: &Via) -> R {
    let mut parts = request.into_parts();
    for part in &mut parts {
        let resource = part.resource().get_or_insert_default();
        resource
            .attributes
            .retain(|attribute| attribute.key != ATTRIBUTE);
        resource.attributes.push(KeyValue {
            key: ATTRIBUTE.to_owned(),
            value: Some(AnyValue {
                value: Some(Value::StringValue(via.text())),
            }),
            ..KeyValue::default()
        });
    }
    R::of_parts(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(resources: usize) -> ExportTraceServiceRequest {
        ExportTraceServiceRequest {
            resource_spans: vec![ResourceSpans::default(); resources],
        }
    }

    #[test]
    fn a_mark_that_is_put_on_comes_off_and_leaves_nothing() {
        let via = Via::default().and("a").and("b");
        assert!(via.has("a") && !via.has("c") && !via.is_long());
        let marked = mark(mark(request(2), &Via::read("old")), &via);
        let apart = apart(marked);
        assert_eq!(apart.len(), 1);
        assert_eq!((&apart[0].0, via.text().as_str()), (&via, "a,b"));
        for part in &apart[0].1.resource_spans {
            assert!(part.resource.as_ref().unwrap().attributes.is_empty());
        }
    }

    #[test]
    fn what_came_different_ways_is_told_apart() {
        let mut both = request(2).resource_spans;
        both.extend(mark(request(1), &Via::read("a")).resource_spans);
        let ways = apart(ExportTraceServiceRequest {
            resource_spans: both,
        });
        let found: Vec<_> = ways
            .iter()
            .map(|(via, part)| (via.text(), part.resource_spans.len()))
            .collect();
        assert_eq!(found, [(String::new(), 2), ("a".to_owned(), 1)]);
    }

    #[test]
    fn a_way_is_as_long_as_it_may_be_at_most() {
        let long = Via::read(&vec!["x"; 1_000].join(","));
        assert!(long.is_long() && long.text().len() < 40);
        assert!(Via::read(&"x".repeat(1_000)).is_empty());
    }
}
