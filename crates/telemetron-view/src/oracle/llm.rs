//! Models: what they may take, and what they take.

use serde::{Deserialize, Serialize};

use telemetron_model::text_enum;

/// One model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ModelState {
    /// Its name, as agents ask for it.
    pub model: String,
    /// Who runs it; `unknown` when nobody says.
    pub provider: String,
    /// Tokens of the last minute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tpm: Option<f64>,
    /// Requests of the last minute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rpm: Option<f64>,
    /// Most tokens a minute; 0 when no limit is known.
    pub tpm_max: f64,
    /// Most requests a minute; 0 when no limit is known.
    pub rpm_max: f64,
    /// Dollars that are left to spend.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credits: Option<f64>,
    /// How it is paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_type: Option<PaymentType>,
    /// Most tokens that go in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_context: Option<i64>,
    /// Most tokens that come out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_context: Option<i64>,
    /// Length of its vectors, for a model that embeds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_dim: Option<i64>,
    /// What it takes: `text`, `image`, `audio`, ...
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_types: Option<Vec<String>>,
    /// What it gives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_types: Option<Vec<String>>,
    /// What is known beyond the published schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<ModelDetail>,
}

text_enum! {
    /// How a model is paid.
    pub enum PaymentType {
        /// Before it is used.
        Prepaid = 1 => "prepaid",
        /// After it was used.
        Postpaid = 2 => "postpaid",
        /// Not at all.
        Free = 3 => "free",
    }
}

/// What is known of a model beyond the published schema.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ModelDetail {
    /// Who knows it: `telemetry`, `litellm`, `ollama`.
    pub sources: Vec<String>,
    /// Share of its calls of the last minutes that failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_rate: Option<f64>,
    /// 95th percentile of how long its calls of the last minutes took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p95_ms: Option<f64>,
    /// Dollars spent through the proxy since it was started, or as its database knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spend_usd: Option<f64>,
    /// Bytes it holds in the memory of its server now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loaded_bytes: Option<i64>,
}
