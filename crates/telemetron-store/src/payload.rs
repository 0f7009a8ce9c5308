//! Payloads as they are stored: zstd frames of JSON text, or the text itself while it is small.
//!
//! The two are told apart by the first byte: no JSON text begins as a zstd frame does. The same text
//! is always stored as the same bytes, so that equal ones are known without unpacking them.
//!
//! Level 1 halves what is stored and sent for about 8 µs a payload; level 3 gains nothing more, and
//! below 256 bytes there is nothing to gain.

use std::cell::RefCell;
use std::io;

use zstd::bulk::{Compressor, Decompressor};

/// Largest payload that is decompressed, in bytes: more than any record can hold.
const MAX_BYTES: usize = 64 * 1024 * 1024;

/// Payloads shorter than this are stored as they are.
const MIN_COMPRESSED: usize = 256;

/// How every zstd frame begins (RFC 8878, section 3.1.1).
const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

thread_local! {
    static COMPRESSOR: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
    static DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
}

/// Compresses JSON text; a context is kept per thread, since making one costs more than its use.
///
/// # Errors
/// When zstd cannot get memory.
pub fn compress(json: &str) -> io::Result<Vec<u8>> {
    if json.len() < MIN_COMPRESSED {
        return Ok(json.as_bytes().to_vec());
    }
    COMPRESSOR.with_borrow_mut(|slot| {
        let compressor = match slot {
            Some(compressor) => compressor,
            None => slot.insert(Compressor::new(1)?),
        };
        compressor.compress(json.as_bytes())
    })
}

/// Gives JSON text back; a context is kept per thread here, too.
///
/// # Errors
/// When the bytes are neither UTF-8 text nor a zstd frame of such, or hold more than 64 MiB.
pub fn decompress(frame: &[u8]) -> io::Result<String> {
    if !is_frame(frame) {
        return text(frame.to_vec());
    }
    let size = Decompressor::upper_bound(frame)
        .unwrap_or(MAX_BYTES)
        .min(MAX_BYTES);
    let bytes = DECOMPRESSOR.with_borrow_mut(|slot| {
        let decompressor = match slot {
            Some(decompressor) => decompressor,
            None => slot.insert(Decompressor::new()?),
        };
        decompressor.decompress(frame, size)
    })?;
    text(bytes)
}

/// Whether stored bytes are a frame, and no text.
pub(crate) fn is_frame(stored: &[u8]) -> bool {
    stored.starts_with(&MAGIC)
}

fn text(bytes: Vec<u8>) -> io::Result<String> {
    String::from_utf8(bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_was_compressed_comes_back(text in "\\PC{0,600}") {
            prop_assert_eq!(decompress(&compress(&text).unwrap()).unwrap(), text);
        }

        #[test]
        fn a_text_is_packed_the_same_whatever_was_packed_before(
            texts in prop::collection::vec("[a-f \"{}:]{200,3000}", 2..6),
        ) {
            let fresh = |text: &str| Compressor::new(1).unwrap().compress(text.as_bytes()).unwrap();
            for text in texts.iter().chain(&texts).filter(|text| text.len() >= MIN_COMPRESSED) {
                prop_assert_eq!(compress(text).unwrap(), fresh(text));
            }
        }

        #[test]
        fn a_damaged_frame_is_an_error(mut bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            bytes.splice(0..0, MAGIC);
            prop_assert!(decompress(&bytes).is_err());
        }
    }
}
