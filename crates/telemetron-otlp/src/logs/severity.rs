//! How bad a log record is, from its number, else from its word.

use opentelemetry_proto::tonic::logs::v1::LogRecord;
use telemetron_model::record::Severity;

/// The severity; `info` when it says nothing that is known.
pub(super) fn of(record: &LogRecord) -> Severity {
    match record.severity_number {
        1..=8 => Severity::Debug,
        9..=12 => Severity::Info,
        13..=16 => Severity::Warning,
        17..=20 => Severity::Error,
        21..=24 => Severity::Critical,
        _ => of_text(&record.severity_text),
    }
}

fn of_text(text: &str) -> Severity {
    match text.trim().to_ascii_lowercase().as_str() {
        "trace" | "debug" => Severity::Debug,
        "warn" | "warning" => Severity::Warning,
        "err" | "error" => Severity::Error,
        "fatal" | "critical" | "alert" | "emergency" | "panic" => Severity::Critical,
        _ => Severity::Info,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_comes_first_and_then_the_word() {
        let record = |severity_number, text: &str| LogRecord {
            severity_number,
            severity_text: text.to_owned(),
            ..LogRecord::default()
        };
        assert_eq!(of(&record(13, "ERROR")), Severity::Warning);
        assert_eq!(of(&record(0, "Warn")), Severity::Warning);
        assert_eq!(of(&record(24, "")), Severity::Critical);
        assert_eq!(of(&record(0, "NOTICE")), Severity::Info);
        assert_eq!(of(&record(99, "fatal")), Severity::Critical);
    }
}
