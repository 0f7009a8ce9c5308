//! Records that wait to be stored, that cannot be read, and task topics that nobody keeps up with.

use telemetron_model::record::Severity;
use telemetron_view::Next;
use telemetron_view::oracle::{EvidenceKind, IssueKind, SourceName, SubjectKind, SystemState};
use telemetron_view::seconds_of;

use super::Finding;
use crate::Thresholds;
use crate::facts::Facts;
use crate::words::{ago, counted, cut, listed};

/// Records that wait too long to be stored.
pub(super) fn lagging(facts: &Facts, _state: &SystemState, limits: &Thresholds) -> Vec<Finding> {
    let kafka = facts.kafka.as_deref();
    let Some(waiting) = kafka.and_then(|kafka| kafka.ingest.as_ref()) else {
        return Vec::new();
    };
    let since = waiting.since.filter(|_| waiting.records > 0);
    let limit = f64::from(limits.ingestion_lag_seconds);
    let late = since.filter(|since| seconds_of(facts.now.since(*since)) > limit);
    let finding = late.map(|since| {
        let kind = IssueKind::IngestionLag;
        Finding::new(kind, Severity::Error, SubjectKind::System, "ingestion")
            .since(since)
            .says(format!(
                "{} in Kafka to be stored, the oldest for {}; what happened since is in no answer",
                match waiting.records {
                    1 => "1 record waits".to_owned(),
                    records => format!("{records} records wait"),
                },
                ago(since, facts.now)
            ))
            .may_show(EvidenceKind::Topic, waiting.topic.as_ref())
            .needs(SourceName::Telemetry)
            .next(Next::Ingest, "shows which partitions are behind")
    });
    finding.into_iter().collect()
}

/// Records that could not be read.
pub(super) fn rejected_records(
    facts: &Facts,
    _state: &SystemState,
    _limits: &Thresholds,
) -> Vec<Finding> {
    let traces = facts.traces.as_deref().into_iter();
    let rejected = traces.flat_map(|traces| traces.rejected.iter());
    rejected
        .map(|rejected| {
            let kind = IssueKind::PoisonRecords;
            let severity = Severity::Warning;
            let finding = Finding::new(kind, severity, SubjectKind::Topic, &rejected.topic)
                .keyed(format!("{}/{}", rejected.topic, rejected.code))
                .since(rejected.first_at)
                .says(format!(
                    "{} of {} could not be read ({}), the last {} ago: {}",
                    counted(rejected.count, "record"),
                    rejected.topic,
                    rejected.code,
                    ago(rejected.last_at, facts.now),
                    cut(&rejected.reason)
                ))
                .shows(EvidenceKind::Topic, &rejected.topic);
            let finding = rejected.ids.iter().fold(finding, |finding, id| {
                finding.shows(EvidenceKind::DeadLetter, id)
            });
            match rejected.ids.first() {
                Some(id) => finding.next(
                    Next::DeadLetter { id: *id },
                    "shows the record and how to replay it",
                ),
                None => finding.next(Next::DeadLetters, "lists the records"),
            }
        })
        .collect()
}

/// Task topics that are read more slowly than they are written, or by nobody.
pub(super) fn queues_lagging(
    facts: &Facts,
    _state: &SystemState,
    limits: &Thresholds,
) -> Vec<Finding> {
    let kafka = facts.kafka.as_deref().into_iter();
    let topics = kafka.flat_map(|kafka| kafka.topics.iter());
    topics
        .filter(|topic| topic.lag > i64::from(limits.consumer_lag_records))
        .map(|topic| {
            let readers = match topic.groups.as_slice() {
                [] => "and no group reads them".to_owned(),
                groups => format!("behind {}", listed(groups)),
            };
            let kind = IssueKind::ConsumerLag;
            Finding::new(kind, Severity::Warning, SubjectKind::Queue, &topic.queue)
                .says(format!(
                    "{} tasks wait in topic {}, {readers}; more than {} are too many",
                    topic.lag, topic.topic, limits.consumer_lag_records
                ))
                .shows(EvidenceKind::Queue, &topic.queue)
                .shows(EvidenceKind::Topic, &topic.topic)
                .next(Next::Queues { at: None }, "shows the oldest of them")
        })
        .collect()
}
