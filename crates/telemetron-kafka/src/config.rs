//! How to reach the broker, as plain data; everything else is chosen by each client.

use std::path::PathBuf;

use rdkafka::ClientConfig;
use rdkafka::config::RDKafkaLogLevel;
use secrecy::{ExposeSecret as _, SecretString};

use crate::{Clients, TopicNames};

/// How to reach a Kafka cluster, and which of its topics are ours.
#[derive(Debug, Clone)]
pub struct KafkaConfig {
    /// Host and port of one or more brokers, separated by commas.
    pub bootstrap_servers: String,
    /// What stands before the names of all topics; empty in a cluster of our own.
    pub topic_prefix: String,
    /// Encryption and authentication.
    pub security: Security,
    /// Further options of librdkafka, which win over our defaults, though not over what the
    /// guarantees rest on (idempotence, acknowledgements, partitioner, manual offsets).
    pub extra: Vec<(String, String)>,
    /// The role that its clients serve, as their reports name it.
    pub role: &'static str,
    /// What the clients that are made with it, or with a clone of it, say of themselves.
    pub clients: Clients,
}

/// Encryption and authentication; neither by default.
#[derive(Debug, Clone, Default)]
pub struct Security {
    /// Encrypt the connection.
    pub tls: Option<Tls>,
    /// Say who we are.
    pub sasl: Option<Sasl>,
}

/// Certificates of an encrypted connection. What is absent is the system's default.
#[derive(Debug, Clone, Default)]
pub struct Tls {
    /// The authorities to trust.
    pub ca: Option<PathBuf>,
    /// Our own certificate.
    pub certificate: Option<PathBuf>,
    /// The key of our own certificate.
    pub key: Option<PathBuf>,
}

/// A user and how it authenticates.
#[derive(Debug, Clone)]
pub struct Sasl {
    /// `PLAIN`, `SCRAM-SHA-256` or `SCRAM-SHA-512`.
    pub mechanism: String,
    /// The user.
    pub username: String,
    /// The password. Never logged.
    pub password: SecretString,
}

impl KafkaConfig {
    /// A cluster without encryption or authentication, and without a topic prefix.
    pub fn new(bootstrap_servers: impl Into<String>) -> Self {
        Self {
            bootstrap_servers: bootstrap_servers.into(),
            topic_prefix: String::new(),
            security: Security::default(),
            extra: Vec::new(),
            role: "client",
            clients: Clients::default(),
        }
    }

    /// The same for the clients of one role.
    #[must_use]
    pub const fn with_role(mut self, role: &'static str) -> Self {
        self.role = role;
        self
    }

    /// The same with a prefix before all topic names.
    #[must_use]
    pub fn with_topic_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.topic_prefix = prefix.into();
        self
    }

    /// The names of our topics in this cluster.
    pub fn topics(&self) -> TopicNames {
        TopicNames::new(&self.topic_prefix)
    }

    /// Settings for a client of one's own to the same cluster, to be completed.
    pub fn client_config(&self) -> ClientConfig {
        self.client(&[], &[])
    }

    /// Settings of one client: `defaults`, then what the user names, then `fixed`.
    pub(crate) fn client(&self, defaults: &[(&str, &str)], fixed: &[(&str, &str)]) -> ClientConfig {
        let mut config = ClientConfig::new();
        // What keeps a client out is told at this level; our log shows warnings and errors.
        config.set_log_level(RDKafkaLogLevel::Info);
        config
            .set("client.id", "telemetron")
            .set("socket.keepalive.enable", "true")
            .set("reconnect.backoff.ms", "100")
            .set("reconnect.backoff.max.ms", "2000");
        set_all(&mut config, defaults);
        for (name, value) in &self.extra {
            config.set(name, value);
        }
        set_all(&mut config, fixed);
        config.set("bootstrap.servers", &self.bootstrap_servers);
        self.security.apply(&mut config);
        config
    }
}

fn set_all(config: &mut ClientConfig, options: &[(&str, &str)]) {
    for (name, value) in options {
        config.set(*name, *value);
    }
}

impl Security {
    const fn protocol(&self) -> &'static str {
        match (&self.tls, &self.sasl) {
            (None, None) => "PLAINTEXT",
            (Some(_), None) => "SSL",
            (None, Some(_)) => "SASL_PLAINTEXT",
            (Some(_), Some(_)) => "SASL_SSL",
        }
    }

    fn apply(&self, config: &mut ClientConfig) {
        // Left alone when nothing was chosen: `extra` may name a protocol of its own.
        if self.tls.is_some() || self.sasl.is_some() {
            config.set("security.protocol", self.protocol());
        }
        if let Some(tls) = &self.tls {
            let files = [
                ("ssl.ca.location", &tls.ca),
                ("ssl.certificate.location", &tls.certificate),
                ("ssl.key.location", &tls.key),
            ];
            for (name, path) in files {
                if let Some(path) = path {
                    config.set(name, path.to_string_lossy());
                }
            }
        }
        if let Some(sasl) = &self.sasl {
            config
                .set("sasl.mechanism", &sasl.mechanism)
                .set("sasl.username", &sasl.username)
                .set("sasl.password", sasl.password.expose_secret());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_user_wins_over_defaults_and_loses_against_guarantees() {
        let mut config = KafkaConfig::new("broker:9092");
        config.extra = vec![
            ("linger.ms".into(), "50".into()),
            ("acks".into(), "0".into()),
        ];
        let client = config.client(&[("linger.ms", "5")], &[("acks", "all")]);
        assert_eq!(client.get("linger.ms"), Some("50"));
        assert_eq!(client.get("acks"), Some("all"));
    }

    #[test]
    fn encryption_and_a_user_make_one_protocol_and_the_password_stays_hidden() {
        let mut config = KafkaConfig::new("broker:9093");
        config.security.tls = Some(Tls {
            ca: Some("/etc/ca.pem".into()),
            ..Tls::default()
        });
        config.security.sasl = Some(Sasl {
            mechanism: "SCRAM-SHA-512".into(),
            username: "agent".into(),
            password: "hunter2".into(),
        });
        let client = config.client(&[], &[]);
        assert_eq!(client.get("security.protocol"), Some("SASL_SSL"));
        assert_eq!(client.get("ssl.ca.location"), Some("/etc/ca.pem"));
        assert_eq!(client.get("sasl.password"), Some("hunter2"));
        assert!(!format!("{config:?}").contains("hunter2"));
    }
}
