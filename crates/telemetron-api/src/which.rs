//! Which trace is meant: an id, the beginning of one, `last` or `last-failed`.

use telemetron_model::record::Status;
use telemetron_model::{Timestamp, TraceId};
use telemetron_store::read::traces::{self, TraceFilter};

use crate::error::ApiError;
use crate::state::ApiState;

/// How many digits of an id are enough to look for the rest.
const LEAST_DIGITS: usize = 4;

/// What is said of it wherever a trace is named.
pub(crate) const ABOUT: &str =
    "32 hex digits, a UUID, the beginning of an id, `last` or `last-failed`";

/// Finds the trace that the parameter `field` names.
pub(crate) async fn trace(
    state: &ApiState,
    field: &'static str,
    named: &str,
) -> Result<TraceId, ApiError> {
    match named {
        "last" => {
            let last = latest(state, TraceFilter::default()).await?;
            last.ok_or_else(|| none(named, "none is stored yet"))
        }
        "last-failed" => last_failed(state, named).await,
        _ => match (named.parse(), beginning(named)) {
            (Ok(id), _) => Ok(id),
            (Err(_), Some(beginning)) => find(state, field, named, &beginning).await,
            (Err(error), None) => Err(ApiError::field(field, format!("`{field}`: {error}"))),
        },
    }
}

/// The newest trace that failed, else the newest in which something did.
async fn last_failed(state: &ApiState, named: &str) -> Result<TraceId, ApiError> {
    let failed = TraceFilter {
        status: Some(Status::Failed),
        ..TraceFilter::default()
    };
    if let Some(failed) = latest(state, failed).await? {
        return Ok(failed);
    }
    let partly = TraceFilter {
        errors_only: true,
        ..TraceFilter::default()
    };
    let partly = latest(state, partly).await?;
    partly.ok_or_else(|| none(named, "none has failed, and in none did anything fail"))
}

async fn latest(state: &ApiState, filter: TraceFilter) -> Result<Option<TraceId>, ApiError> {
    let page = traces::list(&state.db, &filter, None, 1, Timestamp::default()).await?;
    Ok(page.items.first().map(|trace| trace.trace_id))
}

/// The digits with which an id begins, when there are enough of them and too few for the whole.
fn beginning(named: &str) -> Option<String> {
    let digits: String = named.chars().filter(|c| *c != '-').collect();
    let is_one =
        (LEAST_DIGITS..32).contains(&digits.len()) && digits.chars().all(|c| c.is_ascii_hexdigit());
    is_one.then_some(digits)
}

async fn find(
    state: &ApiState,
    field: &'static str,
    named: &str,
    beginning: &str,
) -> Result<TraceId, ApiError> {
    match traces::beginning_with(&state.db, beginning)
        .await?
        .as_slice()
    {
        [] => Err(ApiError::no_trace(named)),
        [id] => Ok(*id),
        _ => {
            let detail = format!("`{field}`: several ids begin with `{named}`; give more of it");
            Err(ApiError::field(field, detail))
        }
    }
}

fn none(named: &str, hint: &'static str) -> ApiError {
    ApiError::NotFound {
        what: "trace",
        id: named.to_owned(),
        hint,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_of_an_id_is_four_digits_or_more() {
        assert_eq!(beginning("0AF7-6519"), Some("0AF76519".to_owned()));
        assert_eq!(beginning("0af"), None);
        assert_eq!(beginning("latest"), None);
        assert_eq!(beginning(&"a".repeat(32)), None);
    }
}
