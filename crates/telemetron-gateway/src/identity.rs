//! Which platform this gateway belongs to: every gateway of one Kafka and one prefix of topics is the
//! same, whatever names lead to it.

use std::sync::{Arc, OnceLock};

use telemetron_kafka::{KafkaConfig, TopicEnds};
use telemetron_model::decode::content_hash;

/// The header of answers that names the platform, for who forwards.
pub(crate) const HEADER: &str = "telemetron-platform";

/// The header of records that names the platforms they came through.
pub(crate) const VIA: &str = "telemetron-via";

/// The id of the platform, once Kafka has told it. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    id: Arc<OnceLock<String>>,
    prefix: String,
}

impl Identity {
    pub(crate) fn new(kafka: &KafkaConfig) -> Self {
        Self {
            id: Arc::default(),
            prefix: kafka.topic_prefix.clone(),
        }
    }

    /// Asks Kafka for it, where it is not known yet.
    pub(crate) async fn learn(&self, ends: &TopicEnds) -> Result<&str, telemetron_kafka::Error> {
        if let Some(known) = self.id.get() {
            return Ok(known);
        }
        let cluster = ends.cluster_id().await?;
        Ok(self.id.get_or_init(|| id_of(&cluster, &self.prefix)))
    }

    /// It, when it is known.
    pub(crate) fn known(&self) -> Option<&str> {
        self.id.get().map(String::as_str)
    }

    /// Knows it, without a Kafka that tells it.
    #[cfg(test)]
    pub(crate) fn know(&self, id: &str) {
        self.id.set(id.to_owned()).unwrap();
    }
}

fn id_of(cluster: &str, prefix: &str) -> String {
    format!(
        "{:016x}",
        content_hash(format!("{cluster}\n{prefix}").as_bytes())
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_prefixes_of_one_cluster_are_two_platforms() {
        assert_eq!(id_of("c", "a."), id_of("c", "a."));
        assert_ne!(id_of("c", "a."), id_of("c", "b."));
        assert_eq!(id_of("c", "").len(), 16);
    }
}
