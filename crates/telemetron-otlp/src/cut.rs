//! What is too large for a record: cut as the SDK cuts it; what came twice (as an attribute and as input
//! or output) loses the attribute first.

pub(crate) use telemetron_model::cut::{
    Cut, MAX_PAYLOAD_BYTES, cut_payload, cut_text, fit_span, payload_bytes,
};

use crate::wire::MAX_VALUE_DEPTH;

/// The most bytes an attribute keeps in a span that has too many.
pub(crate) const MAX_ATTRIBUTE_BYTES: usize = 16 * 1024;

/// The most bytes of the text of an error, and of its stack.
pub(crate) const MAX_ERROR_BYTES: usize = 64 * 1024;

/// What stands in place of a value that lies too deep in others; short, and ASCII alone.
pub(crate) fn too_deep(bytes: usize) -> String {
    format!("(cut: {bytes} bytes, nested deeper than {MAX_VALUE_DEPTH} levels)")
}
