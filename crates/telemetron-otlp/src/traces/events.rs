//! Events and links of a span, as JSON arrays.

use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use telemetron_model::RawJson;

use crate::Attributes;
use crate::plain::Plain;

/// Events as `[{name, time, attributes}]`; none when there are none.
pub(super) fn of(events: &[Event]) -> Option<RawJson> {
    let items: Vec<_> = events.iter().map(EventJson).collect();
    (!items.is_empty()).then(|| RawJson::of(&items))?
}

/// Links as `[{trace_id, span_id, attributes}]`; none when there are none.
pub(super) fn links(links: &[Link]) -> Option<RawJson> {
    let items: Vec<_> = links.iter().map(LinkJson).collect();
    (!items.is_empty()).then(|| RawJson::of(&items))?
}

struct EventJson<'a>(&'a Event);

impl Serialize for EventJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", &self.0.name)?;
        map.serialize_entry("time", &self.0.time_unix_nano)?;
        attributes(&mut map, &Attributes::new(&self.0.attributes))?;
        dropped(&mut map, self.0.dropped_attributes_count)?;
        map.end()
    }
}

struct LinkJson<'a>(&'a Link);

impl Serialize for LinkJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let link = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("trace_id", &hex(&link.trace_id))?;
        map.serialize_entry("span_id", &hex(&link.span_id))?;
        attributes(&mut map, &Attributes::new(&link.attributes))?;
        if !link.trace_state.is_empty() {
            map.serialize_entry("trace_state", &link.trace_state)?;
        }
        if link.flags > 0 {
            map.serialize_entry("flags", &link.flags)?;
        }
        dropped(&mut map, link.dropped_attributes_count)?;
        map.end()
    }
}

fn attributes<M: SerializeMap>(map: &mut M, attributes: &Attributes<'_>) -> Result<(), M::Error> {
    if attributes.iter().next().is_none() {
        return Ok(());
    }
    map.serialize_entry("attributes", &Plain::of(attributes))
}

fn dropped<M: SerializeMap>(map: &mut M, count: u32) -> Result<(), M::Error> {
    if count == 0 {
        return Ok(());
    }
    map.serialize_entry("dropped_attributes_count", &count)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
