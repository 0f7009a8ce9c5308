//! Figures as people read them: in sentences, tables and answers to coding agents.

use telemetron_model::NanoUsd;

/// A duration in milliseconds: `0.8 ms`, `420 ms`, `1.24 s`, `3 min 05 s`, `2 h 07 min`.
pub fn duration(millis: f64) -> String {
    // What would round to the next unit is told in it.
    if millis < 9.95 {
        return format!("{millis:.1} ms");
    }
    if millis < 999.5 {
        return format!("{millis:.0} ms");
    }
    if millis < 59_995.0 {
        return format!("{:.2} s", millis / 1_000.0);
    }
    let seconds = (millis / 1_000.0).round();
    if seconds < 3_600.0 {
        let minutes = (seconds / 60.0).floor();
        return format!("{minutes} min {:02.0} s", seconds % 60.0);
    }
    let minutes = (seconds / 60.0).round();
    format!("{} h {:02.0} min", (minutes / 60.0).floor(), minutes % 60.0)
}

/// A count: `950`, `12.4k`, `3.1M`.
pub fn count(count: i64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
    let rough = count as f64;
    match count {
        ..10_000 => count.to_string(),
        10_000..1_000_000 => format!("{:.1}k", rough / 1e3),
        _ => format!("{:.1}M", rough / 1e6),
    }
}

/// Something counted, as people write it: `1 span`, `3 spans`.
pub fn counted(count: impl TryInto<i64>, what: &str) -> String {
    match count.try_into().unwrap_or(i64::MAX) {
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    }
}

/// An amount of money: `$0.0042`, `$1.25`; nothing when there was no cost.
pub fn cost(cost: NanoUsd) -> String {
    match cost.nanos() {
        0 => String::new(),
        ..10_000_000 => format!("${:.4}", cost.usd()),
        _ => format!("${:.2}", cost.usd()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_the_unit_that_reads_best() {
        let cases = [
            (0.84, "0.8 ms"),
            (9.97, "10 ms"),
            (420.4, "420 ms"),
            (999.7, "1.00 s"),
            (1_239.0, "1.24 s"),
            (59_996.0, "1 min 00 s"),
            (185_000.0, "3 min 05 s"),
            (3_599_800.0, "1 h 00 min"),
            (7_800_000.0, "2 h 10 min"),
        ];
        for (millis, text) in cases {
            assert_eq!(duration(millis), text);
        }
    }

    #[test]
    fn counts_and_money_are_rounded_when_large() {
        assert_eq!(count(9_999), "9999");
        assert_eq!(count(12_400), "12.4k");
        assert_eq!(count(3_140_000), "3.1M");
        assert_eq!(cost(NanoUsd::from_nanos(0)), "");
        assert_eq!(cost(NanoUsd::from_nanos(4_200_000)), "$0.0042");
        assert_eq!(cost(NanoUsd::from_nanos(1_250_000_000)), "$1.25");
    }
}
