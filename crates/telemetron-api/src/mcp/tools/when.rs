//! Instants as an agent writes them: RFC 3339, or how long ago.

use telemetron_model::Timestamp;
use telemetron_runtime::config::duration;

use super::Fault;

/// Reads `30m`, `2h`, `7d`, or an instant; gives RFC 3339.
pub(super) fn instant(field: &str, text: Option<&str>) -> Result<Option<String>, Fault> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    if let Ok(ago) = duration(text) {
        let nanos = i64::try_from(ago.as_nanos()).unwrap_or(i64::MAX);
        return Ok(Some(Timestamp::now().plus_nanos(-nanos).to_string()));
    }
    match Timestamp::parse_rfc3339(text) {
        Ok(time) => Ok(Some(time.to_string())),
        Err(_) => Err(Fault::Wrong(format!(
            "`{field}`: `{text}` is no instant; write how long ago, such as 30m, 2h or 7d, or \
             2026-01-31T12:00:00Z"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_a_time_or_how_long_ago() {
        let given = instant("since", Some("2026-01-31T12:00:00Z"))
            .unwrap()
            .unwrap();
        assert!(given.starts_with("2026-01-31T12:00:00"), "{given}");
        assert!(instant("since", Some("2h")).unwrap().is_some());
        assert_eq!(instant("since", Some(" ")).unwrap(), None);
        let wrong = instant("since", Some("yesterday")).unwrap_err().to_string();
        assert!(
            wrong.starts_with("`since`: `yesterday` is no instant"),
            "{wrong}"
        );
    }
}
