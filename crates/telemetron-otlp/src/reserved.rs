//! Names under which a span's attributes hold what is no attribute of the sender's.
//!
//! Everything needed to write the span as OTLP again stands there. A sender's attribute of one of
//! these names is not kept.

/// The dialects that a span speaks, the one that decided first.
pub(crate) const DIALECT: &str = "telemetron.dialect";
/// The rules by which its fields were found.
pub(crate) const RULES: &str = "telemetron.rules";
/// Attributes of its resource.
pub(crate) const RESOURCE: &str = "otel.resource";
/// Its scope, and the URLs of its schemas.
pub(crate) const SCOPE: &str = "otel.scope";
/// Fields of the OTLP span that a record has no place for.
pub(crate) const SPAN: &str = "otel.span";
/// Values that plain JSON cannot tell from others, in the form of OTLP/JSON, by name.
pub(crate) const EXACT: &str = "otel.exact";
/// The body of a log record, where its message does not hold it whole.
pub(crate) const BODY: &str = "otel.body";
/// The schema of the record that a span or a log record of another Telemetron carries.
pub(crate) const SCHEMA: &str = "telemetron.schema";
/// That record, as JSON.
pub(crate) const RECORD: &str = "telemetron.record";

/// Whether a name is one of these.
pub(crate) fn is_reserved(name: &str) -> bool {
    let candidate = name.starts_with("otel.") || name.starts_with("telemetron.");
    candidate && [DIALECT, RULES, RESOURCE, SCOPE, SPAN, EXACT, SCHEMA, RECORD].contains(&name)
}
