//! The memory that the store is: what it knows of the minutes of a failure.

use telemetron_model::Timestamp;
use telemetron_model::classify::classify;
use telemetron_store::read::whole::{Around, WorkAround};

use super::system::{SystemContext, SystemRemark};
use super::words;

/// Fewer failed calls are an accident.
const LEAST_FAILED: i64 = 3;

/// A smaller part of failed calls is the usual.
const LEAST_SHARE: f64 = 0.1;

/// What the store knows of the minutes around a failure.
///
/// Pods, queues' lag and the limits of models are not in it: it says so.
#[derive(Debug, Clone)]
pub struct StoredContext(pub Around);

impl SystemContext for StoredContext {
    fn remarks(&self, _from: Timestamp, _until: Timestamp) -> Vec<SystemRemark> {
        let mut remarks: Vec<SystemRemark> = Vec::new();
        remarks.extend(self.0.work.iter().filter_map(|work| self.failing(work)));
        remarks.extend(self.limited());
        remarks.extend(self.others());
        remarks.extend(self.tasks());
        remarks.sort_by(|a, b| b.weight.total_cmp(&a.weight));
        remarks
    }

    fn absent(&self) -> Vec<String> {
        let text = "of the system around the trace, other traces and tasks are known; pods, \
                    queues and limits of that time are not";
        vec![text.to_owned()]
    }
}

impl StoredContext {
    /// A model or tool of which many calls failed in these minutes.
    fn failing(&self, work: &WorkAround) -> Option<SystemRemark> {
        let share = words::share(work.failed, work.finished);
        if work.failed < LEAST_FAILED || share < LEAST_SHARE {
            return None;
        }
        let kind = if work.is_model { "model" } else { "tool" };
        Some(SystemRemark {
            sentence: format!(
                "In these minutes {} of {} calls of {kind} `{}` failed ({}), in all traces.",
                work.failed,
                work.finished,
                words::short(&work.name, 60),
                words::percent(share),
            ),
            subject: Some(work.name.clone()),
            weight: share,
            next: self.list(&format!("{kind}={}", encoded(&work.name))),
        })
    }

    /// Rate limits that other traces ran into.
    fn limited(&self) -> Option<SystemRemark> {
        let is_limit = |kind: &str| {
            let word = kind.to_lowercase().replace(['_', ' '], "");
            word.contains("ratelimit") || word.contains("toomanyrequests") || word.contains("429")
        };
        let limits = self.0.errors.iter().filter(|(kind, _)| is_limit(kind));
        let count: i64 = limits.map(|(_, count)| count).sum();
        (count > 0).then(|| SystemRemark {
            sentence: format!("Rate limits were hit in {count} other traces of these minutes."),
            subject: None,
            weight: 0.6,
            next: self.list("errors_only=true"),
        })
    }

    fn others(&self) -> Option<SystemRemark> {
        let (kind, count) = self.0.errors.first()?;
        let class = classify(kind, "");
        Some(SystemRemark {
            sentence: format!(
                "{} of these minutes failed too, {count} of them with `{}` ({}).",
                words::counted(self.0.failed_traces, "other trace"),
                words::short(kind, 60),
                class.category,
            ),
            subject: None,
            weight: 0.3,
            next: self.list("errors_only=true"),
        })
    }

    fn tasks(&self) -> Option<SystemRemark> {
        let open = usize::try_from(self.0.open_tasks)
            .ok()
            .filter(|open| *open > 0)?;
        Some(SystemRemark {
            sentence: format!(
                "{} submitted before then are still open.",
                words::counted(open, "task")
            ),
            subject: None,
            weight: 0.1,
            next: "GET /api/v1/oracle/queues".to_owned(),
        })
    }

    fn list(&self, filter: &str) -> String {
        let (from, until) = (self.0.from, self.0.until);
        format!("GET /api/v1/traces?{filter}&start_after={from}&start_before={until}")
    }
}

/// A name as a query takes it.
fn encoded(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'/' | b':' => {
                text.push(char::from(byte));
            }
            byte => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text
}
