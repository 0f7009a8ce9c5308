//! Records that could not be folded: listed, shown whole, sent again.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use telemetron_kafka::dead_letter::{DeadLetter, DeadLetterId};
use telemetron_model::RawJson;
use telemetron_model::view::{DeadLetterDetail, DeadLetterView, Page, Problem, Replayed};
use telemetron_store::read::dead_letters::{self, DeadLetterFilter, FoundDeadLetter};
use utoipa::IntoParams;

use crate::cursor;
use crate::error::ApiError;
use crate::path::DeadLetterPath;
use crate::query::{FromQuery, NoQuery, PageOf, Parameters, Query};
use crate::state::ApiState;

const LIST: &str = "dead-letters";

const GONE: &str = "Kafka no longer has this record: dead letters are kept for 30 days";

/// Which dead letters, and how many.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "describes the parameters that `ListDeadLetters` reads"
)]
pub(crate) struct DeadLetterParams {
    /// The topic they came from
    topic: Option<String>,
    /// Why they were rejected, as a word
    code: Option<String>,
    /// Whether they have been sent again
    replayed: Option<bool>,
    /// Rejected at or after this instant (RFC 3339)
    #[param(format = DateTime)]
    rejected_after: Option<String>,
    /// Rejected before this instant (RFC 3339)
    #[param(format = DateTime)]
    rejected_before: Option<String>,
    /// Most items of a page
    #[param(default = 50, minimum = 1, maximum = 1000)]
    limit: Option<i64>,
    /// `next` of the page before
    cursor: Option<String>,
}

/// The parameters of a list of dead letters, read.
#[derive(Debug)]
pub(crate) struct ListDeadLetters {
    filter: DeadLetterFilter,
    page: PageOf<i64>,
}

impl FromQuery for ListDeadLetters {
    fn from_query(query: &mut Parameters) -> Result<Self, ApiError> {
        let (rejected_after, rejected_before) = query.range("rejected_after", "rejected_before")?;
        Ok(Self {
            filter: DeadLetterFilter {
                topic: query.text("topic"),
                code: query.text("code"),
                replayed: query.optional_flag("replayed")?,
                rejected_after,
                rejected_before,
            },
            page: PageOf::from_query(query, LIST, 50, 1000)?,
        })
    }
}

/// Lists records that could not be folded, the latest first.
#[utoipa::path(
    get,
    path = "/api/v1/dead-letters",
    operation_id = "list_dead_letters",
    tag = "ingest",
    params(DeadLetterParams),
    responses(
        (status = 200, description = "A page of dead letters", body = Page<DeadLetterView>),
        (status = 400, description = "A parameter is wrong", body = Problem,
         content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn list_dead_letters(
    State(state): State<ApiState>,
    Query(list): Query<ListDeadLetters>,
) -> Result<Json<Page<DeadLetterView>>, ApiError> {
    let freshness = state.freshness();
    let PageOf { limit, after } = list.page;
    let slice = dead_letters::list(&state.db, &list.filter, after, limit).await?;
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
    params(("id" = i64, Path, description = "Its id")),
    responses(
        (status = 200, description = "The dead letter", body = DeadLetterDetail),
        (status = 404, description = "There is no such dead letter", body = Problem,
         content_type = "application/problem+json"),
        (status = 503, description = "Kafka or the database is away", body = Problem,
         content_type = "application/problem+json"),
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
    params(("id" = i64, Path, description = "Its id")),
    responses(
        (status = 200, description = "It was sent again", body = Replayed),
        (status = 404, description = "There is no such dead letter", body = Problem,
         content_type = "application/problem+json"),
        (status = 409, description = "Kafka does not have it, or not whole", body = Problem,
         content_type = "application/problem+json"),
        (status = 503, description = "Kafka or the database is away", body = Problem,
         content_type = "application/problem+json"),
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
