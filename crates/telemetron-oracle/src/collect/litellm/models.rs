//! What `/model/info` says of each deployment of a model.

use serde::Deserialize;

use crate::facts::KnownModel;

#[derive(Debug, Deserialize)]
pub(super) struct ModelInfo {
    pub(super) data: Vec<Deployment>,
}

/// One deployment of a model, as far as it is of use.
#[derive(Debug, Deserialize)]
pub(super) struct Deployment {
    model_name: String,
    #[serde(default)]
    litellm_params: Params,
    #[serde(default)]
    model_info: Info,
}

#[derive(Debug, Default, Deserialize)]
struct Params {
    model: Option<String>,
    custom_llm_provider: Option<String>,
    tpm: Option<f64>,
    rpm: Option<f64>,
}

#[derive(Debug, Default, Deserialize)]
struct Info {
    litellm_provider: Option<String>,
    mode: Option<String>,
    tpm: Option<f64>,
    rpm: Option<f64>,
    max_input_tokens: Option<f64>,
    max_output_tokens: Option<f64>,
    max_tokens: Option<f64>,
    output_vector_size: Option<f64>,
    input_cost_per_token: Option<f64>,
    output_cost_per_token: Option<f64>,
    supports_vision: Option<bool>,
    supports_audio_input: Option<bool>,
    supports_audio_output: Option<bool>,
    supports_pdf_input: Option<bool>,
}

/// What a deployment says of its model.
pub(super) fn known(deployment: Deployment) -> KnownModel {
    let Deployment {
        model_name,
        litellm_params: params,
        model_info: info,
    } = deployment;
    let prefix = params
        .model
        .as_deref()
        .and_then(|model| model.split_once('/'));
    let provider = params
        .custom_llm_provider
        .or_else(|| info.litellm_provider.clone())
        .or_else(|| prefix.map(|(provider, _)| provider.to_owned()));
    let embeds = info.mode.as_deref() == Some("embedding");
    KnownModel {
        tpm_max: params.tpm.or(info.tpm),
        rpm_max: params.rpm.or(info.rpm),
        input_context: whole(info.max_input_tokens.or(info.max_tokens)),
        output_context: whole(info.max_output_tokens.or(info.max_tokens)).filter(|_| !embeds),
        output_dim: whole(info.output_vector_size),
        priced: priced(&info),
        input_types: takes(&info),
        output_types: gives(&info),
        upstream: params.model,
        model: model_name,
        provider,
        ..KnownModel::default()
    }
}

/// Whether a model costs anything. The proxy gives 0 for models that it knows nothing of.
fn priced(info: &Info) -> Option<bool> {
    let costs = [info.input_cost_per_token, info.output_cost_per_token];
    let mut costs = costs.into_iter().flatten().peekable();
    costs.peek()?;
    match costs.any(|cost| cost > 0.0) {
        true => Some(true),
        false => info.mode.is_some().then_some(false),
    }
}

fn whole(number: Option<f64>) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "a number of tokens")]
    let whole = |number: f64| number as i64;
    number.filter(|number| number.is_finite()).map(whole)
}

/// What a model takes: nothing is said of a model that the proxy knows nothing of.
fn takes(info: &Info) -> Vec<String> {
    if info.mode.is_none() {
        return Vec::new();
    }
    let more = [
        ("image", info.supports_vision),
        ("audio", info.supports_audio_input),
        ("pdf", info.supports_pdf_input),
    ];
    let more = more
        .into_iter()
        .filter(|(_, supports)| *supports == Some(true));
    let first = match info.mode.as_deref() {
        Some("audio_transcription") => "audio",
        _ => "text",
    };
    let mut types = vec![first.to_owned()];
    types.extend(
        more.map(|(name, _)| name.to_owned())
            .filter(|name| name != first),
    );
    types
}

fn gives(info: &Info) -> Vec<String> {
    let first = match info.mode.as_deref() {
        None => return Vec::new(),
        Some("embedding") => "vector",
        Some("image_generation") => "image",
        Some("audio_speech") => "audio",
        Some(_) => "text",
    };
    let mut types = vec![first.to_owned()];
    if info.supports_audio_output == Some(true) && first != "audio" {
        types.push("audio".to_owned());
    }
    types
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deployment_says_its_limits_its_window_and_who_runs_it() {
        let text = r#"{"model_name":"fast","litellm_params":{"model":"openai/gpt-x","tpm":1000,"rpm":10},
            "model_info":{"id":"1","mode":"chat","max_input_tokens":128000,"max_output_tokens":4096,
            "input_cost_per_token":0.000001,"supports_vision":true}}"#;
        let known = known(serde_json::from_str(text).unwrap());
        assert_eq!(known.provider.as_deref(), Some("openai"));
        assert_eq!((known.tpm_max, known.rpm_max), (Some(1000.0), Some(10.0)));
        assert_eq!(known.input_context, Some(128_000));
        assert_eq!(known.input_types, ["text", "image"]);
        assert_eq!(known.priced, Some(true));
    }

    #[test]
    fn a_model_that_the_proxy_knows_nothing_of_is_not_said_to_be_free() {
        let of = |info: &str| {
            let text = format!(r#"{{"model_name":"m","model_info":{info}}}"#);
            known(serde_json::from_str(&text).unwrap()).priced
        };
        let unknown = r#"{"mode":null,"input_cost_per_token":0,"output_cost_per_token":0}"#;
        assert_eq!(of(unknown), None);
        let free = r#"{"mode":"chat","input_cost_per_token":0,"output_cost_per_token":0}"#;
        assert_eq!(of(free), Some(false));
        let dear = r#"{"mode":null,"input_cost_per_token":0,"output_cost_per_token":0.001}"#;
        assert_eq!(of(dear), Some(true));
    }
}
