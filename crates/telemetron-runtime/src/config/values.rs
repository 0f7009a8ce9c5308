//! Values with units, as parsers for clap's `value_parser`.

use std::time::Duration;

/// A duration: `250` and `250ms` are milliseconds; also `5s`, `10m`, `2h`, `7d`.
///
/// # Errors
/// A sentence when it is no whole number with one of these units.
pub fn duration(text: &str) -> Result<Duration, String> {
    let (number, unit) = split(text).ok_or(DURATION_HELP)?;
    let millis = match unit {
        "" | "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return Err(DURATION_HELP.into()),
    };
    let millis = number.checked_mul(millis).ok_or("too long")?;
    Ok(Duration::from_millis(millis))
}

const DURATION_HELP: &str = "use a whole number with ms, s, m, h or d, such as 250ms or 5s";

/// A size in bytes: `4096`, `64KiB`, `10MiB`, `1GiB`, or decimal `64kB`, `10MB`, `1GB`.
///
/// # Errors
/// A sentence when it is no whole number with one of these units.
pub fn bytes(text: &str) -> Result<u64, String> {
    let (number, unit) = split(text).ok_or(BYTES_HELP)?;
    let factor = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        _ => return Err(BYTES_HELP.into()),
    };
    number.checked_mul(factor).ok_or_else(|| "too large".into())
}

const BYTES_HELP: &str = "use a whole number with KiB, MiB or GiB, such as 64MiB";

/// A number and what follows it.
fn split(text: &str) -> Option<(u64, &str)> {
    let text = text.trim();
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    Some((number.parse().ok()?, unit.trim_start()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_without_a_unit_is_in_milliseconds() {
        assert_eq!(duration("250"), Ok(Duration::from_millis(250)));
        assert_eq!(duration("250ms"), Ok(Duration::from_millis(250)));
    }

    #[test]
    fn durations_have_units() {
        for (text, seconds) in [("5s", 5), (" 10 m ", 600), ("2h", 7_200), ("7d", 604_800)] {
            assert_eq!(duration(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
    }

    #[test]
    fn sizes_have_binary_and_decimal_units() {
        let sizes = [
            ("4096", 4096),
            ("64KiB", 65_536),
            ("10 MiB", 10_485_760),
            ("1gb", 1_000_000_000),
        ];
        for (text, size) in sizes {
            assert_eq!(bytes(text), Ok(size), "{text}");
        }
    }

    #[test]
    fn what_is_no_whole_number_with_a_unit_is_refused() {
        for text in ["", "s", "1.5s", "-1s", "5 years", "99999999999999999999"] {
            assert_eq!(duration(text), Err(DURATION_HELP.to_owned()), "{text}");
        }
        for text in ["", "MiB", "1.5MiB", "-1", "5 apples"] {
            assert_eq!(bytes(text), Err(BYTES_HELP.to_owned()), "{text}");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        assert_eq!(
            duration("18446744073709551615d"),
            Err("too long".to_owned())
        );
        assert_eq!(
            bytes("18446744073709551615GiB"),
            Err("too large".to_owned())
        );
    }
}
