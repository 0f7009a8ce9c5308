//! Records that could not be folded: listed, shown whole, sent again.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use telemetron_kafka::dead_letter::{DeadLetter, DeadLetterId};
use telemetron_model::{RawJson, Timestamp};
use telemetron_store::read::dead_letters::{self, DeadLetterFilter, FoundDeadLetter};
use telemetron_view::{DeadLetterDetail, DeadLetterView, Page, Replayed};

use crate::cursor;
use crate::error::ApiError;
use crate::path::DeadLetterPath;
use crate::problems::{OfDeadLetter, Replay};
use crate::query::{Flag, Instant, NoQuery, Query, Shown, cursor, in_order, number, params, text};
use crate::state::ApiState;

const LIST: &str = "dead-letters";

const GONE: &str = "Kafka no longer has this record: dead letters are kept for 30 days";

params! {
    /// Which dead letters, and how many.
    pub(crate) struct ListDeadLetters {
        /// The topic they came from
        topic: Option<String> = text(),
        /// Why they were rejected, as a word
        code: Option<String> = text(),
        /// Whether they have been sent again
        replayed: Option<bool> = Flag,
        /// Rejected at or after this instant
        rejected_after: Option<Timestamp> = Instant,
        /// Rejected before this instant
        rejected_before: Option<Timestamp> = Instant,
        /// Most items of a page
        limit: usize = number(1..=1000).or(50),
        cursor: Option<i64> = cursor(LIST),
    }
}

impl ListDeadLetters {
    fn filter(self) -> Result<DeadLetterFilter, ApiError> {
        in_order(
            ("rejected_after", self.rejected_after),
            ("rejected_before", self.rejected_before),
        )?;
        Ok(DeadLetterFilter {
            topic: self.topic,
            code: self.code,
            replayed: self.replayed,
            rejected_after: self.rejected_after,
            rejected_before: self.rejected_before,
        })
    }
}

/// Lists records that could not be folded, the latest first.
#[utoipa::path(
    get,
    path = "/api/v1/dead-letters",
    operation_id = "list_dead_letters",
    tag = "ingest",
    params(ListDeadLetters),
    responses(
        (status = 200, description = "A page of dead letters", body = Page<DeadLetterView>),
    ),
)]
pub(crate) async fn list_dead_letters(
    State(state): State<ApiState>,
    Query(list): Query<ListDeadLetters>,
) -> Result<Json<Page<DeadLetterView>>, ApiError> {
    let freshness = state.freshness();
    let (after, limit) = (list.cursor, list.limit);
    let slice = dead_letters::list(&state.db, &list.filter()?, after, limit).await?;
    Ok(Json(Page {
        items: slice.items,
        next: slice.next.map(|id| cursor::encode(LIST, &id)),
        freshness,
    }))
}

/// Gives one dead letter with the record itself.
#[utoipa::path(
    get,
    path = "/api/v1/dead-letters/{id}",
    operation_id = "get_dead_letter",
    tag = "ingest",
    params(DeadLetterPath),
    responses(
        (status = 200, description = "The dead letter", body = DeadLetterDetail),
        OfDeadLetter,
    ),
)]
pub(crate) async fn get_dead_letter(
    State(state): State<ApiState>,
    DeadLetterPath(id): DeadLetterPath,
    Query(NoQuery): Query<NoQuery>,
) -> Result<Json<DeadLetterDetail>, ApiError> {
    let freshness = state.freshness();
    let found = find(&state, id).await?;
    let detail = DeadLetterDetail {
        dead_letter: found.dead_letter.clone(),
        headers: BTreeMap::new(),
        value_json: None,
        value_text: None,
        value_base64: None,
        gone: None,
        freshness,
    };
    let detail = match whole(&state, &found).await? {
        Ok(letter) => with_record(detail, letter),
        Err(gone) => DeadLetterDetail {
            gone: Some(gone),
            ..detail
        },
    };
    Ok(Json(detail))
}

async fn find(state: &ApiState, id: i64) -> Result<FoundDeadLetter, ApiError> {
    let found = dead_letters::find(&state.db, id).await?;
    found.ok_or_else(|| ApiError::NotFound {
        what: "dead letter",
        id: id.to_string(),
        hint: "/api/v1/dead-letters lists those there are",
    })
}

/// Sends a dead letter to the topic it came from, as it was.
///
/// What was wrong should be right by now: a producer cannot change a record that is in Kafka, but
/// a newer telemetron may read it. A record that is rejected again becomes a dead letter again.
#[utoipa::path(
    post,
    path = "/api/v1/dead-letters/{id}/replay",
    operation_id = "replay_dead_letter",
    tag = "ingest",
    params(DeadLetterPath),
    responses(
        (status = 200, description = "It was sent again", body = Replayed),
        Replay,
    ),
)]
pub(crate) async fn replay_dead_letter(
    State(state): State<ApiState>,
    DeadLetterPath(id): DeadLetterPath,
    Query(NoQuery): Query<NoQuery>,
) -> Result<Json<Replayed>, ApiError> {
    let found = find(&state, id).await?;
    let letter = whole(&state, &found).await?;
    let letter = letter.map_err(ApiError::Conflict)?;
    let producer = state.producer.current().await;
    let sent = letter.replay(&producer).await?;
    let replays = telemetron_store::replay::note(&state.db, id).await?;
    Ok(Json(Replayed {
        id,
        topic: found.dead_letter.topic,
        partition: sent.partition,
        offset: sent.offset,
        replays: replays.unwrap_or(found.dead_letter.replays + 1),
    }))
}

/// The record itself, or where it is when Kafka does not have it.
async fn whole(
    state: &ApiState,
    found: &FoundDeadLetter,
) -> Result<Result<DeadLetter, String>, ApiError> {
    let Some((partition, offset)) = found.letter else {
        return Ok(Err(elsewhere(found)));
    };
    match state
        .dead_letters
        .get(DeadLetterId { partition, offset })
        .await
    {
        Ok(letter) if is_the_same(&letter, found) => Ok(Ok(letter)),
        Ok(_) | Err(telemetron_kafka::Error::NoDeadLetter { .. }) => Ok(Err(GONE.to_owned())),
        Err(error) => Err(ApiError::kafka(error)),
    }
}

/// Where a record is that has no letter.
fn elsewhere(found: &FoundDeadLetter) -> String {
    let DeadLetterView {
        topic,
        partition,
        offset,
        ..
    } = &found.dead_letter;
    found.file.as_ref().map_or_else(
        || {
            format!(
                "the record was skipped without a dead letter; it stands at {topic}/{partition}/\
                 {offset} for as long as Kafka keeps it"
            )
        },
        |file| {
            format!(
                "Kafka took no dead letter of this record; it lies in the file {file} of the \
                 consumer's machine and cannot be sent again from here"
            )
        },
    )
}

/// Offsets begin anew when the topic was deleted: then another letter stands there.
fn is_the_same(letter: &DeadLetter, found: &FoundDeadLetter) -> bool {
    let row = &found.dead_letter;
    letter.origin.partition == row.partition
        && letter.origin.offset == row.offset
        && letter.origin.cluster == row.cluster_id
}

fn with_record(detail: DeadLetterDetail, letter: DeadLetter) -> DeadLetterDetail {
    let text = |value: Option<&[u8]>| {
        value.map_or_else(String::new, |bytes| {
            String::from_utf8_lossy(bytes).into_owned()
        })
    };
    let headers = letter
        .headers
        .iter()
        .map(|(name, value)| (name.to_owned(), text(value)));
    let mut detail = DeadLetterDetail {
        headers: headers.collect(),
        ..detail
    };
    match letter.payload.map(String::from_utf8) {
        None => {}
        Some(Ok(text)) => match RawJson::from_text(text.clone()) {
            Ok(json) => detail.value_json = Some(json),
            Err(_) => detail.value_text = Some(text),
        },
        Some(Err(error)) => detail.value_base64 = Some(STANDARD.encode(error.as_bytes())),
    }
    detail
}
