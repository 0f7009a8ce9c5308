//! The body of a request, read within bounds of size and time.

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use tokio::time::{Duration, Instant, timeout_at};

use crate::admission::AdmissionPermit;
use crate::refusal::Refusal;

/// How long the rest of a body that is refused is listened to, so that its sender hears why.
const DISCARD: Duration = Duration::from_secs(5);

/// Longest pause within a body.
const PAUSE: Duration = Duration::from_secs(10);

/// Most of an announced length that is believed before it is there.
const BELIEVED: usize = 64 * 1024;

/// Reads a body whole; every byte is accounted for before it is kept, and none before it comes.
///
/// # Errors
/// When it is too large, too slow, broken off, or there is no room for it now. What is left of it
/// has been read and thrown away then, as far as that goes quickly: a sender that is still sending
/// does not read the answer.
pub(super) async fn read(
    mut body: Body,
    length: Option<usize>,
    permit: &mut AdmissionPermit,
    within: Duration,
) -> Result<Bytes, Refusal> {
    let read = frames(&mut body, length.unwrap_or_default(), permit, within).await;
    if matches!(read, Err(Refusal::TooLarge(_) | Refusal::Busy(_))) {
        discard(body).await;
    }
    read
}

async fn frames(
    body: &mut Body,
    length: usize,
    permit: &mut AdmissionPermit,
    within: Duration,
) -> Result<Bytes, Refusal> {
    let deadline = Instant::now() + within;
    if length > permit.body_bytes() {
        return Err(Refusal::TooLarge(permit.body_bytes()));
    }
    let mut whole = BytesMut::with_capacity(length.min(BELIEVED));
    loop {
        let pause = Instant::now() + PAUSE;
        let frame = timeout_at(deadline.min(pause), body.frame()).await;
        let Some(frame) = frame.map_err(|_elapsed| Refusal::TooSlow)? else {
            permit.arrived()?;
            return Ok(whole.freeze());
        };
        let frame = frame.map_err(|_| Refusal::BrokenOff)?;
        if let Ok(data) = frame.into_data() {
            permit.hold_body(whole.len() + data.len())?;
            whole.extend_from_slice(&data);
        }
    }
}

async fn discard(mut body: Body) {
    let rest = async { while let Some(Ok(_)) = body.frame().await {} };
    // Whoever sends longer than this does not hear why.
    let _heard = tokio::time::timeout(DISCARD, rest).await;
}
