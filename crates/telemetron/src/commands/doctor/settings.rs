//! The settings of an exporter, and what is wrong with them.
//!
//! Names and meanings are those of the OpenTelemetry specification (protocol/exporter.md,
//! configuration/sdk-environment-variables.md).

use std::collections::BTreeMap;

use telemetron_otlp::wire::Encoding;

/// The variables of the environment.
pub(super) type Variables = BTreeMap<String, String>;

/// How bad something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    /// As it should be.
    Good,
    /// It works here, and may not elsewhere.
    Odd,
    /// Nothing will arrive.
    Wrong,
}

/// Something that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) weight: Weight,
    pub(super) text: String,
}

/// How the exporter of traces would send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    /// Where spans go over HTTP; over gRPC the address alone.
    pub(super) url: String,
    /// What it speaks.
    pub(super) protocol: Protocol,
    /// What it sends beside.
    pub(super) headers: Vec<(String, String)>,
}

/// The protocols that the specification knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    /// `grpc`.
    Grpc,
    /// `http/protobuf` and `http/json`.
    Http(Encoding),
}

impl Protocol {
    fn of(name: &str) -> Option<Self> {
        match name {
            "grpc" => Some(Self::Grpc),
            "http/protobuf" => Some(Self::Http(Encoding::Protobuf)),
            "http/json" => Some(Self::Http(Encoding::Json)),
            _ => None,
        }
    }
}

/// Reads the settings.
pub(super) fn read(variables: &Variables) -> (Target, Vec<Finding>) {
    let mut findings = Vec::new();
    let mut say = |weight, text: String| findings.push(Finding { weight, text });
    let get = |name: &str| {
        variables
            .get(name)
            .map(|value| value.trim())
            .filter(|value| !value.is_empty())
    };
    switched_off(&get, &mut say);

    let named =
        get("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL").or_else(|| get("OTEL_EXPORTER_OTLP_PROTOCOL"));
    let protocol = named.and_then(Protocol::of);
    match named {
        None => say(
            Weight::Odd,
            "OTEL_EXPORTER_OTLP_PROTOCOL is not set, and SDKs differ in what they take then; set http/protobuf".to_owned(),
        ),
        Some(known) if protocol.is_some() => {
            say(Weight::Good, format!("the protocol is {known}"));
        }
        Some(other) => say(
            Weight::Wrong,
            format!("OTEL_EXPORTER_OTLP_PROTOCOL is `{other}`, which is none of grpc, http/protobuf, http/json"),
        ),
    }
    let protocol = protocol.unwrap_or(Protocol::Http(Encoding::Protobuf));
    let is_grpc = protocol == Protocol::Grpc;
    let url = address(&get, is_grpc, &mut say);
    let headers =
        get("OTEL_EXPORTER_OTLP_TRACES_HEADERS").or_else(|| get("OTEL_EXPORTER_OTLP_HEADERS"));
    let headers = headers
        .map(|text| pairs(text, &mut say))
        .unwrap_or_default();
    (
        Target {
            url,
            protocol,
            headers,
        },
        findings,
    )
}

/// What keeps an SDK from sending at all.
fn switched_off<'v>(get: &impl Fn(&str) -> Option<&'v str>, say: &mut impl FnMut(Weight, String)) {
    if get("OTEL_SDK_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        say(
            Weight::Wrong,
            "OTEL_SDK_DISABLED is true: the SDK sends nothing".to_owned(),
        );
    }
    if let Some(exporter) = get("OTEL_TRACES_EXPORTER")
        && !exporter.split(',').any(|name| name.trim() == "otlp")
    {
        let text = format!(
            "OTEL_TRACES_EXPORTER is `{exporter}`: spans do not go out over OTLP; set otlp"
        );
        say(Weight::Wrong, text);
    }
    let share = get("OTEL_TRACES_SAMPLER_ARG").and_then(|share| share.parse::<f64>().ok());
    match get("OTEL_TRACES_SAMPLER") {
        Some("always_off" | "parentbased_always_off") => say(
            Weight::Wrong,
            "OTEL_TRACES_SAMPLER drops every trace that begins here; set parentbased_always_on"
                .to_owned(),
        ),
        Some(sampler)
            if sampler.ends_with("traceidratio") && share.is_some_and(|share| share < 1.0) =>
        {
            let text = format!(
                "OTEL_TRACES_SAMPLER keeps a share of {} of the traces alone",
                share.unwrap_or_default()
            );
            say(Weight::Odd, text);
        }
        _ => {}
    }
}

/// Where spans go: the address of the signal as it is, or the common one with the path of the signal.
fn address<'v>(
    get: &impl Fn(&str) -> Option<&'v str>,
    is_grpc: bool,
    say: &mut impl FnMut(Weight, String),
) -> String {
    let own = get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");
    let common = get("OTEL_EXPORTER_OTLP_ENDPOINT");
    let usual = if is_grpc {
        "http://localhost:4317"
    } else {
        "http://localhost:4318"
    };
    let (name, base) = match (own, common) {
        (Some(own), _) => ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", own),
        (None, Some(common)) => ("OTEL_EXPORTER_OTLP_ENDPOINT", common),
        (None, None) => {
            let text = format!("no endpoint is set: the SDK takes {usual}");
            say(Weight::Good, text);
            ("", usual)
        }
    };
    if !base.starts_with("http://") && !base.starts_with("https://") {
        let text = format!(
            "{name} is `{base}`, without http:// or https:// before it: most SDKs refuse that"
        );
        say(Weight::Wrong, text);
        let path = if is_grpc || own.is_some() {
            ""
        } else {
            "/v1/traces"
        };
        return format!("http://{base}{path}");
    }
    let bare = base.trim_end_matches('/');
    let path = bare
        .split_once("://")
        .and_then(|(_, rest)| rest.split_once('/'));
    let path = path.map(|(_, path)| path).unwrap_or_default();
    if is_grpc {
        if !path.is_empty() {
            say(
                Weight::Odd,
                format!("{name} has the path /{path}, which gRPC has no use for"),
            );
        }
        return bare.to_owned();
    }
    if own.is_some() {
        if path.is_empty() {
            let text = format!("{name} is taken as it is and has no path; set {bare}/v1/traces");
            say(Weight::Wrong, text);
        }
        return base.to_owned();
    }
    if path.ends_with("v1/traces") {
        let text = format!(
            "{name} has the path of the signal already, and the SDK adds it once more; leave /v1/traces out"
        );
        say(Weight::Odd, text);
    }
    format!("{bare}/v1/traces")
}

/// Headers as `name=value`, separated by commas.
fn pairs(text: &str, say: &mut impl FnMut(Weight, String)) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    for part in text
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
    {
        match part.split_once('=') {
            Some((name, value)) if !name.trim().is_empty() && !name.contains(':') => {
                let value = value.trim().replace("%20", " ");
                pairs.push((name.trim().to_owned(), value));
            }
            _ => {
                let name: String = part
                    .chars()
                    .take_while(|c| c.is_alphanumeric() || *c == '-')
                    .collect();
                let text = format!(
                    "OTEL_EXPORTER_OTLP_HEADERS has `{name}…`, which is no name=value; pairs are separated by commas"
                );
                say(Weight::Wrong, text);
            }
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(all: &[(&str, &str)]) -> Variables {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        all.iter().map(owned).collect()
    }

    fn wrong(all: &[(&str, &str)]) -> Vec<String> {
        let (_, findings) = read(&variables(all));
        let wrong = findings
            .into_iter()
            .filter(|found| found.weight == Weight::Wrong);
        wrong.map(|found| found.text).collect()
    }

    #[test]
    fn the_address_is_the_one_that_an_sdk_would_take() {
        let url = |all: &[(&str, &str)]| read(&variables(all)).0.url;
        let http = ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf");
        assert_eq!(url(&[http]), "http://localhost:4318/v1/traces");
        let base = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://gateway:4318/");
        assert_eq!(url(&[http, base]), "http://gateway:4318/v1/traces");
        let own = (
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
            "http://gateway:4318/v1/traces",
        );
        assert_eq!(url(&[http, base, own]), "http://gateway:4318/v1/traces");
        let grpc = ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc");
        assert_eq!(url(&[grpc]), "http://localhost:4317");
    }

    #[test]
    fn what_is_spoken_is_what_an_sdk_would_speak() {
        let protocol = |all: &[(&str, &str)]| read(&variables(all)).0.protocol;
        let common = |name| ("OTEL_EXPORTER_OTLP_PROTOCOL", name);
        let own = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "grpc");
        assert_eq!(protocol(&[common("grpc")]), Protocol::Grpc);
        assert_eq!(protocol(&[common("http/json"), own]), Protocol::Grpc);
        assert_eq!(
            protocol(&[common("http/json")]),
            Protocol::Http(Encoding::Json)
        );
        assert_eq!(protocol(&[]), Protocol::Http(Encoding::Protobuf));
    }

    #[test]
    fn what_keeps_spans_from_arriving_is_named() {
        let http = ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf");
        assert_eq!(wrong(&[http]), [""; 0]);
        for (name, value, said) in [
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http", "none of grpc"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "gateway:4318", "http://"),
            (
                "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
                "http://gateway:4318",
                "/v1/traces",
            ),
            (
                "OTEL_EXPORTER_OTLP_HEADERS",
                "authorization: Bearer x",
                "name=value",
            ),
            ("OTEL_SDK_DISABLED", "true", "nothing"),
            ("OTEL_TRACES_EXPORTER", "console", "set otlp"),
            ("OTEL_TRACES_SAMPLER", "always_off", "every trace"),
        ] {
            let found = wrong(&[http, (name, value)]);
            assert!(
                found.iter().any(|text| text.contains(said)),
                "{name}: {found:?}"
            );
            assert!(
                found.iter().all(|text| !text.contains("Bearer x")),
                "a secret is not told"
            );
        }
    }
}
