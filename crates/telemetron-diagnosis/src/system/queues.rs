//! Tasks that waited when something failed.

use telemetron_view::Next;
use telemetron_view::oracle::{QueueDetail, QueueState};

use super::SystemRemark;
use super::scene::{Scene, length};
use crate::words;

/// The queue in which most waited at the moment, and how many others there were.
pub(super) fn remark(scene: &Scene<'_>) -> Option<SystemRemark> {
    let then = scene.then()?;
    let queues = then.state.queues.iter();
    let mut waiting: Vec<_> = queues.filter(|queue| waits(queue) > 0).collect();
    waiting.sort_by_key(|queue| (std::cmp::Reverse(waits(queue)), &queue.name));
    let (first, others) = waiting.split_first()?;
    let oldest = first.tasks.iter().map(|task| task.submitted_at.0).min();
    let oldest = oldest.map_or_else(String::new, |at| {
        format!(", the oldest for {}", length(then.taken_at.since(at)))
    });
    let elsewhere: i64 = others.iter().map(|queue| waits(queue)).sum();
    let elsewhere = match elsewhere {
        0 => String::new(),
        more => format!(
            "; {} more in {}",
            more,
            words::counted(others.len(), "queue")
        ),
    };
    let sentence = format!(
        "{} waited in queue `{}` {}{oldest}{}{elsewhere}.",
        words::counted(usize::try_from(waits(first)).unwrap_or_default(), "task"),
        first.name,
        scene.when(then.taken_at),
        detail(first.detail.as_ref()),
    );
    let call = Next::Queues {
        at: Some(then.taken_at.into()),
    };
    Some(SystemRemark::new(
        sentence,
        0.15 * scene.nearness(then.taken_at),
        call,
    ))
}

fn waits(queue: &QueueState) -> i64 {
    let listed = i64::try_from(queue.tasks.len()).unwrap_or(i64::MAX);
    queue
        .detail
        .as_ref()
        .map_or(0, |detail| detail.waiting)
        .max(listed)
}

/// ` (2 at work, 40 records of topic `x` unread)`.
fn detail(detail: Option<&QueueDetail>) -> String {
    let Some(detail) = detail else {
        return String::new();
    };
    let lag = detail.lag.filter(|lag| *lag > 0).map(|lag| {
        let topic = detail.topic.as_deref().unwrap_or_default();
        format!(", {lag} records of topic `{topic}` unread")
    });
    format!(
        " ({} being worked on{})",
        detail.running,
        lag.unwrap_or_default()
    )
}
