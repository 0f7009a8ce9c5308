//! Fields of a protobuf message, one after the other, as they lie.

use std::ops::Range;

use super::Size;

/// Most groups in each other; nobody has written any for twenty years.
const MAX_GROUPS: usize = 100;

/// One field.
pub(super) struct Field {
    pub(super) tag: u32,
    pub(super) payload: Payload,
}

/// What a field holds.
pub(super) enum Payload {
    /// A number of this size.
    Number(Size),
    /// What lies here: a text, bytes, a message, or packed numbers.
    Bytes(Range<usize>),
    /// A group, which was passed over.
    Group,
}

/// The bytes are no message.
#[derive(Debug)]
pub(super) struct Broken;

/// A place in a message.
pub(super) struct Cursor<'a> {
    body: &'a [u8],
    at: usize,
    end: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(body: &'a [u8], range: Range<usize>) -> Self {
        Self {
            body,
            at: range.start,
            end: range.end.min(body.len()),
        }
    }

    /// The next field; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Field>, Broken> {
        if self.at >= self.end {
            return Ok(None);
        }
        let (tag, wire) = self.key()?;
        let payload = match wire {
            3 => {
                self.pass_group()?;
                Payload::Group
            }
            wire => self.payload(wire)?,
        };
        Ok(Some(Field { tag, payload }))
    }

    fn key(&mut self) -> Result<(u32, u64), Broken> {
        let key = self.varint()?;
        let tag = u32::try_from(key >> 3).map_err(|_| Broken)?;
        Ok((tag, key & 7))
    }

    fn payload(&mut self, wire: u64) -> Result<Payload, Broken> {
        match wire {
            0 => self.varint().map(|_| Payload::Number(Size::Varint)),
            1 => self.pass(8).map(|_| Payload::Number(Size::Eight)),
            2 => {
                let length = self.varint()?;
                let length = usize::try_from(length).map_err(|_| Broken)?;
                self.pass(length).map(Payload::Bytes)
            }
            5 => self.pass(4).map(|_| Payload::Number(Size::Four)),
            _ => Err(Broken),
        }
    }

    fn pass_group(&mut self) -> Result<(), Broken> {
        let mut open = 1;
        while open > 0 {
            match self.key()?.1 {
                3 if open < MAX_GROUPS => open += 1,
                4 => open -= 1,
                wire => {
                    self.payload(wire)?;
                }
            }
        }
        Ok(())
    }

    fn pass(&mut self, length: usize) -> Result<Range<usize>, Broken> {
        let begin = self.at;
        let end = begin.checked_add(length).filter(|end| *end <= self.end);
        self.at = end.ok_or(Broken)?;
        Ok(begin..self.at)
    }

    fn varint(&mut self) -> Result<u64, Broken> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.body.get(self.at).filter(|_| self.at < self.end);
            let byte = *byte.ok_or(Broken)?;
            self.at += 1;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(Broken)
    }
}
