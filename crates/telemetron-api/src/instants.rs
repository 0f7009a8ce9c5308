//! Instants as people write them, the same in the API, for coding agents and on the command line.

use telemetron_model::Timestamp;
use telemetron_runtime::config::duration;

/// Reads an instant: RFC 3339, `now`, how long ago (`30m`, `2h`, `7d`), or `now-30m`.
///
/// # Errors
/// A sentence that says how one is written.
pub fn instant(text: &str) -> Result<Timestamp, String> {
    let text = text.trim();
    let ago = text.strip_prefix("now-").unwrap_or(text);
    if text == "now" {
        return Ok(Timestamp::now());
    }
    // A number without a unit may be meant as anything, an epoch too.
    if ago.ends_with(|last: char| last.is_ascii_alphabetic())
        && let Ok(ago) = duration(ago)
    {
        return Ok(Timestamp::now() - ago);
    }
    // The `+` of an offset may have come as the blank that it means in a URL.
    let restored = text.split_once(' ').filter(|(time, _)| time.contains('T'));
    let restored = restored.map(|(time, offset)| format!("{time}+{offset}"));
    let text = restored.as_deref().unwrap_or(text);
    Timestamp::parse_rfc3339(text)
        .map_err(|error| format!("{error}; how long ago is written 30m, 2h or 7d"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_a_time_or_how_long_ago() {
        let given = instant(" 2026-01-31T12:00:00Z ").unwrap();
        assert_eq!(given, Timestamp::from_millis(1_769_860_800_000));
        for text in ["2h", "now-2h"] {
            let ago = Timestamp::now().since(instant(text).unwrap());
            let about = 7_199_000_000_000..7_300_000_000_000;
            assert!(about.contains(&ago), "{text}: {ago}");
        }
        assert!(Timestamp::now().since(instant("now").unwrap()) < 60_000_000_000);
    }

    #[test]
    fn the_plus_of_an_offset_may_be_lost_on_the_way() {
        let whole = instant("2026-01-31T12:00:00+02:00").unwrap();
        assert_eq!(instant("2026-01-31T12:00:00 02:00").unwrap(), whole);
    }

    #[test]
    fn what_is_no_instant_says_how_one_is_written() {
        for text in ["yesterday", "now-", "2026", "1769860800", "-5m", ""] {
            let error = instant(text).unwrap_err();
            assert!(error.starts_with(&format!("`{text}` is not")), "{error}");
            assert!(error.ends_with("is written 30m, 2h or 7d"), "{error}");
        }
    }
}
