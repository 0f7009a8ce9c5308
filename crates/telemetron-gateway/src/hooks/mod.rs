//! `POST /hooks/claude-code`: hooks of Claude Code, answered before the agent notices.
//!
//! An answer without a body lets the agent go on, and so does every error: a hook is never a reason
//! to stop. What is not acknowledged quickly is answered 503 and delivered all the same as soon as
//! Kafka takes it.

mod sessions;

use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use telemetron_model::Timestamp;
use telemetron_otlp::claude_hooks::Hook;
use telemetron_otlp::wire::Encoding;

use crate::admission::AdmissionPermit;
use crate::answer;
use crate::delivery::Pack;
use crate::intake::{Accepted, Intake};
use crate::refusal::Refusal;
use crate::signal::{Signal, Transport};
use crate::state::State as Shared;
pub(crate) use sessions::Sessions;

/// Longest the agent waits for our answer.
const PATIENCE: Duration = Duration::from_secs(1);

/// Takes one hook.
pub(crate) async fn post_claude_code_hook(
    State(state): State<Shared>,
    request: Request,
) -> Response {
    let began = Instant::now();
    let taken = take(&state.intake, request).await;
    let counters = state.intake.counters();
    counters.request(Signal::Hooks, Transport::HttpJson, &taken, began.elapsed());
    counters.sessions(state.intake.sessions().len());
    match taken {
        Ok(_) => StatusCode::OK.into_response(),
        Err(refusal) => {
            refusal.log();
            answer::http::refused(Encoding::Json, &refusal)
        }
    }
}

async fn take(intake: &Intake, request: Request) -> Result<Accepted, Refusal> {
    let pack = async {
        let (hook, permit) = read(intake, request).await?;
        Ok::<_, Refusal>((pack(&hook, intake.sessions())?, permit))
    };
    let delivered = async {
        let (pack, _place) = pack.await?;
        intake.deliver(pack).await
    };
    let delivered = tokio::time::timeout(PATIENCE, delivered).await;
    let delivered = delivered.unwrap_or_else(|_elapsed| {
        Err(Refusal::Unavailable {
            cause: "a hook was not acknowledged within a second".to_owned(),
        })
    })?;
    let rejected = usize::try_from(delivered.too_large)
        .unwrap_or(usize::MAX)
        .min(1);
    Ok(Accepted {
        accepted: 1 - rejected,
        rejected,
        message: None,
    })
}

/// How often a hook stands in memory while it is made into records.
const COPIES: usize = 4;

async fn read(intake: &Intake, request: Request) -> Result<(Hook, AdmissionPermit), Refusal> {
    let content_type = request.headers().get(header::CONTENT_TYPE);
    let content_type = content_type
        .and_then(|named| named.to_str().ok())
        .unwrap_or_default();
    // Anything else a page could post without being asked first.
    if Encoding::of_content_type(content_type) != Some(Encoding::Json) {
        return Err(Refusal::ContentType(content_type.to_owned()));
    }
    let (body, mut permit) = intake.read(request.into_body(), None).await?;
    permit.hold(body.len() * COPIES)?;
    intake
        .counters()
        .received(Signal::Hooks, Transport::HttpJson, body.len());
    let hook = Hook::parse(&body).map_err(|error| Refusal::Garbage(error.to_string()))?;
    Ok((hook, permit))
}

fn pack(hook: &Hook, sessions: &Sessions) -> Result<Pack, Refusal> {
    let mut pack = Pack::default();
    let records = sessions.with(|sessions| sessions.hook(hook, Timestamp::now()));
    for record in records {
        pack.add(&record)
            .map_err(|unfit| Refusal::Garbage(unfit.to_string()))?;
    }
    Ok(pack)
}
