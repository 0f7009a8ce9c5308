//! What `--check-config` prints: the settings in effect, as the configuration file would say them.

use std::fmt;

use telemetron_api::ApiConfig;
use telemetron_kafka::KafkaArgs;
use telemetron_oracle::OracleConfig;
use telemetron_runtime::doors::DoorArgs;

/// Settings by the name they have in the configuration file. Secrets are never among the values.
#[derive(Debug, Default)]
pub(crate) struct Settings(Vec<(&'static str, String)>);

impl Settings {
    /// Adds a setting as text.
    pub(crate) fn text(&mut self, name: &'static str, value: impl fmt::Display) {
        // A JSON text is a TOML text too.
        let quoted = serde_json::Value::from(value.to_string()).to_string();
        self.0.push((name, quoted));
    }

    /// Adds a setting as text, when there is one.
    pub(crate) fn optional<T: fmt::Display>(&mut self, name: &'static str, value: Option<T>) {
        if let Some(value) = value {
            self.text(name, value);
        }
    }

    /// Adds a number.
    pub(crate) fn number(&mut self, name: &'static str, value: impl fmt::Display) {
        self.0.push((name, value.to_string()));
    }

    /// Says that a secret is set, without its value.
    pub(crate) fn secret(&mut self, name: &'static str, is_set: bool) {
        if is_set {
            self.text(name, "(set)");
        }
    }

    /// Adds the way to Kafka.
    pub(crate) fn kafka(&mut self, kafka: &KafkaArgs) {
        self.text("kafka_bootstrap_servers", &kafka.kafka_bootstrap_servers);
        self.text("kafka_topic_prefix", &kafka.kafka_topic_prefix);
        let protocol = format!("{:?}", kafka.kafka_security_protocol);
        self.text("kafka_security_protocol", snake_case(&protocol));
        self.optional("kafka_sasl_username", kafka.kafka_sasl_username.as_ref());
        self.secret("kafka_sasl_password", kafka.kafka_sasl_password.is_some());
    }

    /// Adds how the API listens.
    pub(crate) fn api(&mut self, api: &ApiConfig) {
        self.text("server_host", api.host);
        self.number("server_port", api.port);
        self.number("request_timeout_ms", api.request_timeout_ms.as_millis());
        self.number("max_body_bytes", api.max_body_bytes);
        self.number("max_live_clients", api.max_live_clients);
        let dashboard = api.dashboard_dir.as_ref();
        self.optional("dashboard_dir", dashboard.map(|dir| dir.display()));
        self.oracle(&api.oracle);
    }

    /// Adds who may come in at the ports.
    pub(crate) fn doors(&mut self, doors: &DoorArgs) {
        let hosts = doors.allowed_hosts.join(",");
        self.optional("allowed_hosts", Some(hosts).filter(|all| !all.is_empty()));
        self.number("max_connections", doors.max_connections);
    }

    /// Adds whom the Oracle asks.
    fn oracle(&mut self, oracle: &OracleConfig) {
        self.text(
            "oracle_discovery",
            snake_case(&format!("{:?}", oracle.discovery)),
        );
        self.text(
            "oracle_kubernetes",
            snake_case(&format!("{:?}", oracle.kubernetes)),
        );
        self.optional("oracle_namespace", oracle.namespace.as_ref());
        self.optional("cluster_name", oracle.cluster_name.as_ref());
        self.optional("litellm_base_url", oracle.litellm_base_url.as_ref());
        self.secret("litellm_api_key", oracle.litellm_api_key.is_some());
        self.text("ollama_base_url", &oracle.ollama_base_url);
        self.text("oracle_task_topics", &oracle.task_topics);
        self.number("oracle_interval_ms", oracle.interval_ms.as_millis());
        self.number("oracle_timeout_ms", oracle.timeout_ms.as_millis());
        self.number("oracle_history_days", oracle.history_days);
        self.number("oracle_snapshot_seconds", oracle.snapshot_seconds);
    }
}

/// `SaslSsl` as `sasl_ssl`.
fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

impl fmt::Display for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (name, value)) in self.0.iter().enumerate() {
            if place > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{name} = {value}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_read_like_the_configuration_file_and_hide_secrets() {
        let mut settings = Settings::default();
        settings.text("consumer_group", "a \"b\"");
        settings.number("server_port", 8080);
        settings.optional("dashboard_dir", None::<String>);
        settings.secret("database_url", true);
        let expected =
            "consumer_group = \"a \\\"b\\\"\"\nserver_port = 8080\ndatabase_url = \"(set)\"";
        assert_eq!(settings.to_string(), expected);
    }
}
