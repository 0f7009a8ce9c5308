//! The body of an answer, whose end is the end of the request.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use http_body::{Body as HttpBody, Frame, SizeHint};

use super::crowd::Asking;

/// An answer's body that holds the place of its request until it has gone out.
pub(super) struct Held {
    body: Body,
    _asking: Asking,
}

impl Held {
    pub(super) const fn new(body: Body, asking: Asking) -> Self {
        Self {
            body,
            _asking: asking,
        }
    }
}

impl HttpBody for Held {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
