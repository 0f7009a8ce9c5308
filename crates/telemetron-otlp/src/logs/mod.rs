//! Log records to events, and to errors where something failed.
//!
//! ```text
//!  record ─▶ Name (what it is) ─▶ Event with all it said ─▶ Error, when it tells of a failure
//!              └▶ Rejected: it has no time
//! ```
//!
//! One that another Telemetron sent carries its record: that is taken instead.
//!
//! A record with a trace becomes an event of its span; one without is an event of its service. Ids
//! are hashes of the content, so that a record that is sent again changes nothing; of equal records
//! in one request the second, third and so on have the hash of the content with their number, so
//! that two lines that say the same at the same time are two events (`repeats`).

mod data;
mod failure;
mod name;
mod own;
mod record;
mod repeats;
mod severity;

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use telemetron_model::RawJson;

use crate::cut::cut_text;
use crate::origin::{Origin, scope_json};
use crate::{Attributes, Mapped, Sink};
use record::Source;
use repeats::Repeats;

/// Maps the log records of a request.
pub fn map(request: &ExportLogsServiceRequest) -> Mapped {
    let mut mapped = Mapped::default();
    map_into(request, &mut mapped);
    mapped
}

/// Maps the log records of a request, one after the other, until nothing more is taken.
pub fn map_into(request: &ExportLogsServiceRequest, sink: &mut impl Sink) {
    let mut repeats = Repeats::default();
    for logs in &request.resource_logs {
        let origin = Origin::of(logs.resource.as_ref());
        for scope_logs in &logs.scope_logs {
            let scope = scope_logs.scope.as_ref();
            let scope = Scope {
                origin: &origin,
                name: scope.map_or("", |scope| &scope.name),
                json: scope_json(scope, &scope_logs.schema_url, &logs.schema_url),
            };
            for record in &scope_logs.log_records {
                if sink.is_full() {
                    return;
                }
                scope.map(record, &mut repeats, sink);
            }
        }
    }
}

/// What the records of one scope share.
struct Scope<'a> {
    origin: &'a Origin<'a>,
    name: &'a str,
    json: Option<RawJson>,
}

impl Scope<'_> {
    fn map(&self, record: &LogRecord, repeats: &mut Repeats, sink: &mut impl Sink) {
        let source = Source {
            record,
            attributes: Attributes::new(&record.attributes),
            scope: self,
        };
        if let Some(own) = own::of(&source) {
            return match own {
                Ok(record) => sink.record(record),
                Err(reason) => sink.reject(item(&record.event_name), reason),
            };
        }
        let name = source.name();
        match source.time() {
            Some(time) => {
                let event_id = repeats.id(source.content_hash());
                let event = source.event(&name, time, event_id);
                let failure = failure::of(&source, &name, &event);
                sink.record(event.into());
                if let Some(failure) = failure {
                    sink.record(failure.into());
                }
            }
            None => sink.reject(item(&name.text), NO_TIME.to_owned()),
        }
    }
}

const NO_TIME: &str = "the log record has no time; set timeUnixNano or observedTimeUnixNano";

/// How a log record is named to its sender.
fn item(name: &str) -> String {
    format!("log record `{}`", cut_text(name, MAX_NAMED))
}

/// Longest name that is repeated.
const MAX_NAMED: usize = 200;

#[cfg(test)]
mod tests;
