//! Reading recorded runs: bytes of a file to records, nothing else.
//!
//! ```text
//!  file ─▶ files (find, unpack) ─▶ documents (one JSON value each) ─▶ Format ─▶ records
//! ```
//!
//! Invariants: a format is recognised by its content, never by a name; reading is a pure function
//! of the document, so that the same file gives the same records, byte for byte, every time; what
//! somebody later wrote about a run (labels, right answers) is not part of what happened and is
//! left out.

mod code;
mod conversation;
mod document;
pub(crate) mod files;
mod formats;
mod ids;
mod instants;
mod payload;
mod records;
#[cfg(test)]
mod tests;

use telemetron_model::record::Record;

pub(crate) use document::{Document, Documents};

/// A form in which runs are recorded.
pub(crate) trait Format: Sync {
    /// What people call it.
    fn name(&self) -> &'static str;

    /// Whether a document is of this form, by a look at its outermost fields.
    fn recognises(&self, document: &Document<'_>) -> bool;

    /// The records of a document, in the order in which they happened.
    ///
    /// # Errors
    /// A sentence when the document has the marks of this form and cannot be read all the same.
    fn read(&self, document: &Document<'_>) -> Result<Vec<Record>, String>;
}

/// What became of a document.
#[derive(Debug)]
pub(crate) enum Reading {
    /// It was read.
    Run {
        /// The name of its form.
        format: &'static str,
        /// Its records.
        records: Vec<Record>,
    },
    /// It cannot be imported, for this reason.
    Skipped(String),
}

/// Reads a document of whatever form it is.
pub(crate) fn read(document: &Document<'_>) -> Reading {
    let format = formats::ALL
        .iter()
        .find(|format| format.recognises(document));
    let Some(format) = format else {
        return Reading::Skipped(format!("not recognised: {}", document.describe()));
    };
    match format.read(document) {
        Ok(records) => Reading::Run {
            format: format.name(),
            records,
        },
        Err(reason) => Reading::Skipped(format!("{}: {reason}", format.name())),
    }
}
