//! A request on its way in: admitted, read, prepared, delivered.

mod body;
mod filling;
mod inflate;
mod prepare;

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use bytes::{Buf as _, Bytes};
use telemetron_otlp::wire::{self, Encoding};
use telemetron_otlp::{Prices, Rejections};
use tokio::sync::Semaphore;

use crate::admission::{Admission, AdmissionPermit};
use crate::config::Limits;
use crate::delivery::{Delivered, Delivery, Pack};
use crate::hooks::Sessions;
use crate::identity::Identity;
use crate::metrics::Counters;
use crate::refusal::Refusal;
use crate::signal::Transport;
pub(crate) use inflate::Coding;
use prepare::{Prepared, Raw};

/// A body of this size or more, or any that is packed, is worked on beside the network's threads.
const LARGE: usize = 32 * 1024;

/// Takes requests. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Intake {
    admission: Admission,
    limits: Arc<Limits>,
    prices: Arc<Prices>,
    delivery: Delivery,
    counters: Counters,
    identity: Identity,
    sessions: Sessions,
    /// Large bodies that are prepared at a time: more than there are cores gains nothing, and each
    /// takes memory.
    cores: Arc<Semaphore>,
}

/// A request of OTLP, before its body is read.
#[derive(Debug)]
pub(crate) struct Incoming {
    /// What it carries.
    pub(crate) signal: wire::Signal,
    /// How it came.
    pub(crate) transport: Transport,
    /// How its body is packed; over gRPC, when a message says that it is.
    pub(crate) coding: Coding,
    /// How long its body is, where it says so.
    pub(crate) length: Option<usize>,
    /// Its body.
    pub(crate) body: Body,
}

/// What became of a request that was taken: everything in it is acknowledged, or named here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Accepted {
    /// Items that are acknowledged.
    pub(crate) accepted: usize,
    /// Items that can never be.
    pub(crate) rejected: usize,
    /// Why.
    pub(crate) message: Option<String>,
}

impl Intake {
    pub(crate) fn new(
        limits: Limits,
        prices: Prices,
        delivery: Delivery,
        counters: Counters,
        identity: Identity,
    ) -> Self {
        Self {
            admission: Admission::new(&limits),
            limits: Arc::new(limits),
            prices: Arc::new(prices),
            delivery,
            counters,
            identity,
            sessions: Sessions::default(),
            cores: Arc::new(Semaphore::new(cores())),
        }
    }

    /// Takes a request of OTLP: everything in it is acknowledged by Kafka when this returns.
    ///
    /// # Errors
    /// When it is not taken; what of it was produced by then does no harm, and counts once when it
    /// is sent again.
    pub(crate) async fn take(&self, incoming: Incoming) -> Result<Accepted, Refusal> {
        let (signal, transport) = (incoming.signal.into(), incoming.transport);
        let began = Instant::now();
        let taken = self.bring(incoming).await;
        self.counters
            .request(signal, transport, &taken, began.elapsed());
        taken.inspect_err(Refusal::log)
    }

    /// Counts a request that was refused before it could be taken.
    pub(crate) fn refuse(
        &self,
        signal: wire::Signal,
        transport: Transport,
        refusal: Refusal,
    ) -> Result<Accepted, Refusal> {
        let refused = Err(refusal);
        self.counters
            .request(signal.into(), transport, &refused, Duration::ZERO);
        refused.inspect_err(Refusal::log)
    }

    /// Reads the body of a request that is no OTLP, within the same bounds.
    ///
    /// # Errors
    /// As [`Intake::take`].
    pub(crate) async fn read(
        &self,
        body: Body,
        length: Option<usize>,
    ) -> Result<(Bytes, AdmissionPermit), Refusal> {
        let mut permit = self.admission.enter();
        let body = body::read(body, length, &mut permit, self.limits.body_time).await?;
        Ok((body, permit))
    }

    /// Delivers records that were made elsewhere.
    ///
    /// # Errors
    /// As [`Intake::take`].
    pub(crate) async fn deliver(&self, pack: Pack) -> Result<Delivered, Refusal> {
        self.delivery.deliver(pack).await
    }

    /// The sessions of Claude Code.
    pub(crate) const fn sessions(&self) -> &Sessions {
        &self.sessions
    }

    /// Which platform this is.
    pub(crate) const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// What is counted.
    pub(crate) const fn counters(&self) -> &Counters {
        &self.counters
    }

    async fn bring(&self, incoming: Incoming) -> Result<Accepted, Refusal> {
        let Incoming {
            signal,
            transport,
            coding,
            length,
            body,
        } = incoming;
        let (body, mut permit) = self.read(body, length).await?;
        self.counters.received(signal.into(), transport, body.len());
        let (coding, body) = match transport {
            Transport::Grpc => unframe(coding, body)?,
            Transport::HttpProtobuf | Transport::HttpJson => (coding, body),
        };
        let encoding = match transport {
            Transport::HttpJson => Encoding::Json,
            Transport::HttpProtobuf | Transport::Grpc => Encoding::Protobuf,
        };
        let raw = Raw {
            signal,
            encoding,
            coding,
            body,
        };
        let (prepared, _place) = if raw.body.len() < LARGE && coding == Coding::Identity {
            let (own, sessions) = (self.identity.known(), &self.sessions);
            let prepared = prepare::prepare(raw, &self.prices, own, sessions, &mut permit)?;
            (prepared, permit)
        } else {
            self.prepare_beside(raw, permit).await?
        };
        let Prepared {
            pack,
            items,
            rejections,
            warning,
        } = prepared;
        let delivered = self.delivery.deliver(pack).await?;
        let mut taken = accepted(items, rejections, delivered);
        taken.message = match (taken.message, warning) {
            (Some(message), Some(warning)) => Some(format!("{message}; {warning}")),
            (message, warning) => message.or(warning),
        };
        Ok(taken)
    }

    /// Prepares on a thread for such work.
    async fn prepare_beside(
        &self,
        raw: Raw,
        mut permit: AdmissionPermit,
    ) -> Result<(Prepared, AdmissionPermit), Refusal> {
        let prices = Arc::clone(&self.prices);
        let identity = self.identity.clone();
        let sessions = self.sessions.clone();
        let core = Arc::clone(&self.cores).acquire_owned().await;
        let work = tokio::task::spawn_blocking(move || {
            let _core = core;
            let prepared = prepare::prepare(raw, &prices, identity.known(), &sessions, &mut permit);
            prepared.map(|prepared| (prepared, permit))
        });
        let worked = work.await;
        worked.unwrap_or_else(|error| Err(Refusal::Internal(error.to_string())))
    }
}

/// Takes the one message out of a gRPC body: a byte that says whether it is packed, its length in
/// four bytes, and itself.
fn unframe(coding: Coding, mut body: Bytes) -> Result<(Coding, Bytes), Refusal> {
    let garbage = |what: &str| Err(Refusal::Garbage(format!("the gRPC body {what}")));
    let Some((head, _)) = body.split_first_chunk::<5>() else {
        return garbage("holds no message");
    };
    let [flag, length @ ..] = *head;
    body.advance(5);
    if usize::try_from(u32::from_be_bytes(length)) != Ok(body.len()) {
        return garbage("is not one message of the length it says");
    }
    match flag {
        0 => Ok((Coding::Identity, body)),
        1 if coding != Coding::Identity => Ok((coding, body)),
        _ => garbage("is packed, but no `grpc-encoding` says how"),
    }
}

fn accepted(items: usize, mut rejections: Rejections, delivered: Delivered) -> Accepted {
    for _ in 0..delivered.too_large {
        rejections.add(
            "a record beyond `max.message.bytes` of its topic".to_owned(),
            "it is larger than Kafka takes; send less text in its attributes".to_owned(),
        );
    }
    Accepted {
        accepted: items.saturating_sub(rejections.count()),
        rejected: rejections.count(),
        message: rejections.message(),
    }
}

/// How many threads can work at a time.
fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, NonZeroUsize::get)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_message_is_taken_out_of_its_frame() {
        let framed = Bytes::from_static(&[0, 0, 0, 0, 2, 8, 9]);
        let (coding, message) = unframe(Coding::Gzip, framed).unwrap();
        assert_eq!(
            (coding, message.as_ref()),
            (Coding::Identity, [8, 9].as_slice())
        );
        let packed = Bytes::from_static(&[1, 0, 0, 0, 1, 8]);
        assert_eq!(unframe(Coding::Gzip, packed).unwrap().0, Coding::Gzip);
    }

    #[test]
    fn a_frame_that_lies_is_garbage() {
        let frames: [&[u8]; 4] = [&[], &[0, 0, 0, 0], &[0, 0, 0, 0, 9, 1], &[1, 0, 0, 0, 1, 1]];
        for frame in frames {
            let refused = unframe(Coding::Identity, Bytes::copy_from_slice(frame));
            assert!(matches!(refused, Err(Refusal::Garbage(_))), "{frame:?}");
        }
    }

    #[test]
    fn what_kafka_found_too_large_is_rejected_and_named() {
        let taken = accepted(3, Rejections::default(), Delivered { too_large: 1 });
        assert_eq!((taken.accepted, taken.rejected), (2, 1));
        assert!(taken.message.unwrap().contains("max.message.bytes"));
    }
}
