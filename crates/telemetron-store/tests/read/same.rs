//! Attributes that are the same as the input or output of their span.

use serde_json::{Value, json};
use sqlx::PgPool;
use telemetron_store::read::spans;

use super::support::{located, span, span_id, store};

#[sqlx::test(migrations = "../../migrations")]
async fn a_list_has_references_and_a_span_on_its_own_the_texts(pool: PgPool) {
    let reference = json!({ "prompt": { "telemetron.same_as": "input_data" }, "n": 1 });
    let fields = json!({ "attributes": reference, "input_data": [{ "role": "user" }] });
    store(&pool, &[span(1, 1, 0, fields)]).await;
    let at = located(&pool, 1).await;
    let attributes =
        |view: telemetron_view::SpanView| -> Value { view.attributes.unwrap().parse().unwrap() };
    let listed = spans::list(&pool, at, None, 9).await.unwrap().items;
    let listed = listed.into_iter().map(attributes);
    assert_eq!(listed.collect::<Vec<_>>(), [reference]);
    let found = spans::find(&pool, at, span_id(1)).await.unwrap().unwrap();
    let text = r#"[{"role":"user"}]"#;
    assert_eq!(attributes(found.span), json!({ "prompt": text, "n": 1 }));
}
