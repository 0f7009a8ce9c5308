//! What a request may become: bytes on the wire are few, what is made of them may be many.
//!
//! Two bytes make an empty span of some hundred, so the size of a body says nothing. Both decoders
//! therefore count what they are about to make, and ask before they make it.

use std::cell::{Cell, RefCell};
use std::fmt;

use super::WireError;

/// Deepest nesting of an attribute's value that is read; what lies deeper is cut, with a mark.
pub const MAX_VALUE_DEPTH: usize = 24;

/// Most spans, log records or points of a request. Exporters send some thousands at a time.
pub const MAX_ITEMS: usize = 100_000;

/// About what the allocator adds to each text.
const TEXT_OVERHEAD: usize = 16;

/// How much is asked for at a time.
const STEP: usize = 64 * 1024;

/// Asks whether so many bytes, all in all, may be made of a request.
pub type Room<'a> = dyn FnMut(usize) -> bool + 'a;

/// Counts what a request becomes while it is read.
pub(super) struct Meter<'a> {
    room: RefCell<&'a mut Room<'a>>,
    bytes: Cell<usize>,
    held: Cell<usize>,
    items: Cell<usize>,
    /// Values that were cut.
    pub(super) deep: Cell<usize>,
    /// How deep the value is that is being read.
    pub(super) depth: Cell<usize>,
    excess: Cell<Option<Excess>>,
}

/// What there was too much of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Excess {
    Items,
    Bytes,
}

impl fmt::Display for Excess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("there is more than is taken")
    }
}

impl From<Excess> for WireError {
    fn from(excess: Excess) -> Self {
        match excess {
            Excess::Items => Self::TooMany,
            Excess::Bytes => Self::NoRoom,
        }
    }
}

impl<'a> Meter<'a> {
    pub(super) fn new(room: &'a mut Room<'a>) -> Self {
        Self {
            room: RefCell::new(room),
            bytes: Cell::default(),
            held: Cell::default(),
            items: Cell::default(),
            deep: Cell::default(),
            depth: Cell::default(),
            excess: Cell::default(),
        }
    }

    /// Counts one element of a list. Lists grow by doubling: each element costs half of itself more.
    ///
    /// # Errors
    /// When there is no room for it.
    pub(super) fn element(&self, bytes: usize, is_item: bool) -> Result<(), Excess> {
        if is_item {
            self.items.set(self.items.get() + 1);
            if self.items.get() > MAX_ITEMS {
                return Err(self.exceeded(Excess::Items));
            }
        }
        self.take(bytes + bytes / 2)
    }

    /// Counts a text or bytes of this length.
    ///
    /// # Errors
    /// As [`Meter::element`].
    pub(super) fn text(&self, length: usize) -> Result<(), Excess> {
        if length == 0 {
            return Ok(());
        }
        self.take(length + TEXT_OVERHEAD)
    }

    /// Counts bytes.
    ///
    /// # Errors
    /// As [`Meter::element`].
    pub(super) fn take(&self, bytes: usize) -> Result<(), Excess> {
        let bytes = self.bytes.get().saturating_add(bytes);
        self.bytes.set(bytes);
        if bytes <= self.held.get() {
            return Ok(());
        }
        let wanted = bytes.saturating_add(STEP);
        if !(self.room.borrow_mut())(wanted) {
            return Err(self.exceeded(Excess::Bytes));
        }
        self.held.set(wanted);
        Ok(())
    }

    /// What there was too much of, if anything.
    pub(super) fn excess(&self) -> Option<Excess> {
        self.excess.get()
    }

    /// What has been counted.
    pub(super) fn bytes(&self) -> usize {
        self.bytes.get()
    }

    fn exceeded(&self, excess: Excess) -> Excess {
        self.excess.set(Some(excess));
        excess
    }
}
