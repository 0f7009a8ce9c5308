//! The `baggage` header: names and percent-encoded values.

use std::fmt::Write as _;

const MAX_MEMBERS: usize = 64;
const MAX_BYTES: usize = 8192;

/// Reads a header; members that are malformed or beyond the bounds are left out.
pub(super) fn parse(text: &str) -> Vec<(String, String)> {
    let end = text.floor_char_boundary(MAX_BYTES);
    let members = text[..end].split(',').filter_map(|member| {
        // Properties, which follow a semicolon, are for the one who wrote them.
        let member = member.split(';').next().unwrap_or(member);
        let (name, value) = member.split_once('=')?;
        let name = name.trim();
        is_token(name).then(|| (name.to_owned(), decode(value.trim())))
    });
    members.take(MAX_MEMBERS).collect()
}

/// The header for these members, as far as it may hold them.
pub(super) fn format(members: &[(String, String)]) -> String {
    let mut text = String::new();
    for (name, value) in members.iter().take(MAX_MEMBERS) {
        let member = format!("{name}={}", encode(value));
        if is_token(name) && text.len() + member.len() < MAX_BYTES {
            let comma = if text.is_empty() { "" } else { "," };
            text.push_str(comma);
            text.push_str(&member);
        }
    }
    text
}

fn is_token(name: &str) -> bool {
    let in_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !name.is_empty() && name.bytes().all(in_token)
}

fn encode(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for byte in value.bytes() {
        let plain = byte.is_ascii_graphic() && !b"\",;\\%".contains(&byte);
        if plain {
            text.push(char::from(byte));
        } else {
            // Writing into a `String` cannot fail.
            let _infallible = write!(text, "%{byte:02X}");
        }
    }
    text
}

fn decode(value: &str) -> String {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escaped = (*first == b'%').then(|| hex_pair(after)).flatten();
        match escaped {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hex_pair(text: &[u8]) -> Option<u8> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    let (high, low) = (digit(text.first()?)?, digit(text.get(1)?)?);
    u8::try_from(high * 16 + low).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn properties_and_malformed_members_are_left_out() {
        let members = parse("user=ann%20e;secret, =x, broken, a b=c, k = v ");
        let expected = [("user", "ann e"), ("k", "v")];
        assert_eq!(members, expected.map(|(k, v)| (k.to_owned(), v.to_owned())));
    }

    proptest! {
        #[test]
        fn any_value_survives(value in "\\PC{0,40}") {
            let members = vec![("name".to_owned(), value)];
            prop_assert_eq!(parse(&format(&members)), members);
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in "\\PC{0,60}") {
            let _ = parse(&text);
        }
    }
}
