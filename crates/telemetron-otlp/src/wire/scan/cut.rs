//! Cuts values out of a protobuf message without moving a byte: each is overwritten by another value
//! of the same length, so that no length around it changes.

use std::ops::Range;

use crate::cut::too_deep;

/// The key of a text in a value.
const TEXT: u8 = 0x0a;

/// The key of a field that values do not have (number 15, bytes): decoders pass over it.
const PADDING: u8 = 0x7a;

/// The longest text whose length takes one byte.
const MAX_SHORT: usize = 0x7f;

/// Overwrites the values at these places by marks.
pub(in crate::wire) fn cut(body: &mut [u8], places: &[Range<usize>]) {
    for place in places {
        if let Some(value) = body.get_mut(place.clone()) {
            overwrite(value);
        }
    }
}

/// A value that holds others has two bytes at least.
fn overwrite(value: &mut [u8]) {
    let mark = too_deep(value.len());
    let Some(room) = value.len().checked_sub(2) else {
        return;
    };
    let mut length = mark.len().min(room).min(MAX_SHORT);
    // A single byte that is left over is no field.
    if room - length == 1 {
        length -= 1;
    }
    let (text, rest) = value.split_at_mut(2 + length);
    text[0] = TEXT;
    text[1] = u8::try_from(length).unwrap_or_default();
    text[2..].copy_from_slice(&mark.as_bytes()[..length]);
    pad(rest);
}

/// Fills nothing, or two bytes and more, with a field that means nothing.
fn pad(rest: &mut [u8]) {
    let Some(after_key) = rest.len().checked_sub(1) else {
        return;
    };
    // How long the length is must not depend on the length: one byte, or five.
    let digits = if after_key <= MAX_SHORT { 1 } else { 5 };
    let content = after_key - digits;
    rest.fill(0);
    rest[0] = PADDING;
    for (place, digit) in rest[1..=digits].iter_mut().enumerate() {
        let bits = u8::try_from((content >> (7 * place)) & 0x7f).unwrap_or_default();
        let goes_on = if place + 1 < digits { 0x80 } else { 0 };
        *digit = bits | goes_on;
    }
}
