//! Bringing a record within its bounds before it is sent, so that nothing of it is refused later.

use super::{are_countable, is_payable, short_id};
use crate::cost::NanoUsd;
use crate::record::{Record, Span, TokenUsage};

/// Brings a record within its bounds: ids that are too long are shortened, wherever they stand, so that
/// what they refer to is still found; counts and amounts that cannot be true are left out.
pub fn fit(record: &mut Record) {
    match record {
        Record::Span(span) => fit_span(span),
        Record::Trace(trace) => {
            let ids = [
                &mut trace.session_id,
                &mut trace.user_id,
                &mut trace.project,
                &mut trace.root_agent_id,
            ];
            ids.into_iter().for_each(optional);
            spent(&mut trace.reported_tokens, &mut trace.reported_cost_usd);
        }
        Record::Handoff(handoff) => {
            required(&mut handoff.handoff_id);
            optional(&mut handoff.source_agent_id);
            optional(&mut handoff.target_agent_id);
        }
        Record::Event(event) => {
            optional(&mut event.event_id);
            optional(&mut event.agent_id);
        }
        Record::Error(error) => {
            optional(&mut error.error_id);
            optional(&mut error.agent_id);
        }
        Record::Agent(agent) => required(&mut agent.agent_id),
        Record::Task(task) => {
            required(&mut task.task_id);
            required(&mut task.queue);
            let ids = [
                &mut task.agent_id,
                &mut task.invoked_by,
                &mut task.blocked_by,
            ];
            ids.into_iter().for_each(optional);
        }
        Record::Metric(point) => {
            required(&mut point.name);
            optional(&mut point.instance);
        }
    }
}

fn fit_span(span: &mut Span) {
    let ids = [
        &mut span.session_id,
        &mut span.user_id,
        &mut span.project,
        &mut span.agent_id,
    ];
    ids.into_iter().for_each(optional);
    spent(&mut span.token_usage, &mut span.cost_usd);
    for call in &mut span.llm_calls {
        spent(&mut call.token_usage, &mut call.cost_usd);
    }
}

fn required(id: &mut String) {
    if id.len() > super::MAX_ID_BYTES {
        *id = short_id(std::mem::take(id));
    }
}

fn optional(id: &mut Option<String>) {
    if let Some(id) = id {
        required(id);
    }
}

fn spent(usage: &mut Option<TokenUsage>, cost: &mut Option<NanoUsd>) {
    usage.take_if(|usage| !are_countable(usage.normalised()));
    cost.take_if(|cost| !is_payable(*cost));
}

#[cfg(test)]
mod tests {
    use super::super::MAX_ID_BYTES;
    use super::*;
    use crate::decode::{Decoded, RawRecord, decode};
    use crate::record::{Handoff, SpanKind};
    use crate::topic::Topic;
    use crate::{SpanId, Timestamp, TraceId};
    use proptest::prelude::*;

    fn span() -> Span {
        let trace = TraceId::from_bytes([1; 16]).unwrap();
        let id = SpanId::from_slice(&[1; 8]).unwrap();
        Span::started(trace, id, "s", SpanKind::Llm, Timestamp::from_nanos(1))
    }

    #[test]
    fn long_ids_that_begin_alike_stay_apart() {
        let long = |end: &str| short_id(format!("{}{end}", "é".repeat(200)));
        assert_eq!(long("a").len(), 255);
        assert_ne!(long("a"), long("b"));
        assert_eq!(short_id("short".to_owned()), "short");
    }

    #[test]
    fn an_id_is_shortened_alike_wherever_it_stands() {
        let id = "a".repeat(300);
        let json = serde_json::json!({
            "handoff_id": "h", "trace_id": "01".repeat(16), "source_agent_id": id,
            "target_agent_name": "b", "timestamp": "2026-01-01T00:00:00Z",
        });
        let handoff: Handoff = serde_json::from_value(json).unwrap();
        let mut span = span();
        span.agent_id = Some(id);
        let (mut from, mut to) = (Record::from(span), Record::from(handoff));
        fit(&mut from);
        fit(&mut to);
        let (Record::Span(span), Record::Handoff(handoff)) = (from, to) else {
            panic!()
        };
        assert_eq!(span.agent_id, handoff.source_agent_id);
    }

    proptest! {
        #[test]
        fn what_is_within_its_bounds_is_never_refused(
            id in "\\PC{0,400}",
            count in any::<i64>(),
            cost in any::<i64>(),
        ) {
            let mut span = span();
            span.session_id = Some(id.clone());
            span.user_id = Some(id.clone());
            span.project = Some(id);
            span.token_usage = Some(TokenUsage { input: count, ..TokenUsage::default() });
            span.cost_usd = Some(NanoUsd::from_nanos(cost));
            let mut record = Record::from(span);
            fit(&mut record);
            let json = record.to_json().unwrap();
            let raw = RawRecord { topic: Topic::Spans, schema: None, key: None, value: Some(&json) };
            let is_taken = matches!(decode(raw), Decoded::Fold { .. });
            prop_assert!(is_taken);
            let Record::Span(span) = record else { panic!() };
            prop_assert!(span.session_id.unwrap().len() <= MAX_ID_BYTES);
        }
    }
}
