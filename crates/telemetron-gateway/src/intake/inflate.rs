//! Bodies that came compressed. What inflates beyond the limit is stopped while it inflates.

use std::io::Read;

use axum::http::HeaderValue;
use bytes::Bytes;
use flate2::read::MultiGzDecoder;

use crate::admission::AdmissionPermit;
use crate::refusal::Refusal;

/// How much is inflated between two looks at the limit.
const STEP: usize = 64 * 1024;

/// Largest window of zstd, as a power of two: what a decoder may need in memory beside the body.
const ZSTD_WINDOW_LOG: u32 = 23;

/// How a body is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coding {
    /// Not at all.
    Identity,
    /// RFC 1952.
    Gzip,
    /// RFC 8878; not part of OTLP, and much cheaper.
    Zstd,
}

impl Coding {
    /// The coding that a header names; none when there is no header.
    pub(crate) fn of(header: Option<&HeaderValue>) -> Result<Self, Refusal> {
        let Some(header) = header else {
            return Ok(Self::Identity);
        };
        match header
            .as_bytes()
            .trim_ascii()
            .to_ascii_lowercase()
            .as_slice()
        {
            b"" | b"identity" => Ok(Self::Identity),
            b"gzip" | b"x-gzip" => Ok(Self::Gzip),
            b"zstd" => Ok(Self::Zstd),
            _ => Err(Refusal::ContentCoding(
                String::from_utf8_lossy(header.as_bytes()).into_owned(),
            )),
        }
    }
}

/// Unpacks a body.
///
/// # Errors
/// When it is packed wrongly, or larger than it may be, or there is no room for it now.
pub(super) fn inflate(
    coding: Coding,
    body: Bytes,
    permit: &mut AdmissionPermit,
) -> Result<Bytes, Refusal> {
    match coding {
        Coding::Identity => Ok(body),
        Coding::Gzip if body.is_empty() => Ok(body),
        Coding::Gzip => bounded(
            MultiGzDecoder::new(body.as_ref()),
            "gzip",
            body.len(),
            permit,
        ),
        Coding::Zstd => {
            let decoder = zstd::stream::read::Decoder::with_buffer(body.as_ref());
            let mut decoder = decoder.map_err(|error| broken("zstd", &error))?;
            let window = decoder.window_log_max(ZSTD_WINDOW_LOG);
            window.map_err(|error| broken("zstd", &error))?;
            bounded(decoder, "zstd", body.len(), permit)
        }
    }
}

fn bounded(
    mut packed: impl Read,
    coding: &str,
    packed_bytes: usize,
    permit: &mut AdmissionPermit,
) -> Result<Bytes, Refusal> {
    let mut out = Vec::new();
    loop {
        let filled = out.len();
        // One byte more than may be is enough to see that it is too much.
        let left = permit.body_bytes().saturating_sub(filled) + 1;
        let step = STEP.max(filled / 2).min(left);
        let inflated = (filled + step).min(permit.body_bytes());
        permit.hold(packed_bytes + inflated)?;
        out.resize(filled + step, 0);
        let unpacked = &mut out[filled..];
        let read = packed
            .read(unpacked)
            .map_err(|error| broken(coding, &error))?;
        out.truncate(filled + read);
        if read == 0 {
            return Ok(out.into());
        }
        if out.len() > permit.body_bytes() {
            return Err(Refusal::TooLarge(permit.body_bytes()));
        }
    }
}

fn broken(coding: &str, error: &std::io::Error) -> Refusal {
    Refusal::Garbage(format!(
        "the body is no {coding} as its header says: {error}"
    ))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;
    use crate::admission::Admission;
    use crate::config::Limits;

    fn permit(body_bytes: usize) -> AdmissionPermit {
        let limits = Limits {
            body_bytes,
            bytes_in_flight: 1 << 30,
            requests: 1,
            body_time: std::time::Duration::ZERO,
            queue_messages: 0,
            queue_bytes: 0,
            room_time: std::time::Duration::ZERO,
            ack_time: std::time::Duration::ZERO,
        };
        Admission::new(&limits).enter()
    }

    fn gzip(bytes: &[u8]) -> Bytes {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap().into()
    }

    #[test]
    fn what_was_packed_comes_out_up_to_the_very_limit() {
        let text = vec![7; 300_000];
        let packed = [
            (Coding::Gzip, gzip(&text)),
            (
                Coding::Zstd,
                zstd::encode_all(text.as_slice(), 1).unwrap().into(),
            ),
            (Coding::Identity, text.clone().into()),
        ];
        for (coding, body) in packed {
            let whole = inflate(coding, body, &mut permit(text.len())).unwrap();
            assert_eq!(whole, text, "{coding:?}");
        }
    }

    #[test]
    fn a_bomb_is_stopped_while_it_inflates() {
        let bomb = vec![0; 50_000_000];
        let packed = [
            (Coding::Gzip, gzip(&bomb)),
            (
                Coding::Zstd,
                zstd::encode_all(bomb.as_slice(), 1).unwrap().into(),
            ),
        ];
        for (coding, body) in packed {
            let stopped = inflate(coding, body, &mut permit(100_000));
            assert_eq!(stopped, Err(Refusal::TooLarge(100_000)), "{coding:?}");
        }
    }

    #[test]
    fn what_is_not_packed_as_it_says_is_garbage() {
        for coding in [Coding::Gzip, Coding::Zstd] {
            let refused = inflate(
                coding,
                Bytes::from_static(b"{\"a\": 1}"),
                &mut permit(1_000),
            );
            assert!(matches!(refused, Err(Refusal::Garbage(_))), "{refused:?}");
        }
        let cut = gzip(b"cut off").slice(..12);
        let refused = inflate(Coding::Gzip, cut, &mut permit(1_000));
        assert!(matches!(refused, Err(Refusal::Garbage(_))), "{refused:?}");
    }

    #[test]
    fn codings_are_read_in_any_case() {
        let of = |text| Coding::of(Some(&HeaderValue::from_static(text)));
        assert_eq!(of("GZIP"), Ok(Coding::Gzip));
        assert_eq!(of("identity"), Ok(Coding::Identity));
        assert!(matches!(of("br"), Err(Refusal::ContentCoding(_))));
        assert_eq!(Coding::of(None), Ok(Coding::Identity));
    }
}
