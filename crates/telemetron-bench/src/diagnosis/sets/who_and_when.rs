//! Who&When: messages with a `name`, or with the speaker as `role`.

use serde_json::Value;
use telemetron_model::record::Status;

use super::{Conversation, field, items, speaker};
use crate::diagnosis::runs::Turn;

pub(super) fn read(run: &Value) -> Conversation {
    let turns = items(&run["history"]).iter().map(|message| {
        let agent = match field(message, "name") {
            "" => speaker(field(message, "role")),
            name => name.to_owned(),
        };
        let text = field(message, "content").to_owned();
        Turn {
            agent,
            text,
            ..Turn::default()
        }
    });
    (Status::Completed, turns.collect())
}
