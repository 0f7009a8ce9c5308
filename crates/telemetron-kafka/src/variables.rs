//! The configuration from environment variables, for programs without a command line of ours.

use secrecy::SecretString;

use crate::{KafkaConfig, Sasl, Security, Tls};

/// A variable that is missing or has no meaning.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{variable} {problem}")]
pub struct VariableError {
    /// Its name.
    pub variable: &'static str,
    /// What is wrong with it.
    pub problem: String,
}

impl KafkaConfig {
    /// Reads the same variables as the command line does, from `KAFKA_BOOTSTRAP_SERVERS`
    /// (`localhost:9092` when absent) to `KAFKA_CLIENT_OPTIONS`.
    ///
    /// # Errors
    /// Names the variable that is missing or has no meaning.
    pub fn from_variables(
        lookup: impl Fn(&'static str) -> Option<String>,
    ) -> Result<Self, VariableError> {
        let lookup = |name| lookup(name).filter(|value| !value.is_empty());
        let servers = lookup("KAFKA_BOOTSTRAP_SERVERS");
        let options = lookup("KAFKA_CLIENT_OPTIONS").unwrap_or_default();
        Ok(Self {
            bootstrap_servers: servers.unwrap_or_else(|| "localhost:9092".to_owned()),
            topic_prefix: lookup("KAFKA_TOPIC_PREFIX").unwrap_or_default(),
            security: security(lookup)?,
            extra: parse_options(&options)?,
            ..Self::new("")
        })
    }
}

fn security(lookup: impl Fn(&'static str) -> Option<String>) -> Result<Security, VariableError> {
    const PROTOCOL: &str = "KAFKA_SECURITY_PROTOCOL";
    let protocol = lookup(PROTOCOL).map(|protocol| protocol.to_uppercase());
    let (encrypted, authenticated) = match protocol.as_deref() {
        None | Some("PLAINTEXT") => (false, false),
        Some("SSL") => (true, false),
        Some("SASL_PLAINTEXT") => (false, true),
        Some("SASL_SSL") => (true, true),
        Some(other) => {
            return Err(VariableError {
                variable: PROTOCOL,
                problem: format!(
                    "is `{other}` and not one of PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL"
                ),
            });
        }
    };
    let path = |name| lookup(name).map(Into::into);
    let tls = Tls {
        ca: path("KAFKA_SSL_CA_LOCATION"),
        certificate: path("KAFKA_SSL_CERTIFICATE_LOCATION"),
        key: path("KAFKA_SSL_KEY_LOCATION"),
    };
    Ok(Security {
        tls: encrypted.then_some(tls),
        sasl: authenticated.then(|| sasl(lookup)).transpose()?,
    })
}

fn sasl(lookup: impl Fn(&'static str) -> Option<String>) -> Result<Sasl, VariableError> {
    let required = |variable| {
        lookup(variable).ok_or_else(|| VariableError {
            variable,
            problem: "is missing; the chosen KAFKA_SECURITY_PROTOCOL needs it".to_owned(),
        })
    };
    let mechanism = lookup("KAFKA_SASL_MECHANISM");
    Ok(Sasl {
        mechanism: mechanism.unwrap_or_else(|| "PLAIN".to_owned()),
        username: required("KAFKA_SASL_USERNAME")?,
        password: SecretString::from(required("KAFKA_SASL_PASSWORD")?),
    })
}

fn parse_options(text: &str) -> Result<Vec<(String, String)>, VariableError> {
    let options = text.split(',').map(str::trim);
    let pairs =
        options
            .filter(|option| !option.is_empty())
            .map(|option| match option.split_once('=') {
                Some((name, value)) => Ok((name.trim().to_owned(), value.trim().to_owned())),
                None => Err(VariableError {
                    variable: "KAFKA_CLIENT_OPTIONS",
                    problem: format!("has `{option}`, which is not of the form name=value"),
                }),
            });
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(variables: &[(&str, &str)]) -> Result<KafkaConfig, VariableError> {
        KafkaConfig::from_variables(|name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn without_variables_it_is_the_broker_on_this_machine() {
        let config = config(&[]).unwrap();
        assert_eq!(config.bootstrap_servers, "localhost:9092");
        assert!(config.security.tls.is_none() && config.security.sasl.is_none());
    }

    #[test]
    fn a_user_without_password_and_an_unknown_protocol_are_named() {
        let missing = config(&[
            ("KAFKA_SECURITY_PROTOCOL", "sasl_ssl"),
            ("KAFKA_SASL_USERNAME", "agent"),
        ]);
        assert_eq!(missing.unwrap_err().variable, "KAFKA_SASL_PASSWORD");
        let wrong = config(&[("KAFKA_SECURITY_PROTOCOL", "TLS")]).unwrap_err();
        assert!(wrong.to_string().contains("SASL_SSL"), "{wrong}");
    }

    #[test]
    fn options_are_pairs_and_anything_else_is_named() {
        let config_of = |text| config(&[("KAFKA_CLIENT_OPTIONS", text)]);
        let extra = config_of("linger.ms=50, debug=broker,").unwrap().extra;
        assert_eq!(extra.len(), 2);
        let wrong = config_of("linger.ms").unwrap_err();
        assert!(wrong.to_string().contains("name=value"), "{wrong}");
    }
}
