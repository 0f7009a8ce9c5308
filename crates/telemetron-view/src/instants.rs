//! Instants inside of stored JSON, as answers write them.

use std::collections::BTreeMap;

use serde_json::value::{RawValue, to_raw_value};

use telemetron_model::RawJson;
use telemetron_model::time::{Rfc3339, Timestamp};

/// Events of a span with their times as RFC 3339; they are stored as nanoseconds. What is no list of
/// events stays as it is.
#[must_use]
pub fn events_told(events: RawJson) -> RawJson {
    type Event = BTreeMap<String, Box<RawValue>>;
    let Ok(mut all) = events.parse::<Vec<Event>>() else {
        return events;
    };
    for event in &mut all {
        let nanos = event.get("time").and_then(|time| time.get().parse().ok());
        let told = nanos.map(|nanos| Rfc3339(Timestamp::from_nanos(nanos)));
        if let Some(told) = told.and_then(|told| to_raw_value(&told).ok()) {
            event.insert("time".to_owned(), told);
        }
    }
    RawJson::of(&all).unwrap_or(events)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_events_are_told_as_instants_and_the_rest_as_it_was() {
        let told = |text: &str| {
            let events = RawJson::from_text(text.to_owned()).unwrap();
            events_told(events).get().to_owned()
        };
        let event = r#"[{"name":"retry","time":1500000000000000001,"attributes":{"n":0.10}}]"#;
        assert_eq!(
            told(event),
            r#"[{"attributes":{"n":0.10},"name":"retry","time":"2017-07-14T02:40:00.000000001Z"}]"#
        );
        let own = r#"[{"name":"x","time":"yesterday"}]"#;
        assert_eq!(told(own), own);
        let cut = r#"{"telemetron.cut":{"bytes":9}}"#;
        assert_eq!(told(cut), cut);
    }
}
