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

/// The least that is asked for at a time.
const STEP: usize = 16 * 1024;

/// The room that there is for what a request becomes.
pub struct Room<'a> {
    /// The most items that are taken.
    pub items: usize,
    /// The most bytes that there can ever be.
    pub most: usize,
    /// Holds so many bytes, all in all; says whether they are there now.
    pub hold: &'a mut dyn FnMut(usize) -> bool,
}

impl<'a> Room<'a> {
    /// Room for everything.
    pub(super) fn without_end(hold: &'a mut dyn FnMut(usize) -> bool) -> Self {
        Self {
            items: usize::MAX,
            most: usize::MAX,
            hold,
        }
    }
}

/// Counts what a request becomes while it is read.
pub(super) struct Meter<'a> {
    room: RefCell<Room<'a>>,
    /// Whether what is counted is held at once.
    holds: bool,
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
    Room,
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
            Excess::Bytes => Self::TooMuch,
            Excess::Room => Self::NoRoom,
        }
    }
}

impl<'a> Meter<'a> {
    /// Counts, and holds what is counted.
    pub(super) const fn holding(room: Room<'a>) -> Self {
        Self::new(room, true)
    }

    /// Counts, and holds everything together when [`Meter::hold`] is called.
    pub(super) const fn counting(room: Room<'a>) -> Self {
        Self::new(room, false)
    }

    const fn new(room: Room<'a>, holds: bool) -> Self {
        Self {
            room: RefCell::new(room),
            holds,
            bytes: Cell::new(0),
            held: Cell::new(0),
            items: Cell::new(0),
            deep: Cell::new(0),
            depth: Cell::new(0),
            excess: Cell::new(None),
        }
    }

    /// Counts one element of a list. Lists grow by doubling: each element costs half of itself more.
    ///
    /// # Errors
    /// When there is no room for it.
    pub(super) fn element(&self, bytes: usize, is_item: bool) -> Result<(), Excess> {
        if is_item {
            self.items.set(self.items.get() + 1);
            if self.items.get() > self.room.borrow().items {
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
        if bytes > self.room.borrow().most {
            return Err(self.exceeded(Excess::Bytes));
        }
        if !self.holds || bytes <= self.held.get() {
            return Ok(());
        }
        self.hold_at_least(bytes.saturating_add(STEP.max(bytes / 4)))
    }

    /// Holds what was counted.
    ///
    /// # Errors
    /// When it is not there now.
    pub(super) fn hold(&self) -> Result<(), Excess> {
        self.hold_at_least(self.bytes.get())
    }

    fn hold_at_least(&self, bytes: usize) -> Result<(), Excess> {
        let mut room = self.room.borrow_mut();
        let bytes = bytes.min(room.most);
        if !(room.hold)(bytes) {
            return Err(self.exceeded(Excess::Room));
        }
        self.held.set(bytes);
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
