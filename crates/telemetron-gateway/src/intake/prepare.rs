//! What a body is made into on one core: unpacked, read, mapped, and written as Kafka's messages.

use bytes::Bytes;
use telemetron_otlp::via::{self, MAX_HOPS, Via};
use telemetron_otlp::wire::{self, Encoding, MAX_ITEMS, MAX_VALUE_DEPTH, Read, Room, WireError};
use telemetron_otlp::{Prices, Rejections, Sink as _, logs, metrics, traces};

use super::filling::Filling;
use super::inflate::{self, Coding};
use crate::admission::AdmissionPermit;
use crate::delivery::Pack;
use crate::hooks::Sessions;
use crate::refusal::Refusal;

/// A body as it came, and how to read it.
#[derive(Debug)]
pub(super) struct Raw {
    pub(super) signal: wire::Signal,
    pub(super) encoding: Encoding,
    pub(super) coding: Coding,
    pub(super) body: Bytes,
}

/// What is to be sent for a request, and what of it cannot be.
#[derive(Debug, Default)]
pub(super) struct Prepared {
    pub(super) pack: Pack,
    pub(super) items: usize,
    pub(super) rejections: Rejections,
    /// What is told to the sender of a request that is taken, and was meant otherwise.
    pub(super) warning: Option<String>,
}

/// Most bytes of a request that is empty on purpose.
const MOST_OF_AN_EMPTY_REQUEST: usize = 64;

/// Most room that is made for messages before there is one.
const MOST_ROOM: usize = 16 * 1024 * 1024;

/// Most bytes of a body that is kept until it is known whether anything was in it.
const MOST_KEPT: usize = 4 * 1024 * 1024;

/// Makes messages of a body. `own` is the id of this platform, as far as it is known.
pub(super) fn prepare(
    raw: Raw,
    prices: &Prices,
    own: Option<&str>,
    sessions: &Sessions,
    permit: &mut AdmissionPermit,
) -> Result<Prepared, Refusal> {
    let Raw {
        signal,
        encoding,
        coding,
        body,
    } = raw;
    let body = Body {
        bytes: inflate::inflate(coding, body, permit)?,
        signal,
        encoding,
    };
    let mut prepared = match signal {
        wire::Signal::Traces => {
            let read = body.read(wire::read_traces, permit)?;
            let resources = &read.request.resource_spans;
            let scopes = resources.iter().flat_map(|resource| &resource.scope_spans);
            let items = scopes.map(|scope| scope.spans.len()).sum();
            let is_bare = resources.is_empty();
            body.fill(read, permit, is_bare, own, |request, filling| {
                let beside = sessions.spans(request);
                traces::map_into(request, prices, filling);
                beside.into_iter().for_each(|record| filling.record(record));
                items
            })
        }
        wire::Signal::Logs => {
            let read = body.read(wire::read_logs, permit)?;
            let resources = &read.request.resource_logs;
            let scopes = resources.iter().flat_map(|resource| &resource.scope_logs);
            let items = scopes.map(|scope| scope.log_records.len()).sum();
            let is_bare = resources.is_empty();
            body.fill(read, permit, is_bare, own, |request, filling| {
                let beside = sessions.logs(request, prices);
                logs::map_into(request, filling);
                beside.into_iter().for_each(|record| filling.record(record));
                items
            })
        }
        wire::Signal::Metrics => {
            let read = body.read(wire::read_metrics, permit)?;
            let is_bare = read.request.resource_metrics.is_empty();
            body.fill(read, permit, is_bare, own, |request, filling| {
                metrics::map_into(request, filling);
                filling.pack.len() + filling.rejections.count()
            })
        }
    }?;
    prepared.pack.fit();
    permit.shrink(prepared.pack.queued_bytes());
    Ok(prepared)
}

/// A body that was unpacked.
struct Body {
    bytes: Bytes,
    signal: wire::Signal,
    encoding: Encoding,
}

/// Reads a request within some room.
type Decode<T> = fn(&[u8], Encoding, Room<'_>) -> Result<Read<T>, WireError>;

impl Body {
    /// Reads it; there is room for what it becomes before it becomes that.
    fn read<T>(&self, decode: Decode<T>, permit: &mut AdmissionPermit) -> Result<Read<T>, Refusal> {
        let mut refused = None;
        let (most, length) = (permit.most(), self.bytes.len());
        let mut hold = |bytes: usize| {
            refused = permit.hold(length.saturating_add(bytes)).err();
            refused.is_none()
        };
        let room = Room {
            items: MAX_ITEMS,
            most: most.saturating_sub(length),
            hold: &mut hold,
        };
        decode(&self.bytes, self.encoding, room).map_err(|error| match error {
            WireError::NoRoom => refused.unwrap_or(Refusal::Busy("too many bytes are in use")),
            WireError::TooMuch => Refusal::TooMuch(most),
            WireError::TooMany => Refusal::TooMany(error.to_string()),
            error => Refusal::Garbage(error.to_string()),
        })
    }

    /// Maps it; says how many items it holds.
    fn fill<T: via::Request>(
        self,
        read: Read<T>,
        permit: &mut AdmissionPermit,
        is_bare: bool,
        own: Option<&str>,
        map: impl Fn(&mut T, &mut Filling<'_>) -> usize,
    ) -> Result<Prepared, Refusal> {
        let length = self.bytes.len();
        let (signal, encoding) = (self.signal, self.encoding);
        let kept = (length <= MOST_KEPT).then_some(self.bytes);
        let beside = read.bytes + kept.as_ref().map_or(0, Bytes::len);
        // What was read stands beside the attributes; room that is not used costs nothing.
        let pack = Pack::with_room((length * 2).min(MOST_ROOM));
        let mut filling = Filling::new(pack, beside, permit);
        let (mut items, mut returned) = (0, 0);
        for (via, mut part) in via::apart(read.request) {
            match judge(&via, own) {
                Way::New => {}
                Way::Unknown => return Err(unknown()),
                Way::Back | Way::TooLong => {
                    returned += 1;
                    continue;
                }
            }
            filling.pack.came_through(via);
            items = map(&mut part, &mut filling);
        }
        if let Some(refused) = filling.refused {
            return Err(refused);
        }
        let (pack, rejections) = (filling.pack, filling.rejections);
        let says_much = length > MOST_OF_AN_EMPTY_REQUEST;
        if pack.is_empty()
            && returned == 0
            && let Some(wrong) = kept.and_then(|body| wire::wrong_signal(&body, encoding, signal))
        {
            return Err(Refusal::Garbage(wrong.to_string()));
        }
        // An empty request is well; one that says much and holds nothing was meant otherwise.
        let nothing = (is_bare && says_much).then(|| nothing_found(signal).to_owned());
        Ok(Prepared {
            pack,
            items,
            rejections,
            warning: nothing
                .or_else(|| came_back(returned))
                .or_else(|| cut(read.deep)),
        })
    }
}

/// What is to be done with what came through other platforms.
enum Way {
    /// It has not been here.
    New,
    /// It has been here: it is known, and would go round.
    Back,
    /// It has been everywhere.
    TooLong,
    /// Kafka has not told yet who we are.
    Unknown,
}

fn judge(via: &Via, own: Option<&str>) -> Way {
    match own {
        _ if via.is_empty() => Way::New,
        None => Way::Unknown,
        Some(own) if via.has(own) => Way::Back,
        Some(_) if via.is_long() => Way::TooLong,
        Some(_) => Way::New,
    }
}

fn unknown() -> Refusal {
    Refusal::Unavailable {
        cause: "the id of the Kafka cluster is not known yet".to_owned(),
    }
}

/// What is told to who sends back what came from here.
fn came_back(resources: usize) -> Option<String> {
    let message = || {
        format!(
            "what came from {resources} resources has been here before, or has gone through {MAX_HOPS} \
             platforms: it is not taken again"
        )
    };
    (resources > 0).then(message)
}

/// What is told of values that were cut.
fn cut(deep: usize) -> Option<String> {
    let message =
        || format!("{deep} values, nested deeper than {MAX_VALUE_DEPTH} levels, were cut");
    (deep > 0).then(message)
}

/// What is told to who meant to send something: unknown fields are ignored, as OTLP demands.
const fn nothing_found(signal: wire::Signal) -> &'static str {
    match signal {
        wire::Signal::Traces => {
            "nothing was found: spans stand in `resourceSpans`, `scopeSpans`, `spans`, spelled so"
        }
        wire::Signal::Logs => {
            "nothing was found: log records stand in `resourceLogs`, `scopeLogs`, `logRecords`, \
             spelled so"
        }
        wire::Signal::Metrics => {
            "nothing was found: points stand in `resourceMetrics`, `scopeMetrics`, `metrics`, \
             `dataPoints`, spelled so"
        }
    }
}
