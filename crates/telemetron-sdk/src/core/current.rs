//! The current span of a thread, or of a future while it is polled.
//!
//! One mechanism serves both: a place of the thread, set while a guard lives or a future runs.
//! It depends on no runtime, and a future that moves to another thread takes its span along.

use std::cell::RefCell;
use std::marker::PhantomData;

use super::Scope;

thread_local! {
    static CURRENT: RefCell<Option<Scope>> = const { RefCell::new(None) };
}

/// The scope that is current here: of the innermost span entered on this thread or by this
/// future, or of the trace.
pub fn current() -> Option<Scope> {
    // While the thread ends its places may be gone: then nothing is current.
    let current = CURRENT.try_with(|current| current.borrow().clone());
    current.unwrap_or_default()
}

fn replace(scope: Option<Scope>) -> Option<Scope> {
    let replaced = CURRENT.try_with(|current| current.replace(scope));
    replaced.unwrap_or_default()
}

/// A span is current on this thread for as long as this lives.
#[must_use = "the span is current until this is dropped"]
#[derive(Debug)]
pub struct Entered {
    before: Option<Scope>,
    /// It belongs to its thread.
    _not_send: PhantomData<*const ()>,
}

impl Entered {
    pub(crate) fn new(scope: Scope) -> Self {
        Self {
            before: replace(Some(scope)),
            _not_send: PhantomData,
        }
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        replace(self.before.take());
    }
}
