//! A bar in a terminal for when something happened within a trace.

use telemetron_model::record::TimeSource;
use telemetron_model::{Rfc3339, Timestamp};
use telemetron_view::{SpanView, millis_between};

/// Columns of the waterfall.
const WIDTH: usize = 24;

/// The time from the first start to the last end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    start: i64,
    length: i64,
    has_clock: bool,
}

impl Scale {
    /// The scale of these spans; what still runs reaches to `now`.
    pub(super) fn of(spans: &[SpanView], now: Timestamp) -> Self {
        let start = spans.iter().map(|span| span.start_time.0.nanos()).min();
        let end = spans.iter().map(|span| end_of(span, now)).max();
        let (start, end) = (start.unwrap_or_default(), end.unwrap_or_default());
        Self {
            start,
            length: end.saturating_sub(start).max(1),
            has_clock: spans
                .iter()
                .all(|span| span.time_source == TimeSource::Clock),
        }
    }

    /// The bar of a span; a point when it took no time that can be seen, `┄` to the end while it
    /// runs.
    pub(super) fn bar(&self, span: &SpanView, now: Timestamp) -> String {
        let from = self.column(span.start_time.0.nanos()).min(WIDTH - 1);
        let to = self.column(end_of(span, now)).clamp(from, WIDTH);
        let mark = if span.end_time.is_none() {
            "┄"
        } else {
            "━"
        };
        let bar = match to - from {
            0 => "╸".to_owned(),
            length => mark.repeat(length),
        };
        format!("{}{bar}", " ".repeat(from))
    }

    fn column(&self, instant: i64) -> usize {
        let since = i128::from(instant.saturating_sub(self.start).max(0));
        let width = i128::try_from(WIDTH).unwrap_or_default();
        usize::try_from(since * width / i128::from(self.length)).unwrap_or(WIDTH)
    }

    /// How long after the start something happened, in milliseconds; none when the times of the
    /// trace are only an order.
    pub(super) fn offset_ms(&self, instant: Rfc3339) -> Option<f64> {
        let start = Timestamp::from_nanos(self.start);
        self.has_clock.then(|| millis_between(start, instant.0))
    }
}

fn end_of(span: &SpanView, now: Timestamp) -> i64 {
    let running = || now.nanos().max(span.start_time.0.nanos());
    span.end_time.map_or_else(running, |end| end.0.nanos())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(start: u8, end: Option<u8>) -> SpanView {
        let at = |second: u8| format!("2026-01-01T00:00:{second:02}Z");
        let value = serde_json::json!({
            "trace_id": "1".repeat(32), "span_id": "1".repeat(16), "name": "s",
            "parent_span_id": null, "span_kind": "LLM", "status": "COMPLETED",
            "time_source": "clock", "start_time": at(start), "end_time": end.map(at),
            "duration_ms": null, "agent_id": null, "agent_name": null, "counts": true,
            "llm_call_count": 0, "tool_call_count": 0,
        });
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn bars_stand_where_and_as_long_as_their_spans() {
        let spans = [span(0, Some(24)), span(12, Some(18)), span(24, Some(24))];
        let now = Timestamp::parse_rfc3339("2026-01-01T00:00:24Z").unwrap();
        let scale = Scale::of(&spans, now);
        assert_eq!(scale.bar(&spans[0], now), "━".repeat(24));
        assert_eq!(
            scale.bar(&spans[1], now),
            format!("{}━━━━━━", " ".repeat(12))
        );
        assert_eq!(scale.bar(&spans[2], now), format!("{}━", " ".repeat(23)));
        let point = span(12, Some(12));
        assert_eq!(scale.bar(&point, now), format!("{}╸", " ".repeat(12)));
    }

    #[test]
    fn what_runs_reaches_to_the_present() {
        let spans = [span(0, Some(12)), span(6, None)];
        let now = Timestamp::parse_rfc3339("2026-01-01T00:00:24Z").unwrap();
        let scale = Scale::of(&spans, now);
        assert_eq!(
            scale.bar(&spans[1], now),
            format!("{}{}", " ".repeat(6), "┄".repeat(18))
        );
    }
}
