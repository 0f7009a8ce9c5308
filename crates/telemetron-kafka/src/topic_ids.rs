//! The ids of our topics, by which one that was made anew is known.

use std::collections::HashMap;
use std::time::Duration;

use rdkafka::client::{Client, ClientContext};
use rdkafka::error::RDKafkaErrorCode;
use telemetron_model::topic::Topic;

use crate::source::TopicId;
use crate::{Error, TopicNames};

/// Ids by topic; a topic that does not exist, or whose broker gives no ids, has none.
pub(crate) type TopicIds = HashMap<Topic, TopicId>;

/// Asks for the ids of these topics. Blocks for at most `timeout`.
pub(crate) fn ids_of<C: ClientContext>(
    client: &Client<C>,
    names: &TopicNames,
    topics: impl IntoIterator<Item = Topic>,
    timeout: Duration,
) -> Result<TopicIds, Error> {
    let asked: Vec<&str> = topics.into_iter().map(|topic| names.of(topic)).collect();
    match telemetron_topic_ids::topic_ids(client, &asked, timeout) {
        Ok(ids) => {
            let known = ids.into_iter();
            let known = known.filter_map(|(name, id)| Some((names.find(&name)?, TopicId(id))));
            Ok(known.collect())
        }
        // A broker that cannot be asked has no ids to tell.
        Err(error) if error.rdkafka_error_code() == Some(RDKafkaErrorCode::UnsupportedFeature) => {
            Ok(TopicIds::new())
        }
        Err(error) => Err(Error::request("tell the ids of its topics")(error)),
    }
}

/// The topics that have another id than before.
pub(crate) fn made_anew(before: &TopicIds, now: &TopicIds) -> Vec<Topic> {
    let changed = before.iter().filter(|(topic, id)| {
        let now = now.get(topic);
        now.is_some_and(|now| now != *id)
    });
    changed.map(|(topic, _)| *topic).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_is_made_anew_when_it_is_there_with_another_id() {
        let ids = |ids: &[(Topic, &str)]| -> TopicIds {
            let ids = ids.iter();
            ids.map(|(topic, id)| (*topic, TopicId((*id).to_owned())))
                .collect()
        };
        let before = ids(&[
            (Topic::Spans, "a"),
            (Topic::Events, "b"),
            (Topic::Errors, "c"),
        ]);
        // The errors are deleted and not there again; traces were not known.
        let now = ids(&[
            (Topic::Spans, "a"),
            (Topic::Events, "x"),
            (Topic::Traces, "d"),
        ]);
        assert_eq!(made_anew(&before, &now), [Topic::Events]);
    }
}
