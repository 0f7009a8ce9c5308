//! The memory that the store is: what it knows of the minutes of a failure.

use telemetron_model::classify::classify;
use telemetron_model::record::ErrorCategory;
use telemetron_store::read::whole::{Vicinity, WorkAround};
use telemetron_view::{Confidence, Next, TracesLike};

use super::{Focus, Memory, SystemContext, SystemRemark};
use crate::words;

/// Fewer failed calls are an accident.
const LEAST_FAILED: i64 = 3;

/// A smaller part of failed calls is the usual.
const LEAST_SHARE: f64 = 0.1;

/// What the store knows of the minutes around a failure, the Oracle's memory included.
#[derive(Debug, Clone)]
pub struct StoredContext {
    /// Other traces, tasks, and where the failing span ran.
    pub around: Vicinity,
    /// States and issues.
    pub memory: Memory,
}

impl SystemContext for StoredContext {
    fn remarks(&self, focus: &Focus) -> Vec<SystemRemark> {
        let mut remarks: Vec<SystemRemark> = Vec::new();
        let work = self.around.work.iter();
        remarks.extend(work.filter_map(|work| self.failing(work, focus)));
        // Other people's failures are worth a word only beside one of one's own.
        if focus.is_wrong && !focus.models.is_empty() {
            remarks.extend(self.limited());
        }
        if focus.has_failed {
            remarks.extend(self.others());
        }
        if !self.memory.knows(focus) {
            remarks.extend(self.tasks());
        }
        let resource = self.around.resource.as_ref();
        remarks.extend(self.memory.remarks(focus, resource));
        remarks
    }

    fn absent(&self, focus: &Focus) -> Vec<String> {
        self.memory.absent(focus)
    }
}

impl StoredContext {
    /// A model or tool that the trace calls, and of which many calls of others failed.
    fn failing(&self, work: &WorkAround, focus: &Focus) -> Option<SystemRemark> {
        let own = focus.calls.get(&(work.is_model, work.name.clone()));
        let (finished, failed) = own?;
        let (finished, failed) = (work.finished - finished, work.failed - failed);
        let share = words::share(failed, finished);
        if !focus.is_wrong || failed < LEAST_FAILED || share < LEAST_SHARE {
            return None;
        }
        let kind = if work.is_model { "model" } else { "tool" };
        let sentence = format!(
            "In other traces of these minutes {failed} of {finished} calls of {kind} `{}` failed \
             ({}).",
            words::short(&work.name, 60),
            words::percent(share),
        );
        let named = |is_meant: bool| is_meant.then(|| work.name.clone());
        let next = self.list(TracesLike {
            model: named(work.is_model),
            tool: named(!work.is_model),
            ..TracesLike::default()
        });
        let remark = SystemRemark::new(sentence, share, next);
        let called = if work.is_model {
            &focus.model
        } else {
            &focus.tool
        };
        Some(if called.as_ref() == Some(&work.name) {
            remark.suspect(0.5 + share * 0.3, Confidence::Possible)
        } else {
            remark
        })
    }

    /// Rate limits that other traces ran into.
    fn limited(&self) -> Option<SystemRemark> {
        let is_limit = |kind: &str| {
            let word = kind.to_lowercase().replace(['_', ' '], "");
            word.contains("ratelimit") || word.contains("toomanyrequests") || word.contains("429")
        };
        let limits = self.around.errors.iter().filter(|(kind, _)| is_limit(kind));
        let count: i64 = limits.map(|(_, count)| count).sum();
        let sentence = format!("Rate limits were hit in {count} other traces of these minutes.");
        (count > 0).then(|| SystemRemark::new(sentence, 0.6, self.failed()))
    }

    fn others(&self) -> Option<SystemRemark> {
        // An error without a type tells nothing that traces have in common.
        let mut typed = self.around.errors.iter();
        let (kind, count) = typed.find(|(kind, _)| kind != "_OTHER")?;
        let class = match classify(kind, "").category {
            ErrorCategory::Unknown => String::new(),
            category => format!(" ({category})"),
        };
        let sentence = format!(
            "{} of these minutes failed too, {count} of them with `{}`{class}.",
            words::counted(self.around.failed_traces, "other trace"),
            words::short(kind, 60),
        );
        Some(SystemRemark::new(sentence, 0.3, self.failed()))
    }

    fn tasks(&self) -> Option<SystemRemark> {
        let open = usize::try_from(self.around.open_tasks)
            .ok()
            .filter(|open| *open > 0)?;
        let sentence = format!(
            "{} submitted before then are still open.",
            words::counted(open, "task")
        );
        Some(SystemRemark::new(sentence, 0.1, Next::Queues { at: None }))
    }

    /// The traces of these minutes in which something failed.
    fn failed(&self) -> Next {
        self.list(TracesLike {
            errors_only: true,
            ..TracesLike::default()
        })
    }

    /// The traces of these minutes that are like this.
    fn list(&self, like: TracesLike) -> Next {
        Next::Traces {
            like: TracesLike {
                start_after: Some(self.around.from.into()),
                start_before: Some(self.around.until.into()),
                ..like
            },
        }
    }
}
