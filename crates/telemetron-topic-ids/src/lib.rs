//! The ids of Kafka's topics (KIP-516), by which a topic that was deleted and made anew under its old
//! name is known.
//!
//! librdkafka tells them (`rd_kafka_DescribeTopics`), its safe wrapper `rdkafka` does not; a client of
//! another library would need encryption and authentication of its own, and would have to be configured
//! a second time. So this crate makes the one call through the wrapper's client. It is the only one of
//! the workspace in which unsafe code is allowed: everything that librdkafka hands out is owned by a
//! guard, and nothing borrowed leaves [`topic_ids`].
#![expect(
    unsafe_code,
    reason = "calls of librdkafka, each with the reason why it is sound"
)]

mod owned;

use std::collections::HashMap;
use std::ffi::{CStr, CString, c_char};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rdkafka::bindings as sys;
use rdkafka::client::{Client, ClientContext};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};

use owned::{Event, Options, Queue, Topics};

/// The ids of these topics, as Kafka's own tools write them; topics that do not exist, and those of
/// brokers that give no ids (before 2.8), are left out. Blocks for at most `timeout`.
///
/// # Errors
/// When the cluster does not answer in time, or refuses.
pub fn topic_ids<C: ClientContext>(
    client: &Client<C>,
    names: &[&str],
    timeout: Duration,
) -> KafkaResult<HashMap<String, String>> {
    let names: Vec<CString> = names
        .iter()
        .filter_map(|name| CString::new(*name).ok())
        .collect();
    let event =
        describe(client, &names, timeout).ok_or(failed(RDKafkaErrorCode::OperationTimedOut))?;
    // SAFETY: the event is alive until the end of this function.
    let code = unsafe { sys::rd_kafka_event_error(event.ptr()) };
    if code != sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR {
        return Err(failed(code.into()));
    }
    Ok(read(&event))
}

const fn failed(code: RDKafkaErrorCode) -> KafkaError {
    KafkaError::AdminOp(code)
}

/// Asks, and waits for the answer.
fn describe<C: ClientContext>(
    client: &Client<C>,
    names: &[CString],
    timeout: Duration,
) -> Option<Event> {
    let millis = i32::try_from(timeout.as_millis()).unwrap_or(i32::MAX);
    let topics = Topics::of(names)?;
    let options = Options::new(client, millis)?;
    let queue = Queue::new(client)?;
    // SAFETY: all four are alive; librdkafka copies the names and the options before it returns.
    unsafe {
        sys::rd_kafka_DescribeTopics(
            client.native_ptr(),
            topics.ptr(),
            options.ptr(),
            queue.ptr(),
        );
    }
    // librdkafka answers within the time of the options; a little more lets its answer arrive.
    queue.poll(millis.saturating_add(500))
}

/// The ids in an answer.
fn read(event: &Event) -> HashMap<String, String> {
    let mut count = 0;
    // SAFETY: the event is alive, and so are the result and its topics as long as the event is; the
    // result is null when the event is of another kind.
    let topics = unsafe {
        let result = sys::rd_kafka_event_DescribeTopics_result(event.ptr());
        if result.is_null() {
            return HashMap::new();
        }
        let first = sys::rd_kafka_DescribeTopics_result_topics(result, &raw mut count);
        if first.is_null() || count == 0 {
            return HashMap::new();
        }
        std::slice::from_raw_parts(first, count)
    };
    topics.iter().filter_map(|topic| one(*topic)).collect()
}

/// Name and id of one topic, if it exists and has an id.
fn one(topic: *const sys::rd_kafka_TopicDescription_t) -> Option<(String, String)> {
    // SAFETY: the caller holds the event that owns the topic. A description without an error has a name
    // and an id; both are checked, and copied before this function returns.
    unsafe {
        let error = sys::rd_kafka_TopicDescription_error(topic);
        if !error.is_null()
            && sys::rd_kafka_error_code(error)
                != sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR
        {
            return None;
        }
        let (name, id): (*const c_char, _) = (
            sys::rd_kafka_TopicDescription_name(topic),
            sys::rd_kafka_TopicDescription_topic_id(topic),
        );
        if name.is_null() || id.is_null() {
            return None;
        }
        let most = sys::rd_kafka_Uuid_most_significant_bits(id);
        let least = sys::rd_kafka_Uuid_least_significant_bits(id);
        let name = CStr::from_ptr(name).to_str().ok()?.to_owned();
        Some((name, text_of(most, least)?))
    }
}

/// An id as Kafka writes it; none when it is the one that stands for none.
fn text_of(most: i64, least: i64) -> Option<String> {
    if most == 0 && least == 0 {
        return None;
    }
    let bytes = [most.to_be_bytes(), least.to_be_bytes()].concat();
    Some(URL_SAFE_NO_PAD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_written_as_kafka_writes_it() {
        // `kafka-topics --describe` says `AQIDBAUGBwgJCgsMDQ4PEA` for the bytes from 1 to 16.
        let id = text_of(0x0102_0304_0506_0708, 0x090a_0b0c_0d0e_0f10);
        assert_eq!(id.as_deref(), Some("AQIDBAUGBwgJCgsMDQ4PEA"));
        assert_eq!(text_of(0, 0), None);
    }
}
