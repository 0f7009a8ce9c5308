//! The one place where what went wrong becomes an answer.
//!
//! Every error is `application/problem+json` (RFC 9457) with a sentence that says what to change.
//! Causes are logged here, once, and never sent out.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use telemetron_kafka::SendError;
use telemetron_store::read::took_too_long;
use telemetron_store::{Owner, StoreError};
use telemetron_view::Problem;

/// Why a request has no better answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    /// There is no such thing.
    #[error("there is no {what} `{id}`; {hint}")]
    NotFound {
        /// What sort of thing.
        what: &'static str,
        /// How it was named.
        id: String,
        /// Where to look.
        hint: &'static str,
    },
    /// There is no such address.
    #[error("there is nothing at `{0}`; GET / lists what there is, /docs explains it")]
    UnknownRoute(String),
    /// The address is right and the method is not.
    #[error("`{0}` is not a method of this address; the `Allow` header names those that are")]
    MethodNotAllowed(String),
    /// A parameter or a field of the body is wrong.
    #[error("{detail}")]
    BadField {
        /// Its name.
        field: String,
        /// What to change.
        detail: String,
    },
    /// The body is wrong as a whole.
    #[error("{0}")]
    BadBody(String),
    /// The body is too large.
    #[error("the body is larger than the {0} bytes that are taken; send less at a time")]
    BodyTooLarge(usize),
    /// The body is no JSON by its own word.
    #[error("send the body as JSON, with the header `content-type: application/json`")]
    NotJson,
    /// Somebody is away: trying again helps.
    #[error("{who} is not available now; try again in a moment, /ready tells how it is")]
    Unavailable {
        /// Who is away.
        who: &'static str,
        /// What it said. For the log.
        cause: String,
    },
    /// The answer would take too long.
    #[error("the answer takes too long; ask for less: a shorter time range, a smaller `limit`")]
    TooSlow,
    /// It would help nobody to try again.
    #[error("{0}")]
    Conflict(String),
    /// It is our fault.
    #[error("the request failed on our side; the log says why")]
    Internal(String),
}

impl ApiError {
    /// A wrong parameter or field.
    pub(crate) fn field(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::BadField {
            field: field.into(),
            detail: detail.into(),
        }
    }

    /// A trace that is not there.
    pub(crate) fn no_trace(id: impl ToString) -> Self {
        Self::NotFound {
            what: "trace",
            id: id.to_string(),
            hint: "it may not be stored yet (see `lag`), or retention has dropped it",
        }
    }

    /// As many listen to the live stream as may.
    pub(crate) fn crowded() -> Self {
        Self::Unavailable {
            who: "another place on the live stream",
            cause: "MAX_LIVE_CLIENTS listen already".to_owned(),
        }
    }

    /// Kafka is away.
    pub(crate) fn kafka(cause: impl ToString) -> Self {
        Self::Unavailable {
            who: "Kafka",
            cause: cause.to_string(),
        }
    }

    const fn status(&self) -> StatusCode {
        match self {
            Self::NotFound { .. } | Self::UnknownRoute(_) => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::BadField { .. } | Self::BadBody(_) => StatusCode::BAD_REQUEST,
            Self::BodyTooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NotJson => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Unavailable { .. } | Self::TooSlow => StatusCode::SERVICE_UNAVAILABLE,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    const fn slug(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "not-found",
            Self::UnknownRoute(_) => "unknown-route",
            Self::MethodNotAllowed(_) => "method-not-allowed",
            Self::BadField { .. } => "bad-field",
            Self::BadBody(_) => "bad-body",
            Self::BodyTooLarge(_) => "body-too-large",
            Self::NotJson => "not-json",
            Self::Unavailable { .. } => "unavailable",
            Self::TooSlow => "too-slow",
            Self::Conflict(_) => "conflict",
            Self::Internal(_) => "internal",
        }
    }

    fn problem(&self) -> Problem {
        let status = self.status();
        let field = match self {
            Self::BadField { field, .. } => Some(field.clone()),
            _ => None,
        };
        Problem {
            problem_type: format!("urn:telemetron:problem:{}", self.slug()),
            title: status.canonical_reason().unwrap_or_default().to_owned(),
            status: status.as_u16(),
            detail: self.to_string(),
            field,
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = self.status();
        if status.is_server_error() {
            tracing::error!(error = ?self, "request failed");
        }
        let mut response = (status, Json(self.problem())).into_response();
        let headers = response.headers_mut();
        let problem_json = HeaderValue::from_static("application/problem+json");
        headers.insert(header::CONTENT_TYPE, problem_json);
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

impl From<SendError> for ApiError {
    fn from(error: SendError) -> Self {
        match error {
            SendError::TooLarge { .. } | SendError::Invalid(_) => Self::BadBody(error.to_string()),
            SendError::UnknownTopic(_) | SendError::Cut(_) => Self::Conflict(error.to_string()),
            SendError::Encode(_) => Self::Internal(error.to_string()),
            _ => Self::kafka(error),
        }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        if took_too_long(&error) {
            Self::TooSlow
        } else if error.owner() == Owner::Environment {
            Self::Unavailable {
                who: "the database",
                cause: error.to_string(),
            }
        } else {
            Self::Internal(error.to_string())
        }
    }
}
