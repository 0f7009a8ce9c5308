//! Instants as an agent writes them: RFC 3339, or how long ago.

use super::ToolError;
use crate::instants;

/// Reads `30m`, `2h`, `7d`, or an instant; gives RFC 3339.
pub(super) fn instant(field: &str, text: Option<&str>) -> Result<Option<String>, ToolError> {
    let given = text.map(str::trim).filter(|text| !text.is_empty());
    let read = given.map(instants::instant).transpose();
    let read = read.map_err(|error| ToolError::Wrong(format!("`{field}`: {error}")))?;
    Ok(read.map(|instant| instant.to_string()))
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
            wrong.starts_with("`since`: `yesterday` is not an RFC 3339 instant"),
            "{wrong}"
        );
    }
}
