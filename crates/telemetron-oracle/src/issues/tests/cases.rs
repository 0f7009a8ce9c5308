//! The healthy system with one thing changed in it, for every sort of issue.

use std::sync::Arc;

use telemetron_model::fold::{Measures, RollupKind};
use telemetron_model::record::TaskStatus;
use telemetron_store::read::metrics::Metrics;
use telemetron_store::read::oracle::failures::RetriesExhausted;
use telemetron_store::read::oracle::ingest::RejectedRecords;
use telemetron_store::read::oracle::loops::Repeated;
use telemetron_store::read::oracle::orphans::Orphans;
use telemetron_view::oracle::{ContainerState, PodPhase};

use super::super::support::*;
use super::cluster::{in_detail, pod};
use crate::facts::{Facts, KnownModel, Lags, TaskTopic, Telemetry, Traces, Usage, Waiting};

/// With other telemetry.
pub(super) fn told(change: impl FnOnce(&mut Telemetry)) -> Facts {
    let (mut telemetry, traces) = healthy();
    change(&mut telemetry);
    facts(telemetry, traces)
}

/// With other traces.
pub(super) fn traces(change: impl FnOnce(&mut Traces)) -> Facts {
    let (telemetry, mut traces) = healthy();
    change(&mut traces);
    facts(telemetry, traces)
}

/// With two tasks that have waited for each other for so many seconds.
pub(super) fn circle(seconds: i64) -> Facts {
    told(|told| {
        let both = [("a", "planner", "b"), ("b", "coder", "a")];
        let tasks = both.map(|(id, agent, on)| {
            let mut task = task(id, TaskStatus::Waiting);
            task.agent = Some(agent.to_owned());
            task.blocked_by = Some(on.to_owned());
            task.said_at = before(seconds);
            task
        });
        told.open = tasks.to_vec();
    })
}

/// With a pod that has been pending for so many seconds.
pub(super) fn pending(seconds: i64) -> Facts {
    let facts = pod(PodPhase::Pending, ContainerState::default());
    in_detail(facts, |detail| {
        detail.created_at = Some(before(seconds).into())
    })
}

/// With a model that took so many of its thousand tokens.
pub(super) fn near_limit(tokens: i32) -> Facts {
    let mut facts = told(|told| {
        let usage = Usage {
            tokens: f64::from(tokens),
            requests: 1.0,
        };
        told.usage.insert("small".to_owned(), usage);
    });
    facts.proxy = Some(Arc::new(vec![KnownModel {
        model: "small".to_owned(),
        tpm_max: Some(1000.0),
        ..KnownModel::default()
    }]));
    facts
}

/// With a call that was refused with these words, or with others.
pub(super) fn refusal(words: &str, refused_so: bool) -> Facts {
    let words = if refused_so {
        words
    } else {
        "connection refused after 4290 ms"
    };
    traces(|told| told.failures = vec![refused(1, words, 9)])
}

/// So much work with so many failures, so long each, for so many dollars.
pub(super) fn work(finished: i64, failed: i64, millis: i64, dollars: i64) -> Measures {
    let mut work = Measures {
        started: finished,
        finished,
        failed,
        cost: telemetron_model::NanoUsd::from_nanos(dollars * 1_000_000_000),
        ..Measures::default()
    };
    work.durations.add(millis * 1_000_000, finished);
    work
}

/// With this work in the last minutes, and this in the hour before.
pub(super) fn jump(now: &Measures, before: &Measures) -> Facts {
    traces(|told| {
        told.lately.tools = vec![("search".to_owned(), now.clone())];
        told.before.tools = vec![("search".to_owned(), before.clone())];
        told.lately.kinds.insert(RollupKind::Llm, now.clone());
        told.before.kinds.insert(RollupKind::Llm, before.clone());
        (told.lately_minutes, told.before_minutes) = (5, 60);
    })
}

/// A hundred calls in so many requests, for so many dollars.
pub(super) fn spent((requests, dollars): (i64, i64)) -> Metrics {
    let mut sums = Metrics::default();
    let begun = Measures {
        started: requests,
        ..Measures::default()
    };
    sums.kinds.insert(RollupKind::Trace, begun);
    sums.kinds
        .insert(RollupKind::Llm, work(100, 0, 500, dollars));
    sums
}

/// With these sums in the last minutes, and these in the hour before.
pub(super) fn costs(now: Metrics, before: Metrics) -> Facts {
    traces(|told| {
        (told.lately, told.before) = (now, before);
        (told.lately_minutes, told.before_minutes) = (5, 60);
    })
}

/// With so many handoffs between two agents.
pub(super) fn to_and_fro(count: i64) -> Facts {
    traces(|told| {
        let one = |n| match n % 2 {
            0 => passed("coder", "reviewer", 100 - n),
            _ => passed("reviewer", "coder", 100 - n),
        };
        told.handoffs = (0..count).map(one).collect();
    })
}

/// With so many calls of a tool with the same arguments, the last so many seconds ago.
pub(super) fn repeated(calls: i64, seconds: i64) -> Facts {
    traces(|told| {
        told.repeated = vec![Repeated {
            trace_id: trace(1),
            agent: Some("coder".to_owned()),
            tool: "search".to_owned(),
            calls,
            failed: calls,
            first_at: before(seconds + 60),
            last_at: before(seconds),
            spans: vec![span(1)],
        }];
    })
}

/// With a trace that lacks so many parents.
pub(super) fn lost(count: i64) -> Facts {
    let orphans = Orphans {
        has_root: true,
        trace_id: trace(2),
        count,
        first_at: before(300),
        spans: vec![span(1)],
        missing: vec![span(9)],
    };
    traces(|told| told.orphans = (count > 0).then_some(orphans).into_iter().collect())
}

/// With an agent that gave up so many times.
pub(super) fn given_up(times: i64) -> Facts {
    let one = |n| RetriesExhausted {
        trace_id: Some(trace(2)),
        id: format!("e-{n}"),
        agent: Some("coder".to_owned()),
        what: "retry_exhausted".to_owned(),
        message: Some("run_tests failed".to_owned()),
        attempts: Some(5),
        at: before(10 + n),
    };
    traces(|told| told.exhausted = (0..times).map(one).collect())
}

/// With so many records that could not be read.
pub(super) fn rejected(count: i64) -> Facts {
    let rejected = RejectedRecords {
        topic: "agent-telemetry-spans".to_owned(),
        code: "not_json".to_owned(),
        reason: "it is no JSON".to_owned(),
        count,
        first_at: before(20),
        last_at: before(10),
        ids: vec![2, 1],
    };
    traces(|told| told.rejected = (count > 0).then_some(rejected).into_iter().collect())
}

/// With a record that has waited to be stored for so many seconds, and so many in a task topic.
pub(super) fn lags(seconds: i64, records: i64) -> Facts {
    let mut facts = told(|_| {});
    let topic = TaskTopic {
        topic: "agent-queue-work".to_owned(),
        queue: "work".to_owned(),
        lag: records,
        groups: Vec::new(),
        tasks: Vec::new(),
        unreadable: 0,
    };
    facts.kafka = Some(Arc::new(Lags {
        ingest: Some(Waiting {
            records: 10,
            since: Some(before(seconds)),
            topic: Some("agent-telemetry-spans".to_owned()),
        }),
        lacks: None,
        topics: vec![topic],
    }));
    facts
}
