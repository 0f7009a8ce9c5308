//! The exporter of the Rust SDK of OpenTelemetry.

use opentelemetry::KeyValue;
use opentelemetry::trace::{Span as _, TraceContextExt as _, Tracer as _, TracerProvider as _};
use opentelemetry_otlp::{Compression, SpanExporter, WithExportConfig as _, WithTonicConfig as _};
use opentelemetry_sdk::trace::SdkTracerProvider;

use super::trace_with;
use crate::platform::Platform;

#[tokio::test(flavor = "multi_thread")]
async fn the_rust_exporter_arrives_whole() {
    let Some(platform) = Platform::start().await else {
        return;
    };
    let exporter = SpanExporter::builder()
        .with_tonic()
        .with_endpoint(platform.otlp_grpc())
        .with_compression(Compression::Gzip)
        .build()
        .unwrap();
    let provider = SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .build();
    let tracer = provider.tracer("e2e");
    let trace_id = tracer.in_span("plan", |context| {
        let span = context.span();
        span.set_attribute(KeyValue::new("gen_ai.operation.name", "invoke_agent"));
        span.set_attribute(KeyValue::new("gen_ai.agent.name", "planner"));
        for call in 0..100 {
            let mut tool = tracer.start("search");
            tool.set_attribute(KeyValue::new("gen_ai.operation.name", "execute_tool"));
            tool.set_attribute(KeyValue::new("gen_ai.tool.name", format!("search-{call}")));
            tool.end();
        }
        span.span_context().trace_id().to_string()
    });
    let flushed = tokio::task::spawn_blocking(move || provider.shutdown());
    flushed.await.unwrap().unwrap();

    let answer = trace_with(&platform, &trace_id, 101).await;
    let spans = answer["spans"].as_array().unwrap();
    let tools = spans
        .iter()
        .filter(|span| span["span_kind"] == "TOOL")
        .count();
    assert_eq!(tools, 100);
    assert_eq!(answer["trace"]["status"], "COMPLETED");
}
