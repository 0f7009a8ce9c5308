//! A trace as a whole: all of it where it fits, and what tells most where it does not.

use serde_json::{Value, json};
use sqlx::PgPool;
use telemetron_model::Timestamp;
use telemetron_store::read::whole::{WholeTrace, read};

use super::support::{span, span_id, store, trace_id};

async fn opened(pool: &PgPool) -> WholeTrace {
    let trace = read(pool, trace_id(1), Timestamp::now()).await;
    trace.unwrap().unwrap()
}

/// Text that hardly gets smaller: its frame is larger than a diagnosis reads.
fn noise() -> Value {
    let mut state = 1_u64;
    let letters = std::iter::repeat_with(|| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        char::from(b'!' + u8::try_from((state >> 33) % 90).unwrap())
    });
    letters.take(2_000_000).collect::<String>().into()
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_trace_that_fits_is_read_whole_and_in_order(pool: PgPool) {
    let later = span(
        1,
        2,
        20,
        json!({ "input_data": { "a": 1 }, "output_data": "well" }),
    );
    let earlier = span(1, 1, 10, json!({ "output_data": ["x".repeat(2_000)] }));
    store(&pool, &[later, earlier]).await;
    let trace = opened(&pool).await;
    let ids: Vec<_> = trace.spans.iter().map(|span| span.span_id).collect();
    assert_eq!(ids, [span_id(1), span_id(2)]);
    let text = |text: &Option<telemetron_store::read::whole::WholeText>| {
        text.as_ref().map(|text| text.text().to_owned()).unwrap()
    };
    let last = &trace.spans[1];
    assert_eq!(
        (text(&last.input), text(&last.output)),
        ("{\"a\":1}".to_owned(), "well".to_owned())
    );
    assert_eq!(text(&trace.spans[0].output).len(), 2_004);
    assert_eq!((trace.missing.spans, trace.missing.payloads), (0, 0));
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_payload_too_large_is_left_out_and_counted_and_the_others_are_read(pool: PgPool) {
    let large = span(1, 1, 10, json!({ "output_data": noise() }));
    let small = span(1, 2, 20, json!({ "output_data": "well" }));
    store(&pool, &[large, small]).await;
    let trace = opened(&pool).await;
    assert_eq!((trace.missing.spans, trace.missing.payloads), (0, 1));
    let outputs: Vec<_> = trace
        .spans
        .iter()
        .map(|span| span.output.is_some())
        .collect();
    assert_eq!(outputs, [false, true]);
}
