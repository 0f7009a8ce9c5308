//! Payloads as they are stored: zstd frames of JSON text.
//!
//! Level 1 halves what is stored and sent for about 10 µs a span; level 3 gains nothing more.

use std::cell::RefCell;
use std::io;

use zstd::bulk::{Compressor, Decompressor};

/// Largest payload that is decompressed, in bytes: more than any record can hold.
const MAX_BYTES: usize = 64 * 1024 * 1024;

thread_local! {
    static COMPRESSOR: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
}

/// Compresses JSON text; a context is kept per thread, since making one costs more than its use.
///
/// # Errors
/// When zstd cannot get memory.
pub fn compress(json: &str) -> io::Result<Vec<u8>> {
    COMPRESSOR.with_borrow_mut(|slot| {
        let compressor = match slot {
            Some(compressor) => compressor,
            None => slot.insert(Compressor::new(1)?),
        };
        compressor.compress(json.as_bytes())
    })
}

/// Gives JSON text back.
///
/// # Errors
/// When the bytes are no zstd frame of UTF-8 text, or hold more than 64 MiB.
pub fn decompress(frame: &[u8]) -> io::Result<String> {
    let size = Decompressor::upper_bound(frame)
        .unwrap_or(MAX_BYTES)
        .min(MAX_BYTES);
    let bytes = zstd::bulk::decompress(frame, size)?;
    String::from_utf8(bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_was_compressed_comes_back(text in "\\PC{0,300}") {
            prop_assert_eq!(decompress(&compress(&text).unwrap()).unwrap(), text);
        }

        #[test]
        fn text_that_is_no_frame_is_an_error(text in "[a-z{}]{1,40}") {
            prop_assert!(decompress(text.as_bytes()).is_err());
        }
    }
}
