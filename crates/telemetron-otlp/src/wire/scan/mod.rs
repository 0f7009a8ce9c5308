//! A walk over the bytes of a protobuf message before anything is made of them.
//!
//! It follows tags and lengths alone, and knows of each message its fields and what it takes in
//! memory ([`shapes`]). So it says what a request will become, finds values that are nested too deep
//! for the decoder, and tells whether the bytes have the shape of one signal or of another. Where
//! the bytes are broken it ends: the decoder ends there too, and says why.

mod cursor;
mod cut;
mod shapes;

use std::ops::Range;

use super::Signal;
use super::bounds::{Excess, MAX_VALUE_DEPTH, Meter, Room};
use cursor::{Cursor, Field, Payload};
pub(super) use cut::cut;
use shapes::{Kind, Shape, Size};

/// Deepest nesting of messages that is followed; the decoder stops at a hundred.
const MAX_MESSAGES: usize = 100;

/// From this length on it is looked at how a text will be written in JSON.
const LONG_TEXT: usize = 1024;

/// Bytes that JSON writes with six, on each of the ways that a text goes into a record.
const ESCAPED: usize = 2 * 6;

/// How often the largest item stands in memory while it is made into a record.
const COPIES: usize = 2;

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// Whether every byte fits the signal.
    pub(super) fits: bool,
    /// Values that are nested too deep, by their place.
    pub(super) deep: Vec<Range<usize>>,
}

/// Looks at a request of a signal.
///
/// # Errors
/// When it would become too much.
pub(super) fn scan(body: &[u8], signal: Signal, meter: &Meter<'_>) -> Result<Scan, Excess> {
    let mut walk = Walk::new(meter);
    let whole = walk.message(body, 0..body.len(), shapes::of(signal), 0)?;
    meter.take(walk.largest.saturating_mul(COPIES))?;
    meter.hold()?;
    Ok(Scan {
        fits: whole && walk.fits && walk.items > 0,
        deep: walk.deep,
    })
}

struct Walk<'a, 'm> {
    meter: &'a Meter<'m>,
    fits: bool,
    items: usize,
    largest: usize,
    /// How many values the current one lies in.
    values: usize,
    deep: Vec<Range<usize>>,
}

impl<'a, 'm> Walk<'a, 'm> {
    const fn new(meter: &'a Meter<'m>) -> Self {
        Self {
            meter,
            fits: true,
            items: 0,
            largest: 0,
            values: 0,
            deep: Vec::new(),
        }
    }

    /// Walks over a message; says whether it was whole.
    fn message(
        &mut self,
        body: &[u8],
        range: Range<usize>,
        shape: &Shape,
        depth: usize,
    ) -> Result<bool, Excess> {
        let mut cursor = Cursor::new(body, range);
        loop {
            match cursor.next() {
                Ok(Some(field)) => {
                    if !self.field(body, field, shape, depth)? {
                        return Ok(false);
                    }
                }
                Ok(None) => return Ok(true),
                Err(_broken) => return Ok(false),
            }
        }
    }

    fn field(
        &mut self,
        body: &[u8],
        field: Field,
        shape: &Shape,
        depth: usize,
    ) -> Result<bool, Excess> {
        let known = shape.fields.iter().find(|(tag, _)| *tag == field.tag);
        let Some((_, kind)) = known else {
            self.fits = false;
            return Ok(true);
        };
        match (kind, field.payload) {
            (Kind::One(inner), Payload::Bytes(range)) => self.inner(body, range, inner, depth),
            (Kind::Many(inner), Payload::Bytes(range)) => {
                if inner.is_item {
                    self.items += 1;
                    self.largest = self.largest.max(range.len());
                }
                self.meter.element(inner.bytes, inner.is_item)?;
                self.inner(body, range, inner, depth)
            }
            (Kind::Text, Payload::Bytes(range)) => {
                self.text(body.get(range).unwrap_or_default())?;
                Ok(true)
            }
            (Kind::Texts, Payload::Bytes(range)) => {
                self.meter.element(size_of::<String>(), false)?;
                self.text(body.get(range).unwrap_or_default())?;
                Ok(true)
            }
            (Kind::Id(length), Payload::Bytes(range)) => {
                self.fits &= range.is_empty() || range.len() == *length;
                self.meter.text(range.len())?;
                Ok(true)
            }
            // Packed: a number takes eight bytes, whatever it took on the wire.
            (Kind::Numbers(size), Payload::Bytes(range)) => {
                self.meter.take(range.len() / size.least() * 12)?;
                Ok(true)
            }
            (Kind::Numbers(size), Payload::Number(found)) => {
                self.fits &= *size == found;
                self.meter.take(12)?;
                Ok(true)
            }
            (Kind::Number(size), Payload::Number(found)) => {
                self.fits &= *size == found;
                Ok(true)
            }
            // The decoder ends here.
            _ => Ok(false),
        }
    }

    fn inner(
        &mut self,
        body: &[u8],
        range: Range<usize>,
        shape: &Shape,
        depth: usize,
    ) -> Result<bool, Excess> {
        if shape.is_value && self.values >= MAX_VALUE_DEPTH && is_nested(body, range.clone()) {
            self.deep.push(range);
            return Ok(true);
        }
        if depth >= MAX_MESSAGES {
            return Ok(false);
        }
        self.values += usize::from(shape.is_value);
        let whole = self.message(body, range, shape, depth + 1);
        self.values -= usize::from(shape.is_value);
        whole
    }

    fn text(&self, text: &[u8]) -> Result<(), Excess> {
        self.meter.text(text.len())?;
        if text.len() < LONG_TEXT {
            return Ok(());
        }
        let escaped = text.iter().filter(|byte| **byte < b' ').count();
        self.meter.take(escaped.saturating_mul(ESCAPED))
    }
}

/// Whether a value holds others.
fn is_nested(body: &[u8], range: Range<usize>) -> bool {
    let mut cursor = Cursor::new(body, range);
    while let Ok(Some(field)) = cursor.next() {
        if shapes::NESTING.contains(&field.tag) {
            return true;
        }
    }
    false
}

/// The signal whose shape the bytes have, when it is another than that which they were sent as.
pub(super) fn meant(body: &[u8], sent_as: Signal) -> Option<Signal> {
    let fits = |signal: Signal| {
        let mut hold = |_| true;
        let meter = Meter::counting(Room::without_end(&mut hold));
        scan(body, signal, &meter).is_ok_and(|scan| scan.fits)
    };
    if fits(sent_as) {
        return None;
    }
    let others = Signal::ALL.into_iter().filter(|other| *other != sent_as);
    others.into_iter().find(|other| fits(*other))
}

#[cfg(test)]
mod tests;
