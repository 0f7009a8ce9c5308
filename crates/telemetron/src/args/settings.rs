//! What `--check-config` prints of what nobody named and is found all the same.

use telemetron_runtime::config::Settings;

use crate::platform::Platform;

const KAFKA: &str = "kafka_bootstrap_servers";
const DATABASE: &str = "database_url";

/// The settings of a role, with the Kafka and the database that it finds by itself.
pub(crate) fn of_role(settings: Settings, platform: &Platform) -> Settings {
    let (kafka, database) = match platform.endpoints() {
        Ok(running) => (
            format!(
                "{} of the running platform",
                running.kafka_bootstrap_servers
            ),
            "that of the running platform".to_owned(),
        ),
        Err(error) => {
            let kafka = match platform.named() {
                Some(_) => error.to_string(),
                None => super::kafka::USUAL.to_owned(),
            };
            (kafka, error.to_string())
        }
    };
    settings.instead(KAFKA, kafka).instead(DATABASE, database)
}

/// The settings of `up`, which brings what nobody named.
pub(crate) fn of_up(settings: Settings) -> Settings {
    let settings = settings.instead(KAFKA, "one of our own is started");
    settings.instead(DATABASE, "one of our own is started")
}
