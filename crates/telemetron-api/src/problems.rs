//! The problems that endpoints may end with, a list for each kind of endpoint.
//!
//! An endpoint names its kind among its `responses`; what any may end with is added to all.

use std::collections::BTreeMap;

use utoipa::IntoResponses;
use utoipa::openapi::path::Operation;
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};

/// A status and what it means.
type Described = (&'static str, &'static str);

/// What any endpoint may end with.
const ANY: [Described; 2] = [
    ("400", "An id, a parameter or the body is wrong"),
    (
        "503",
        "A component is away, or the answer takes too long; `Retry-After` says when to try again",
    ),
];

/// What an endpoint may end with that takes a body.
const WITH_BODY: [Described; 2] = [
    ("413", "The body is too large"),
    ("415", "The body is no JSON by its own word"),
];

const NO_DEAD_LETTER: Described = ("404", "There is no such dead letter");
const CROWDED: Described = ("503", "Too many listen already");

/// Defines kinds of endpoints by what only they may end with.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident: [$($described:expr),+],)+) => {
        $(
            $(#[$doc])*
            pub(crate) struct $kind;

            impl IntoResponses for $kind {
                fn responses() -> BTreeMap<String, RefOr<Response>> {
                    [$($described),+].into_iter().map(problem).collect()
                }
            }
        )+
    };
}

kinds! {
    /// About a trace.
    OfTrace: [("404", "There is no such trace")],
    /// About a span.
    OfSpan: [("404", "There is no such trace, or no such span in it")],
    /// About a session.
    OfSession: [("404", "There is no such session")],
    /// About two traces.
    OfTwo: [("404", "There is no such trace, or no good one to hold it against")],
    /// About a moment, which may be past.
    OfMoment: [("404", "Nothing is remembered from then")],
    /// About a dead letter.
    OfDeadLetter: [NO_DEAD_LETTER],
    /// Sends a dead letter again.
    Replay: [NO_DEAD_LETTER, ("409", "Kafka does not have it, or not whole")],
    /// Streams what happens.
    Stream: [CROWDED],
    /// Streams what happens over WebSocket.
    Socket: [
        ("400", "No WebSocket, or a parameter is wrong"),
        ("403", "Pages of this origin may not listen"),
        CROWDED
    ],
}

/// Adds what any operation may end with, where it says nothing of its own.
pub(crate) fn add_to(operation: &mut Operation) {
    let with_body = operation.request_body.is_some();
    let of_body = WITH_BODY.into_iter().filter(|_| with_body);
    for (status, described) in ANY.into_iter().chain(of_body).map(problem) {
        let responses = &mut operation.responses.responses;
        responses.entry(status).or_insert(described);
    }
}

fn problem((status, description): Described) -> (String, RefOr<Response>) {
    let schema = Ref::from_schema_name("Problem");
    let content = ContentBuilder::new().schema(Some(schema)).build();
    let response = ResponseBuilder::new()
        .description(description)
        .content("application/problem+json", content);
    (status.to_owned(), response.into())
}
