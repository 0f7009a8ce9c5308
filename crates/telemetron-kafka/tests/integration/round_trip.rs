//! What is sent comes back as it was.

use std::collections::BTreeMap;
use std::sync::Arc;

use telemetron_kafka::admin::{TopicState, cluster_id, describe, ensure_topics};
use telemetron_kafka::{Headers, Outgoing, SendError};
use telemetron_model::decode::{Decoded, decode};
use telemetron_model::record::{
    Agent, AgentStatus, ErrorRecord, Event, Handoff, MetricPoint, MetricType, Priority, Record,
    Severity, Task, TaskStatus, Trace,
};
use telemetron_model::{Timestamp, topic::Topic};

use crate::support::{Broker, MemoryOffsets, next_message, plan, span, trace_id};

const NOW: Timestamp = Timestamp::from_nanos(1_700_000_000_000_000_000);

fn one_of_each_kind() -> Vec<Record> {
    let trace_id = trace_id(1);
    let event = Event {
        event_id: Some("e1".into()),
        trace_id: Some(trace_id),
        span_id: None,
        agent_id: None,
        agent_name: None,
        event_type: "custom".into(),
        event_name: "thought".into(),
        severity: Severity::Info,
        message: None,
        data: None,
        timestamp: NOW,
        correlation_id: None,
        cause: None,
    };
    let error = ErrorRecord {
        error_id: Some("x1".into()),
        trace_id,
        span_id: None,
        agent_id: None,
        agent_name: None,
        error_type: "Timeout".into(),
        message: "timed out".into(),
        stack: None,
        category: Some(telemetron_model::record::ErrorCategory::Timeout),
        severity: Some(Severity::Error),
        retryable: Some(true),
        attempts: None,
        suggested_fixes: Vec::new(),
        timestamp: NOW,
    };
    let handoff = Handoff {
        handoff_id: "h1".into(),
        trace_id,
        span_id: None,
        source_agent_id: None,
        source_agent_name: Some("planner".into()),
        target_agent_id: None,
        target_agent_name: "coder".into(),
        timestamp: NOW,
        until: None,
        reason: Some("code needed".into()),
        mode: None,
        rule: None,
        context: None,
    };
    let metric = MetricPoint {
        name: "requests_total".into(),
        metric_type: MetricType::Counter,
        unit: None,
        labels: BTreeMap::from([("tool".into(), "search".into())]),
        value: 3.0,
        histogram: None,
        temporality: None,
        instance: None,
        start_time: None,
        time: NOW,
    };
    let agent = Agent {
        agent_id: "planner-1".into(),
        name: "planner".into(),
        description: None,
        capabilities: Vec::new(),
        models: Vec::new(),
        max_parallel_invocations: None,
        deployment_name: None,
        instance: None,
        status: AgentStatus::Healthy,
        reason: None,
        registered_at: NOW,
        timestamp: NOW,
        vitals: None,
    };
    let task = Task {
        task_id: "t1".into(),
        queue: "default".into(),
        status: TaskStatus::Submitted,
        priority: Priority::High,
        agent_id: None,
        agent_name: None,
        trace_id: Some(trace_id),
        invoked_by: None,
        blocked_by: None,
        prompt: None,
        args: None,
        submitted_at: NOW,
        started_at: None,
        ended_at: None,
        error: None,
        timestamp: NOW,
    };
    vec![
        span(1),
        Trace::opened(trace_id, NOW).into(),
        event.into(),
        error.into(),
        handoff.into(),
        metric.into(),
        agent.into(),
        task.into(),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_of_each_kind_comes_back_as_it_was_sent() {
    let Some(broker) = Broker::find().await else {
        return;
    };
    let producer = broker.producer();
    let sent = one_of_each_kind();
    let mut batch = producer.batch();
    for record in &sent {
        batch.send(record).await.unwrap();
    }
    assert_eq!(batch.delivered().await.unwrap(), 8);
    assert_eq!(producer.stats().delivered, 8);

    let mut source = broker.source(&Arc::new(MemoryOffsets::default()));
    let mut received = Vec::new();
    while received.len() < sent.len() {
        let message = next_message(&mut source).await;
        assert!(message.broker_time > NOW, "the broker's own time");
        match decode(message.raw()) {
            Decoded::Fold { record, .. } => received.push(record),
            other => panic!("{other:?}"),
        }
    }
    for record in sent {
        assert!(received.contains(&record), "{record:?} is missing");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_belongs_to_one_trace_meets_on_one_partition_number() {
    let Some(broker) = Broker::find().await else {
        return;
    };
    let producer = broker.producer();
    for number in 0..20 {
        let spans = producer.send(&span(number)).await.unwrap();
        let trace = Trace::opened(trace_id(number), NOW).into();
        let traces = producer.send(&trace).await.unwrap();
        assert_eq!(spans.partition, traces.partition);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn null_keys_null_values_and_foreign_headers_survive() {
    let Some(broker) = Broker::find().await else {
        return;
    };
    let producer = broker.producer();
    let mut headers = Headers::new().with("traceparent", "00-ab");
    headers.push("nothing", None);
    let outgoing = Outgoing {
        topic: producer.topics().of(Topic::Events),
        partition: Some(0),
        key: None,
        headers: &headers,
        payload: None,
    };
    let delivered = producer.send_raw(&outgoing).await.unwrap();

    let mut source = broker.source(&Arc::new(MemoryOffsets::default()));
    let message = next_message(&mut source).await;
    assert_eq!((message.partition, message.offset), (0, delivered.offset));
    assert_eq!((&message.key, &message.payload), (&None, &None));
    assert_eq!(message.headers, headers);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_beyond_the_limit_is_refused_with_its_size() {
    let Some(broker) = Broker::find().await else {
        return;
    };
    let producer = broker.producer();
    let payload = vec![b'x'; 13 * 1024 * 1024];
    let outgoing = Outgoing {
        topic: producer.topics().of(Topic::Spans),
        partition: None,
        key: None,
        headers: &Headers::new(),
        payload: Some(&payload),
    };
    let error = producer.send_raw(&outgoing).await.unwrap_err();
    let bytes = payload.len();
    assert_eq!(error, SendError::TooLarge { bytes });
}

#[tokio::test(flavor = "multi_thread")]
async fn topics_are_created_once_and_differences_are_told() {
    let Some(broker) = Broker::find().await else {
        return;
    };
    let again = ensure_topics(&broker.config, &plan()).await.unwrap();
    assert_eq!(again.len(), 7);
    let states = again.iter().map(|report| &report.state);
    for state in states {
        assert_eq!(*state, TopicState::AsPlanned);
    }
    let mut longer = plan();
    longer.retention *= 2;
    let reports = describe(&broker.config, &longer).await.unwrap();
    let TopicState::Differs(how) = &reports[0].state else {
        panic!("{reports:?}");
    };
    let [difference] = &how[..] else {
        panic!("{how:?}")
    };
    let wanted = "`retention.ms` is 604800000 instead of 1209600000; `kafka-configs.sh --alter";
    assert!(difference.starts_with(wanted), "{difference}");
    assert_eq!(reports[6].state, TopicState::AsPlanned);
    assert!(!cluster_id(&broker.config).await.unwrap().is_empty());
}
