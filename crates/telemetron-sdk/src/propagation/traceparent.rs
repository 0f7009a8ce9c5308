//! The `traceparent` header, read strictly, and the bounds of `tracestate`.

use super::SpanContext;

/// Version 00 as text.
pub(super) fn format(context: &SpanContext) -> String {
    let SpanContext {
        trace_id,
        span_id,
        flags,
        ..
    } = context;
    // Ids of foreign spans may be longer than the header has room for: its last 8 bytes name it.
    let span_id = span_id.to_string();
    let span_id = &span_id[span_id.len() - 16..];
    format!("00-{trace_id}-{span_id}-{flags:02x}")
}

/// Reads a header; none when it is invalid, and then the trace starts anew.
///
/// Higher versions are read as far as version 00 goes, as the standard asks.
pub(super) fn parse(text: &str) -> Option<SpanContext> {
    let (known, rest) = text.split_at_checked(55)?;
    let mut parts = known.split('-');
    let version = hex(parts.next()?, 2)?;
    let trace_id = hex(parts.next()?, 32)?;
    let span_id = hex(parts.next()?, 16)?;
    let flags = u8::from_str_radix(hex(parts.next()?, 2)?, 16).ok()?;
    let rest_is_fine = match version {
        "ff" => false,
        "00" => rest.is_empty(),
        _ => rest.is_empty() || rest.starts_with('-'),
    };
    if !rest_is_fine || parts.next().is_some() {
        return None;
    }
    let mut context = SpanContext::new(trace_id.parse().ok()?, span_id.parse().ok()?);
    context.flags = flags;
    Some(context)
}

/// The text, when it is as many lowercase hex digits.
fn hex(text: &str, digits: usize) -> Option<&str> {
    let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    (text.len() == digits && text.bytes().all(is_hex)).then_some(text)
}

/// Whether a `tracestate` may travel on: at most 32 members of `key=value`, in printable ASCII.
pub(super) fn is_valid_state(state: &str) -> bool {
    let members: Vec<&str> = state.split(',').map(str::trim).collect();
    members.len() <= 32
        && members
            .iter()
            .filter(|member| !member.is_empty())
            .all(|member| is_valid_member(member))
        && members.iter().any(|member| !member.is_empty())
}

fn is_valid_member(member: &str) -> bool {
    let Some((key, value)) = member.split_once('=') else {
        return false;
    };
    let in_key =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-*/@".contains(&byte);
    let in_value = |byte: u8| (0x20..=0x7e).contains(&byte) && byte != b'=';
    let starts_well =
        key.starts_with(|first: char| first.is_ascii_lowercase() || first.is_ascii_digit());
    starts_well
        && key.len() <= 256
        && key.bytes().all(in_key)
        && (1..=256).contains(&value.len())
        && value.bytes().all(in_value)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const VALID: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_valid_header_survives() {
        let context = parse(VALID).unwrap();
        assert_eq!(context.flags, 1);
        assert_eq!(format(&context), VALID);
    }

    #[test]
    fn invalid_headers_start_the_trace_anew() {
        let wrong = [
            "",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-extra",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0x",
            "00_4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7_01",
            "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01extra",
        ];
        for header in wrong {
            assert_eq!(parse(header), None, "{header}");
        }
    }

    #[test]
    fn a_higher_version_is_read_as_far_as_it_is_known() {
        let header = VALID.replacen("00", "cc", 1) + "-what-comes-later";
        assert_eq!(parse(&header), parse(VALID));
    }

    #[test]
    fn a_state_is_kept_within_its_bounds() {
        assert!(is_valid_state("rojo=00f067aa0ba902b7, congo@x=t61rcWkgMzE"));
        assert!(!is_valid_state("Upper=1"));
        assert!(!is_valid_state("novalue"));
        assert!(!is_valid_state(""));
        assert!(!is_valid_state(&vec!["a=1"; 33].join(",")));
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in "\\PC{0,70}") {
            let _ = parse(&text);
            let _ = is_valid_state(&text);
        }
    }
}
