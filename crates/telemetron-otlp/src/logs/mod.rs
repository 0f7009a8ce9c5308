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
//! are hashes of the content, so that a record that is sent again changes nothing.

mod data;
mod failure;
mod name;
mod own;
mod record;
mod severity;

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use telemetron_model::RawJson;

use crate::origin::{Origin, scope_json};
use crate::{Attributes, Mapped};
use record::Source;

/// Maps the log records of a request.
pub fn map(request: &ExportLogsServiceRequest) -> Mapped {
    let mut mapped = Mapped::default();
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
                scope.map(record, &mut mapped);
            }
        }
    }
    mapped
}

/// What the records of one scope share.
struct Scope<'a> {
    origin: &'a Origin<'a>,
    name: &'a str,
    json: Option<RawJson>,
}

impl Scope<'_> {
    fn map(&self, record: &LogRecord, mapped: &mut Mapped) {
        let source = Source {
            record,
            attributes: Attributes::new(&record.attributes),
            scope: self,
        };
        if let Some(own) = own::of(&source) {
            return match own {
                Ok(record) => mapped.records.push(record),
                Err(reason) => mapped.reject(format!("log record `{}`", record.event_name), reason),
            };
        }
        let name = source.name();
        match source.time() {
            Some(time) => {
                let event = source.event(&name, time);
                let failure = failure::of(&source, &name, &event);
                mapped.records.push(event.into());
                mapped.records.extend(failure.map(Into::into));
            }
            None => mapped.reject(
                format!("log record `{}`", name.text),
                "the log record has no time; set timeUnixNano or observedTimeUnixNano",
            ),
        }
    }
}

#[cfg(test)]
mod tests;
