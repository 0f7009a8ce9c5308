//! How the Oracle is asked: paths, moments, ranges.

use clap::Args;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use telemetron_model::Timestamp;
use telemetron_runtime::config::duration;

use crate::client::{Client, Query};

/// As of when.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct At {
    /// As of then, instead of now
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(super) at: Option<Timestamp>,
}

/// From when to when.
#[derive(Debug, Clone, Args)]
pub(super) struct Range {
    /// The earlier moment
    #[arg(long, value_name = "TIME", value_parser = moment, default_value = "1h")]
    pub(super) from: Timestamp,
    /// The later moment; now when absent
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(super) to: Option<Timestamp>,
}

/// Reads an instant, or how long ago.
pub(in crate::commands) fn moment(text: &str) -> Result<Timestamp, String> {
    if let Ok(ago) = duration(text) {
        let nanos = i64::try_from(ago.as_nanos()).unwrap_or(i64::MAX);
        return Ok(Timestamp::now().plus_nanos(-nanos));
    }
    Timestamp::parse_rfc3339(text)
        .map_err(|_| format!("`{text}` is no instant; write 30m, 2h, 7d or 2026-01-31T12:00:00Z"))
}

impl At {
    /// As a query.
    pub(super) fn query(&self) -> Query {
        let mut query = Query::default();
        query.add("at", self.at);
        query
    }
}

/// Asks for a part of the Oracle.
pub(super) async fn raw(
    client: &Client,
    part: &str,
    query: &Query,
) -> anyhow::Result<Box<RawValue>> {
    client.get(&["api", "v1", "oracle", part], query).await
}

/// Asks and reads the answer.
pub(super) async fn read<T: DeserializeOwned>(
    client: &Client,
    part: &str,
    query: &Query,
) -> anyhow::Result<T> {
    Ok(serde_json::from_str(raw(client, part, query).await?.get())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_an_instant_or_how_long_ago() {
        let ago = Timestamp::now().since(moment("2h").unwrap());
        assert!(
            (7_199_000_000_000..7_300_000_000_000).contains(&ago),
            "{ago}"
        );
        let given = moment("2026-01-31T12:00:00Z").unwrap();
        assert_eq!(given, Timestamp::from_millis(1_769_860_800_000));
        assert!(moment("soon").unwrap_err().contains("`soon` is no instant"));
    }
}
