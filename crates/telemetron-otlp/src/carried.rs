//! Records that another Telemetron wrote into what it sent on, as attributes of our own.

use telemetron_model::decode::{Decoded, RawRecord, decode};
use telemetron_model::record::{Record, Schema};

use crate::Attributes;
use crate::reserved::{RECORD, SCHEMA};

/// The record that these attributes carry, or why it is none; nothing when they carry none.
pub(crate) fn record(attributes: &Attributes<'_>) -> Option<Result<Record, String>> {
    let header = attributes.text(SCHEMA)?;
    let json = attributes.text(RECORD)?;
    let read = read(header, json);
    Some(read.map_err(|reason| format!("`{RECORD}` cannot be read: {reason}")))
}

fn read(header: &str, json: &str) -> Result<Record, String> {
    let schema = Schema::ALL
        .into_iter()
        .find(|schema| schema.header() == header);
    let raw = RawRecord {
        topic: schema.unwrap_or(Schema::Event).topic(),
        schema: Some(header.as_bytes()),
        key: None,
        value: Some(json.as_bytes()),
    };
    match decode(raw) {
        Decoded::Fold { record, .. } => Ok(record),
        Decoded::Reject(rejection) => Err(rejection.to_string()),
        Decoded::Ignore => Err("it is empty".to_owned()),
    }
}
