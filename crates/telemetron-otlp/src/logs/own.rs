//! Records that another Telemetron wrote as log records: what is carried is what was meant.

use telemetron_model::record::Record;

use super::data;
use super::record::Source;
use crate::carried;

/// The record that a log record carries, or why it is none; nothing when it carries none.
pub(super) fn of(source: &Source<'_>) -> Option<Result<Record, String>> {
    let mut record = carried::record(&source.attributes)?;
    if let Ok(Record::Event(event)) = &mut record
        && event.data.is_none()
    {
        event.data = data::of(source);
    }
    Some(record)
}
