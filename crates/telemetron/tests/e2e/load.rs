//! A steady load of spans, each with an identity of its own, that knows what Kafka acknowledged.

use std::pin::pin;
use std::time::Duration;

use telemetron_kafka::{KafkaConfig, Producer, ProducerOptions};
use telemetron_model::record::{Record, Span, SpanKind, Status};
use telemetron_model::{SpanId, Timestamp, TraceId};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Spans in one trace, and traces sent together.
const SPANS: u64 = 10;
const TRACES: u64 = 10;

/// How long Kafka may take before the load says that it waits: longer than any restart.
const SLOW: Duration = Duration::from_secs(30);

/// How long a topic may be unknown: a broker on a busy machine hears late of one that was made anew.
const PATIENCE: Duration = Duration::from_secs(300);

/// A load that runs until it is stopped.
pub(crate) struct Load {
    stop: CancellationToken,
    task: JoinHandle<u64>,
}

impl Load {
    /// Sends start and end of a hundred spans every 50 ms.
    pub(crate) fn start(bootstrap_servers: String) -> Self {
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        #[expect(clippy::disallowed_methods, reason = "the test awaits it itself")]
        let task = tokio::spawn(async move {
            let options = ProducerOptions {
                topic_patience: PATIENCE,
                ..ProducerOptions::default()
            };
            let producer = Producer::new(&KafkaConfig::new(bootstrap_servers), &options).unwrap();
            let mut sent = 0;
            while !stopped.is_cancelled() {
                sent += send(&producer, sent / SPANS).await;
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            sent
        });
        Self { stop, task }
    }

    /// Stops, and returns how many spans were sent and acknowledged: all of them.
    pub(crate) async fn stop(self) -> u64 {
        self.stop.cancel();
        self.task.await.unwrap()
    }
}

async fn send(producer: &Producer, first_trace: u64) -> u64 {
    let mut batch = producer.batch();
    for trace in first_trace..first_trace + TRACES {
        for place in 0..SPANS {
            let mut span = span(trace, place);
            batch.send(&Record::from(span.clone())).await.unwrap();
            span.status = Status::Completed;
            span.end_time = Some(span.start_time.plus_nanos(1_000_000));
            batch.send(&Record::from(span)).await.unwrap();
        }
    }
    let mut delivered = pin!(batch.delivered());
    loop {
        if let Ok(outcome) = tokio::time::timeout(SLOW, &mut delivered).await {
            outcome.unwrap();
            return TRACES * SPANS;
        }
        // Without it, a sender that hangs looks like a platform that does.
        let (stats, fatal) = (producer.stats(), producer.fatal_error());
        println!("the load waits for Kafka: {stats:?}, broken for good: {fatal:?}");
    }
}

fn span(trace: u64, place: u64) -> Span {
    let mut trace_id = [1; 16];
    trace_id[..8].copy_from_slice(&trace.to_be_bytes());
    let trace_id = TraceId::from_bytes(trace_id).unwrap();
    let id = |place: u64| SpanId::from_slice(&(place + 1).to_be_bytes()).unwrap();
    // The same bytes whenever it is sent: a repetition changes nothing.
    let begun = Timestamp::from_nanos(1_700_000_000_000_000_000 + trace.cast_signed() * 1_000_000);
    let mut span = Span::started(trace_id, id(place), "step", SpanKind::Chain, begun);
    span.parent_span_id = (place > 0).then(|| id(0));
    span.agent_name = Some(format!("agent-{}", place % 3));
    span
}
