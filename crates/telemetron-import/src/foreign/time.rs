//! Instants as others write them.

use serde_json::Value;
use telemetron_model::Timestamp;

/// Largest number that can be seconds, milliseconds, microseconds: each about the year 5000.
const SCALES: [(f64, f64); 3] = [(1e11, 1e9), (1e14, 1e6), (1e17, 1e3)];

/// Nanoseconds since the epoch: of RFC 3339 text, of `[seconds, nanoseconds]`, of a number whose
/// size says what it counts. 0 when it is none of these.
pub(crate) fn nanos(value: &Value) -> u64 {
    match value {
        Value::String(text) => of_text(text),
        Value::Number(number) => number.as_u64().map_or_else(
            || number.as_f64().map_or(0, scaled),
            |whole| {
                if whole >= 100_000_000_000_000_000 {
                    whole
                } else {
                    of_whole(whole)
                }
            },
        ),
        Value::Array(parts) => match parts.as_slice() {
            [seconds, nanos] => {
                let seconds = seconds.as_u64().unwrap_or_default();
                seconds.saturating_mul(1_000_000_000) + nanos.as_u64().unwrap_or_default()
            }
            _ => 0,
        },
        _ => 0,
    }
}

fn of_text(text: &str) -> u64 {
    let text = text.trim();
    if let Ok(whole) = text.parse::<u64>() {
        return nanos(&Value::from(whole));
    }
    let with_t = text.replacen(' ', "T", 1);
    let zoned = [with_t.clone(), format!("{with_t}Z")];
    let read = zoned
        .iter()
        .find_map(|text| Timestamp::parse_rfc3339(text).ok());
    read.and_then(|time| u64::try_from(time.nanos()).ok())
        .unwrap_or_default()
}

/// Snapshots of tests count their nanoseconds from the epoch itself: whole multiples of a second
/// below a day are nanoseconds.
fn of_whole(whole: u64) -> u64 {
    if whole.is_multiple_of(1_000_000_000) && whole < 86_400_000_000_000 {
        return whole;
    }
    #[expect(
        clippy::cast_precision_loss,
        reason = "below 2^53 wherever it is scaled"
    )]
    scaled(whole as f64)
}

fn scaled(number: f64) -> u64 {
    let scale = SCALES.iter().find(|(below, _)| number < *below);
    let nanos = number * scale.map_or(1.0, |(_, factor)| *factor);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "positive, and a cast saturates"
    )]
    let whole = nanos.max(0.0) as u64;
    whole
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_instant_is_read_however_it_is_written() {
        let expected = 1_770_132_006_500_000_000;
        for written in [
            json!(1_770_132_006_500_000_000_u64),
            json!("1770132006500000000"),
            json!([1_770_132_006, 500_000_000]),
            json!(1_770_132_006_500_000_u64),
            json!(1_770_132_006_500_u64),
            json!(1_770_132_006.5),
            json!("2026-02-03T15:20:06.5Z"),
            json!("2026-02-03 15:20:06.5"),
        ] {
            assert_eq!(nanos(&written), expected, "{written}");
        }
        assert_eq!(nanos(&json!(2_000_000_000)), 2_000_000_000);
        assert_eq!(nanos(&json!("yesterday")), 0);
    }
}
