//! How the Oracle is asked: paths, moments, ranges.

use clap::Args;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use telemetron_api::instants::instant;
use telemetron_model::Timestamp;

use crate::client::{Client, Query};

/// As of when.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct At {
    /// As of then, instead of now
    #[arg(long, value_name = "TIME", value_parser = instant)]
    pub(super) at: Option<Timestamp>,
}

/// From when to when.
#[derive(Debug, Clone, Args)]
pub(super) struct Range {
    /// The earlier moment
    #[arg(long, value_name = "TIME", value_parser = instant, default_value = "1h")]
    pub(super) from: Timestamp,
    /// The later moment; now when absent
    #[arg(long, value_name = "TIME", value_parser = instant)]
    pub(super) to: Option<Timestamp>,
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
