use proptest::prelude::*;

use super::*;

const TRACE: &str = "67e5504410b1426f9247bb680e5fe0c8";

fn span(change: &str) -> Vec<u8> {
    let mut value: serde_json::Value = serde_json::json!({
        "trace_id": TRACE, "span_id": "00f067aa0ba902b7", "name": "plan", "span_kind": "LLM",
        "status": "COMPLETED", "start_time": 10, "end_time": 20,
    });
    let change: serde_json::Value = serde_json::from_str(change).unwrap();
    for (field, wanted) in change.as_object().unwrap() {
        value[field] = wanted.clone();
    }
    serde_json::to_vec(&value).unwrap()
}

fn decode_span(value: &[u8]) -> Decoded {
    decode(RawRecord {
        topic: Topic::Spans,
        schema: None,
        key: None,
        value: Some(value),
    })
}

fn folded(value: &[u8]) -> Box<Span> {
    match decode_span(value) {
        Decoded::Fold {
            record: Record::Span(span),
            ..
        } => span,
        other => panic!("expected a span, got {other:?}"),
    }
}

fn rejection(decoded: Decoded) -> String {
    match decoded {
        Decoded::Reject(reason) => reason.to_string(),
        other => panic!("expected a rejection, got {other:?}"),
    }
}

#[test]
fn a_wrong_field_is_named_with_what_it_should_be() {
    assert_eq!(
        rejection(decode_span(&span(r#"{"start_time": true}"#))),
        "malformed telemetron.span.v1 record at `start_time`: invalid type: boolean `true`, expected \
         nanoseconds since the epoch as an integer, or RFC 3339 text at line 1 column 93"
    );
    let kind = rejection(decode_span(&span(r#"{"span_kind": "ROBOT"}"#)));
    assert!(
        kind.contains("`span_kind`: `ROBOT` is not one of AGENT, LLM"),
        "{kind}"
    );
    let nested = rejection(decode_span(&span(r#"{"llm_calls": [{"model": 7}]}"#)));
    assert!(nested.contains("`llm_calls[0].model`"), "{nested}");
}

#[test]
fn an_unknown_field_is_ignored_and_null_means_absent() {
    let span = folded(&span(
        r#"{"colour": "blue", "model": null, "output_data": {"x": [1]}}"#,
    ));
    assert_eq!(span.model, None);
    assert_eq!(span.output_data.unwrap().get(), r#"{"x":[1]}"#);
}

#[test]
fn what_has_one_meaning_is_repaired() {
    let backwards = folded(&span(r#"{"end_time": 5}"#));
    assert_eq!(backwards.end_time, Some(backwards.start_time));
    assert_eq!(
        folded(&span(r#"{"parent_span_id": "00f067aa0ba902b7"}"#)).parent_span_id,
        None
    );
    let usage = folded(&span(r#"{"token_usage": {"input": 3, "output": 4}}"#))
        .token_usage
        .unwrap();
    assert_eq!(usage.total, 7);
    assert_eq!(folded(&span(r#"{"status": "RUNNING"}"#)).end_time, None);
}

#[test]
fn an_error_without_a_class_gets_one() {
    let error = folded(&span(
        r#"{"status":"FAILED","error":{"type":"TimeoutError","message":"x"}}"#,
    ))
    .error;
    assert_eq!(
        error.unwrap().category,
        Some(crate::record::ErrorCategory::Timeout)
    );
}

#[test]
fn schemas_are_checked_against_version_and_topic() {
    let value = span("{}");
    let mut raw = RawRecord {
        topic: Topic::Spans,
        schema: Some(b"telemetron.span.v2"),
        key: None,
        value: Some(&value),
    };
    assert_eq!(
        rejection(decode(raw)),
        "schema `telemetron.span.v2` is newer than this telemetron, which reads v1; upgrade, then replay it"
    );
    raw.schema = Some(b"something.else");
    assert!(rejection(decode(raw)).starts_with("schema `something.else` is unknown"));
    raw.schema = Some(b"telemetron.span.v1");
    raw.topic = Topic::Events;
    assert!(rejection(decode(raw)).ends_with("produce it to `agent-telemetry-spans`"));
}

#[test]
fn the_key_is_the_trace_id_in_any_form_or_absent() {
    let value = span("{}");
    let with = |key| {
        decode(RawRecord {
            topic: Topic::Spans,
            schema: None,
            key: Some(key),
            value: Some(&value),
        })
    };
    assert!(matches!(
        with(b"67E55044-10B1-426F-9247-BB680E5FE0C8"),
        Decoded::Fold { .. }
    ));
    assert!(rejection(with(b"other")).starts_with("key `other` is not the record's trace id"));
}

#[test]
fn a_tombstone_is_ignored_and_a_huge_value_is_rejected() {
    let raw = RawRecord {
        topic: Topic::Spans,
        schema: None,
        key: None,
        value: None,
    };
    assert!(matches!(decode(raw), Decoded::Ignore));
    let huge = vec![b' '; MAX_RECORD_BYTES + 1];
    assert!(rejection(decode_span(&huge)).contains("8388609 bytes"));
}

/// A dead letter must have room for the reason beside the record, whatever the record holds.
#[test]
fn no_reason_is_long_however_long_what_it_speaks_of() {
    let long = "A".repeat(1024 * 1024);
    let (value, text) = (span("{}"), long.as_bytes());
    let calls = span(&format!(r#"{{"llm_calls": "{long}"}}"#));
    let field = span(&format!(r#"{{"llm_calls": [{{"{long}": 1}}]}}"#));
    let kind = span(&format!(r#"{{"span_kind": "{long}"}}"#));
    let newer = format!("telemetron.span.v{}", "9".repeat(1024));
    let raw = RawRecord {
        topic: Topic::Spans,
        schema: None,
        key: None,
        value: Some(&value),
    };
    let poisons = [
        RawRecord {
            value: Some(&calls),
            ..raw
        },
        RawRecord {
            value: Some(&field),
            ..raw
        },
        RawRecord {
            value: Some(&kind),
            ..raw
        },
        RawRecord {
            value: Some(text),
            ..raw
        },
        RawRecord {
            key: Some(text),
            ..raw
        },
        RawRecord {
            key: Some(&[0xff; 1024 * 1024]),
            ..raw
        },
        RawRecord {
            schema: Some(text),
            ..raw
        },
        RawRecord {
            schema: Some(newer.as_bytes()),
            ..raw
        },
    ];
    for poison in poisons {
        let reason = rejection(decode(poison));
        assert!(
            reason.len() < 4096,
            "{} bytes: {}",
            reason.len(),
            &reason[..200]
        );
    }
    let refused = Rejection::refused(&long).to_string();
    assert!(refused.len() < 4096, "{} bytes", refused.len());
}

#[test]
fn decoding_what_was_encoded_gives_the_record_back() {
    let value =
        span(r#"{"cost_usd": 0.000123456, "attributes": {"a": 1}, "llm_calls": [{"model": "m"}]}"#);
    let Decoded::Fold { record, hash } = decode_span(&value) else {
        panic!("not folded")
    };
    let again = record.to_json().unwrap();
    let Decoded::Fold {
        record: second,
        hash: other,
    } = decode_span(&again)
    else {
        panic!("not folded")
    };
    assert_eq!(record, second);
    assert_eq!(content_hash(&value), hash);
    assert_eq!(content_hash(&again), other);
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(value in prop::collection::vec(any::<u8>(), 0..200)) {
        for topic in Topic::ALL {
            let _ = decode(RawRecord { topic, schema: None, key: None, value: Some(&value) });
        }
    }

    #[test]
    fn no_json_makes_it_panic(field in "[a-z_]{1,16}", text in "\\PC{0,10}", number in any::<f64>()) {
        for value in [serde_json::json!(text), serde_json::json!(number), serde_json::json!([text]), serde_json::Value::Null] {
            let _ = decode_span(&span(&serde_json::json!({ field.clone(): value }).to_string()));
        }
    }
}

#[test]
fn instants_before_the_epoch_are_refused_wherever_they_stand() {
    let early = rejection(decode_span(&span(
        r#"{"start_time": -9200000000000000000}"#,
    )));
    assert!(early.contains("`start_time` is 1678-"), "{early}");
    assert!(early.ends_with("before the year 1970"), "{early}");
    rejection(decode_span(&span(r#"{"end_time": -1}"#)));
}

#[test]
fn a_length_below_zero_is_unknown() {
    let calls = r#"{"llm_calls": [{"model": "m", "latency_ns": -9}],
                    "tool_calls": [{"tool_name": "t", "duration_ns": -9}]}"#;
    let span = folded(&span(calls));
    assert_eq!(
        (span.llm_calls[0].latency_ns, span.tool_calls[0].duration_ns),
        (None, None)
    );
}

#[test]
fn what_postgres_cannot_hold_is_marked_before_anything_is_named_after_it() {
    let event = |id: &str| {
        let value = format!(
            r#"{{"event_id":"{id}","trace_id":"{TRACE}","event_type":"log","event_name":"x","severity":"info","timestamp":1}}"#
        );
        let raw = RawRecord {
            topic: Topic::Events,
            schema: None,
            key: None,
            value: Some(value.as_bytes()),
        };
        match decode(raw) {
            Decoded::Fold {
                record: Record::Event(event),
                hash,
            } => {
                assert_eq!(hash, content_hash(value.as_bytes()));
                event.event_id.unwrap()
            }
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(event(r"a\u0000b"), "a\u{241b}0000b");
    assert_eq!(event(r"half \ud83d"), "half \u{241b}d83d");
    assert_eq!(event(r"\ud83d\ude00"), "\u{1f600}");
    assert_eq!(event(r"\\u0000"), r"\u0000");
}

fn record(topic: Topic, schema: &[u8], value: &serde_json::Value) -> Record {
    let value = serde_json::to_vec(value).unwrap();
    let raw = RawRecord {
        topic,
        schema: Some(schema),
        key: None,
        value: Some(&value),
    };
    match decode(raw) {
        Decoded::Fold { record, .. } => record,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_span_without_a_name_has_that_of_its_agent_or_its_kind() {
    let named = |change: &str| folded(&span(change)).name;
    assert_eq!(named(r#"{"name": "", "agent_name": "planner"}"#), "planner");
    assert_eq!(named(r#"{"name": "", "span_kind": "TOOL"}"#), "tool");
    let mut value: serde_json::Value = serde_json::from_slice(&span("{}")).unwrap();
    value.as_object_mut().unwrap().remove("name");
    assert_eq!(folded(&serde_json::to_vec(&value).unwrap()).name, "llm");
}

#[test]
fn tokens_are_read_under_every_usual_name() {
    let usage = |told: &str| {
        let span = folded(&span(&format!(r#"{{"token_usage": {told}}}"#)));
        let usage = span.token_usage.unwrap();
        [
            usage.input,
            usage.output,
            usage.total,
            usage.cached,
            usage.reasoning,
        ]
    };
    let openai = r#"{"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15,
        "prompt_tokens_details": {"cached_tokens": 4}, "completion_tokens_details": {"reasoning_tokens": 2}}"#;
    assert_eq!(usage(openai), [10, 5, 15, 4, 2]);
    assert_eq!(
        usage(r#"{"input_tokens": 3, "output_tokens": 4}"#),
        [3, 4, 7, 0, 0]
    );
    assert_eq!(
        usage(r#"{"input": 1, "prompt_tokens": 9, "output": null}"#),
        [1, 0, 1, 0, 0]
    );
}

#[test]
fn a_handoff_may_name_agents_by_id_alone_but_must_name_a_target() {
    let mut told = serde_json::json!({
        "handoff_id": "h", "trace_id": TRACE, "source_agent_id": "a1", "target_agent_id": "a2", "timestamp": 1,
    });
    let schema = b"telemetron.handoff.v1";
    let Record::Handoff(handoff) = record(Topic::Handoffs, schema, &told) else {
        panic!("no handoff");
    };
    assert_eq!(handoff.target_agent_name, "a2");
    assert_eq!(handoff.source_agent_name.as_deref(), Some("a1"));
    told.as_object_mut().unwrap().remove("target_agent_id");
    let value = serde_json::to_vec(&told).unwrap();
    let nobody = rejection(decode(RawRecord {
        topic: Topic::Handoffs,
        schema: Some(schema),
        key: None,
        value: Some(&value),
    }));
    assert!(nobody.contains("`target_agent_id`"), "{nobody}");
}

#[test]
fn capitals_and_the_other_name_of_time_mean_the_same() {
    let event = serde_json::json!({"event_type": "AGENT_START", "event_name": "X", "time": 7});
    let Record::Event(event) = record(Topic::Events, b"telemetron.event.v1", &event) else {
        panic!("no event");
    };
    assert_eq!(
        (event.event_type.as_str(), event.timestamp.nanos()),
        ("agent_start", 7)
    );
    let mixed = serde_json::json!({"event_type": "OrderPlaced", "event_name": "x", "timestamp": 7});
    let Record::Event(mixed) = record(Topic::Events, b"telemetron.event.v1", &mixed) else {
        panic!("no event");
    };
    assert_eq!(
        mixed.event_type, "OrderPlaced",
        "what people named stays as it is"
    );
    let point = serde_json::json!({"name": "m", "type": "gauge", "value": 2.5, "timestamp": 9});
    let Record::Metric(point) = record(Topic::Metrics, b"telemetron.metric.v1", &point) else {
        panic!("no point");
    };
    assert_eq!((point.time.nanos(), point.value), (9, 2.5));
}
