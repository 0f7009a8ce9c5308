//! The configuration as command line options and environment variables.

use std::path::PathBuf;

use secrecy::SecretString;

use crate::{KafkaConfig, Sasl, Security, Tls};

/// How to reach Kafka.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Kafka")]
pub struct KafkaArgs {
    /// Host and port of one or more brokers, separated by commas
    #[arg(long, env, default_value = "localhost:9092")]
    pub kafka_bootstrap_servers: String,

    /// What stands before the names of all topics
    #[arg(long, env, default_value = "")]
    pub kafka_topic_prefix: String,

    /// Encryption and authentication
    #[arg(long, env, value_enum, default_value = "plaintext", ignore_case = true)]
    pub kafka_security_protocol: Protocol,

    /// PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512
    #[arg(long, env, default_value = "PLAIN")]
    pub kafka_sasl_mechanism: String,

    /// The user, for the SASL protocols
    #[arg(long, env)]
    pub kafka_sasl_username: Option<String>,

    /// The password, for the SASL protocols
    #[arg(long, env, hide_env_values = true)]
    pub kafka_sasl_password: Option<SecretString>,

    /// File with the certificate authorities to trust
    #[arg(long, env)]
    pub kafka_ssl_ca_location: Option<PathBuf>,

    /// File with our own certificate
    #[arg(long, env)]
    pub kafka_ssl_certificate_location: Option<PathBuf>,

    /// File with the key of our own certificate
    #[arg(long, env)]
    pub kafka_ssl_key_location: Option<PathBuf>,

    /// Further options of librdkafka: name=value, separated by commas
    #[arg(long, env, value_delimiter = ',', value_parser = parse_option)]
    pub kafka_client_options: Vec<(String, String)>,
}

/// The protocols of Kafka, by their usual names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum Protocol {
    /// Neither encrypted nor authenticated
    Plaintext,
    /// Encrypted
    Ssl,
    /// Authenticated
    SaslPlaintext,
    /// Encrypted and authenticated
    SaslSsl,
}

fn parse_option(text: &str) -> Result<(String, String), String> {
    let (name, value) = text
        .split_once('=')
        .ok_or_else(|| format!("`{text}` is not of the form name=value"))?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

impl KafkaArgs {
    /// The configuration these options describe.
    ///
    /// # Errors
    /// A sentence when a SASL protocol is chosen and user or password is missing.
    pub fn config(&self) -> Result<KafkaConfig, String> {
        let protocol = self.kafka_security_protocol;
        let encrypted = matches!(protocol, Protocol::Ssl | Protocol::SaslSsl);
        let authenticated = matches!(protocol, Protocol::SaslPlaintext | Protocol::SaslSsl);
        Ok(KafkaConfig {
            bootstrap_servers: self.kafka_bootstrap_servers.clone(),
            topic_prefix: self.kafka_topic_prefix.clone(),
            security: Security {
                tls: encrypted.then(|| self.tls()),
                sasl: authenticated.then(|| self.sasl()).transpose()?,
            },
            extra: self.kafka_client_options.clone(),
            ..KafkaConfig::new("")
        })
    }

    fn tls(&self) -> Tls {
        Tls {
            ca: self.kafka_ssl_ca_location.clone(),
            certificate: self.kafka_ssl_certificate_location.clone(),
            key: self.kafka_ssl_key_location.clone(),
        }
    }

    fn sasl(&self) -> Result<Sasl, String> {
        let missing = |name| format!("the chosen KAFKA_SECURITY_PROTOCOL needs {name}");
        Ok(Sasl {
            mechanism: self.kafka_sasl_mechanism.clone(),
            username: self
                .kafka_sasl_username
                .clone()
                .ok_or_else(|| missing("KAFKA_SASL_USERNAME"))?,
            password: self
                .kafka_sasl_password
                .clone()
                .ok_or_else(|| missing("KAFKA_SASL_PASSWORD"))?,
        })
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Program {
        #[command(flatten)]
        kafka: KafkaArgs,
    }

    fn config(arguments: &[&str]) -> Result<KafkaConfig, String> {
        let arguments = ["program"].iter().chain(arguments);
        Program::parse_from(arguments).kafka.config()
    }

    #[test]
    fn a_sasl_protocol_without_a_user_says_what_is_missing() {
        let error = config(&["--kafka-security-protocol", "SASL_SSL"]).unwrap_err();
        assert!(error.contains("KAFKA_SASL_USERNAME"), "{error}");
    }

    #[test]
    fn client_options_are_pairs() {
        let config = config(&["--kafka-client-options", "linger.ms=50, debug = broker"]).unwrap();
        let [first, second] = &config.extra[..] else {
            panic!("{:?}", config.extra)
        };
        assert_eq!((first.0.as_str(), first.1.as_str()), ("linger.ms", "50"));
        assert_eq!((second.0.as_str(), second.1.as_str()), ("debug", "broker"));
    }
}
