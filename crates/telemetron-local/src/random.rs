//! Random names, from the kernel.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use crate::Error;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// A random 16-byte id in unpadded base64url, the form of Kafka's cluster ids.
///
/// Never starts with a hyphen, which Kafka's tools would take for an option.
pub(crate) fn random_id() -> Result<String, Error> {
    loop {
        let id = base64url(&random_bytes()?);
        if !id.starts_with('-') {
            return Ok(id);
        }
    }
}

fn random_bytes() -> Result<[u8; 16], Error> {
    let source = Path::new("/dev/urandom");
    let mut bytes = [0; 16];
    File::open(source)
        .and_then(|mut file| file.read_exact(&mut bytes))
        .map_err(Error::io("read", source))?;
    Ok(bytes)
}

fn base64url(bytes: &[u8]) -> String {
    bytes.chunks(3).flat_map(encode_chunk).collect()
}

/// Up to three bytes become one character more than there are bytes.
fn encode_chunk(chunk: &[u8]) -> impl Iterator<Item = char> {
    let bits = (0..3).fold(0u32, |bits, at| {
        bits << 8 | u32::from(*chunk.get(at).unwrap_or(&0))
    });
    let characters = chunk.len() + 1;
    (0..characters).map(move |at| {
        let index = bits >> (18 - 6 * at) & 0x3f;
        char::from(ALPHABET[index as usize])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_written_as_unpadded_base64url() {
        assert_eq!(base64url(b"Man"), "TWFu");
        assert_eq!(base64url(b"Ma"), "TWE");
        assert_eq!(base64url(&[0xfb, 0xff]), "-_8");
    }

    #[test]
    fn ids_have_kafkas_length_and_differ() {
        let (one, two) = (random_id().unwrap(), random_id().unwrap());
        assert_eq!(one.len(), 22);
        assert_ne!(one, two);
    }
}
