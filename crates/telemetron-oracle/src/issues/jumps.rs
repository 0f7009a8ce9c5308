//! Jumps: the last minutes against the hour before them, by agent, model and tool.

use telemetron_model::fold::{Measures, RollupKind};
use telemetron_model::record::Severity;
use telemetron_store::read::metrics::Metrics;
use telemetron_view::oracle::{EvidenceKind, IssueKind, SubjectKind, SystemState};
use telemetron_view::{Next, TracesLike};

use super::{Finding, latest};
use crate::Thresholds;
use crate::facts::{Facts, Traces};
use crate::measures::{failed_share, p95_ms};

/// What is compared: its sort, its name, its sums now and before.
type Pair<'a> = (SubjectKind, &'a str, &'a Measures, Option<&'a Measures>);

/// More fails than before, and much.
pub(super) fn error_rates(
    facts: &Facts,
    _state: &SystemState,
    limits: &Thresholds,
) -> Vec<Finding> {
    let pairs = facts.traces.as_deref().map(pairs).unwrap_or_default();
    pairs
        .into_iter()
        .filter_map(|(sort, name, now, before)| {
            let share = enough(now, limits).and_then(failed_share)?;
            // Without a before there is no jump; what always fails is told by what fails.
            let usual = before
                .and_then(|work| enough(work, limits))
                .and_then(failed_share)?;
            let jumped = share >= limits.error_rate_share
                && share >= usual * limits.error_rate_factor
                && before.is_some_and(|before| is_no_accident(now, before));
            jumped.then(|| {
                let severity = if share >= 0.5 {
                    Severity::Error
                } else {
                    Severity::Warning
                };
                about(IssueKind::ErrorRateJump, severity, sort, name).says(format!(
                    "{:.0} % of the {} last calls of {sort} {name} failed; {:.1} % did in the hour \
                     before",
                    share * 100.0,
                    now.finished,
                    usual * 100.0
                ))
            })
        })
        .collect()
}

/// Standard deviations by which more must fail than would by chance, with hundreds of names looked
/// at every few seconds.
const DEVIATIONS: f64 = 4.0;

/// Whether more failed than chance explains, if calls fail as often as before. That a failure was
/// not seen among few calls does not make it impossible.
fn is_no_accident(now: &Measures, before: &Measures) -> bool {
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
    let [calls, failed, calls_before, failed_before] =
        [now.finished, now.failed, before.finished, before.failed].map(|count| count as f64);
    let share = (failed_before + 1.0) / (calls_before + 2.0);
    let deviation = (calls * share * (1.0 - share)).sqrt();
    failed >= calls * share + DEVIATIONS * deviation
}

/// Fewest calls that must have taken so much longer: one or two slow ones are an accident.
const SLOW: f64 = 5.0;

/// The duration that the slowest twentieth of all calls took at least, and at least five of them.
fn slow_ms(work: &Measures) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
    let share = (SLOW / work.finished as f64).clamp(0.05, 1.0);
    Some(work.durations.quantile_ns(1.0 - share)? / 1e6)
}

/// Things take longer than before.
pub(super) fn latencies(facts: &Facts, _state: &SystemState, limits: &Thresholds) -> Vec<Finding> {
    let pairs = facts.traces.as_deref().map(pairs).unwrap_or_default();
    pairs
        .into_iter()
        .filter_map(|(sort, name, now, before)| {
            let p95 = enough(now, limits).and_then(p95_ms)?;
            let slow = slow_ms(now)?;
            let usual = before
                .and_then(|work| enough(work, limits))
                .and_then(p95_ms)?;
            // Below a tenth of a second nobody waits.
            let jumped = slow >= 100.0 && slow >= usual * limits.latency_factor;
            jumped.then(|| {
                // Durations are known by their sorts, within some percent.
                #[expect(clippy::cast_possible_truncation, reason = "some milliseconds")]
                let slow = (slow * 0.8).round_ties_even() as i64;
                let finding = about(IssueKind::LatencyJump, Severity::Warning, sort, name);
                let finding = finding.next(
                    latest(TracesLike {
                        min_duration_ms: Some(slow),
                        ..like(sort, name)
                    }),
                    "lists the latest that took so long",
                );
                finding.says(format!(
                    "95 of 100 calls of {sort} {name} took up to {:.1} s in the last minutes and \
                     {:.1} s in the hour before ({} and {} calls)",
                    p95 / 1e3,
                    usual / 1e3,
                    now.finished,
                    before.map_or(0, |work| work.finished)
                ))
            })
        })
        .collect()
}

/// More is spent than before: a minute, and for each request. More of the same requests are no
/// fault, and neither is work that begins after a pause.
pub(super) fn costs(facts: &Facts, _state: &SystemState, limits: &Thresholds) -> Vec<Finding> {
    let traces = facts.traces.as_deref().into_iter();
    let jumps = traces.filter_map(|traces| {
        let now = Spent::of(&traces.lately, traces.lately_minutes)?;
        let usual = Spent::of(&traces.before, traces.before_minutes)?;
        let known = usual.calls >= i64::from(limits.jump_calls);
        let jumped = now.a_minute >= usual.a_minute * limits.cost_factor
            && now.a_request >= usual.a_request * limits.cost_factor;
        (known && now.dollars >= limits.cost_usd && jumped).then(|| dear(traces, &now, &usual))
    });
    jumps.collect()
}

fn dear(traces: &Traces, now: &Spent, usual: &Spent) -> Finding {
    let models = traces.lately.models.iter();
    let dearest = models.max_by_key(|(_, work)| work.cost.nanos());
    let dearest = dearest.map(|(name, _)| name);
    let (kind, severity) = (IssueKind::CostJump, Severity::Warning);
    Finding::new(kind, severity, SubjectKind::System, "cost")
        .says(format!(
            "{:.2} dollars a minute and {:.2} a request are spent, {:.2} and {:.2} were in the hour \
             before; most of it on model {}",
            now.a_minute,
            now.a_request,
            usual.a_minute,
            usual.a_request,
            dearest.map_or("unknown", String::as_str)
        ))
        .may_show(EvidenceKind::Model, dearest)
        .next(Next::Metrics, "shows which agents and models spend it")
}

/// What calls of models cost in some minutes.
struct Spent {
    calls: i64,
    dollars: f64,
    a_minute: f64,
    a_request: f64,
}

impl Spent {
    fn of(sums: &Metrics, minutes: i64) -> Option<Self> {
        let calls = sums.kinds.get(&RollupKind::Llm)?;
        let requests = sums.kinds.get(&RollupKind::Trace);
        // A request that began earlier spends as well: there is always one.
        let requests = requests.map_or(1, |work| work.started.max(1));
        #[expect(clippy::cast_precision_loss, reason = "dollars for people")]
        let [nanos, minutes, requests] =
            [calls.cost.nanos(), minutes.max(1), requests].map(|count| count as f64);
        let dollars = nanos / 1e9;
        Some(Self {
            calls: calls.finished,
            dollars,
            a_minute: dollars / minutes,
            a_request: dollars / requests,
        })
    }
}

fn enough<'a>(work: &'a Measures, limits: &Thresholds) -> Option<&'a Measures> {
    (work.finished >= i64::from(limits.jump_calls)).then_some(work)
}

fn pairs(traces: &Traces) -> Vec<Pair<'_>> {
    let (now, before) = (&traces.lately, &traces.before);
    let groups = [
        (SubjectKind::Agent, &now.agents, &before.agents),
        (SubjectKind::Model, &now.models, &before.models),
        (SubjectKind::Tool, &now.tools, &before.tools),
    ];
    let mut pairs = Vec::new();
    for (sort, now, before) in groups {
        for (name, work) in now {
            let usual = before.iter().find(|(known, _)| known == name);
            pairs.push((sort, name.as_str(), work, usual.map(|(_, work)| work)));
        }
    }
    pairs
}

/// Traces in which an agent, a model or a tool was at work.
fn like(sort: SubjectKind, name: &str) -> TracesLike {
    let given = |kind| (sort == kind).then(|| name.to_owned());
    TracesLike {
        agent: given(SubjectKind::Agent),
        model: given(SubjectKind::Model),
        tool: given(SubjectKind::Tool),
        ..TracesLike::default()
    }
}

fn about(kind: IssueKind, severity: Severity, sort: SubjectKind, name: &str) -> Finding {
    let finding = Finding::new(kind, severity, sort, name).keyed(format!("{sort}/{name}"));
    let finding = match sort {
        SubjectKind::Agent => finding.shows(EvidenceKind::Agent, name),
        SubjectKind::Model => finding.shows(EvidenceKind::Model, name),
        SubjectKind::Tool => finding.shows(EvidenceKind::Tool, name),
        _ => finding,
    };
    finding.next(
        latest(TracesLike {
            errors_only: true,
            ..like(sort, name)
        }),
        "lists the latest that went wrong",
    )
}
