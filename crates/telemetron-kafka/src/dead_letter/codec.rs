//! Dead letters as messages, and back.

use telemetron_model::Timestamp;

use super::{Cut, DeadLetter, Origin, Whole};
use crate::{Error, Headers};

const CLUSTER: &str = "telemetron-origin-cluster";
const TOPIC: &str = "telemetron-origin-topic";
const PARTITION: &str = "telemetron-origin-partition";
const OFFSET: &str = "telemetron-origin-offset";
const BROKER_TIME: &str = "telemetron-origin-time";
const KEY: &str = "telemetron-origin-key";
const CODE: &str = "telemetron-reason-code";
const REASON: &str = "telemetron-reason";
const TIME: &str = "telemetron-rejected-time";
const CUT_VALUE: &str = "telemetron-cut-value";
const CUT_KEY: &str = "telemetron-cut-key";
const CUT_HEADERS: &str = "telemetron-cut-headers";
const COUNT: &str = "telemetron-origin-headers";

/// The key and the headers of the message that is this dead letter.
pub(super) fn encode(letter: &DeadLetter) -> (String, Headers) {
    let origin = &letter.origin;
    let mut headers = letter.headers.clone();
    if let Some(key) = &letter.key {
        headers.push(KEY, Some(key));
    }
    for (name, whole) in cut_parts(letter.cut) {
        if let Some(whole) = whole {
            headers.push(name, Some(whole.to_header().as_bytes()));
        }
    }
    let headers = headers
        .with(CLUSTER, &origin.cluster)
        .with(TOPIC, &origin.topic)
        .with(PARTITION, origin.partition.to_string())
        .with(OFFSET, origin.offset.to_string())
        .with(BROKER_TIME, letter.broker_time.nanos().to_string())
        .with(CODE, &letter.code)
        .with(REASON, &letter.reason)
        .with(TIME, letter.time.nanos().to_string())
        .with(COUNT, letter.headers.len().to_string());
    (origin.to_string(), headers)
}

const fn cut_parts(cut: Cut) -> [(&'static str, Option<Whole>); 3] {
    [
        (CUT_VALUE, cut.value),
        (CUT_KEY, cut.key),
        (CUT_HEADERS, cut.headers),
    ]
}

/// The dead letter that a message is.
///
/// # Errors
/// [`Error::NotADeadLetter`] with the header that is missing or wrong.
pub(super) fn decode(headers: &Headers, payload: Option<Vec<u8>>) -> Result<DeadLetter, Error> {
    let count: usize = number(headers, COUNT)?;
    let mut original = Headers::new();
    let mut ours = Headers::new();
    for (place, (name, value)) in headers.iter().enumerate() {
        let part = if place < count {
            &mut original
        } else {
            &mut ours
        };
        part.push(name, value);
    }
    Ok(DeadLetter {
        origin: Origin {
            cluster: text(&ours, CLUSTER)?,
            topic: text(&ours, TOPIC)?,
            partition: number(&ours, PARTITION)?,
            offset: number(&ours, OFFSET)?,
        },
        broker_time: Timestamp::from_nanos(number(&ours, BROKER_TIME)?),
        code: text(&ours, CODE)?,
        reason: text(&ours, REASON)?,
        time: Timestamp::from_nanos(number(&ours, TIME)?),
        key: ours.get(KEY).map(<[u8]>::to_vec),
        cut: cut(&ours)?,
        headers: original,
        payload,
    })
}

fn cut(headers: &Headers) -> Result<Cut, Error> {
    let part = |name: &'static str| {
        let Some(mark) = headers.text(name) else {
            return Ok(None);
        };
        let whole = Whole::from_header(mark);
        let wrong = || Error::NotADeadLetter(format!("header `{name}` says no size and hash"));
        whole.map(Some).ok_or_else(wrong)
    };
    Ok(Cut {
        value: part(CUT_VALUE)?,
        key: part(CUT_KEY)?,
        headers: part(CUT_HEADERS)?,
    })
}

fn text(headers: &Headers, name: &'static str) -> Result<String, Error> {
    let value = headers.text(name).map(str::to_owned);
    value.ok_or_else(|| Error::NotADeadLetter(format!("header `{name}` is missing")))
}

fn number<T: std::str::FromStr>(headers: &Headers, name: &'static str) -> Result<T, Error> {
    let value = text(headers, name)?.parse();
    value.map_err(|_| Error::NotADeadLetter(format!("header `{name}` is no number")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter() -> DeadLetter {
        DeadLetter {
            origin: Origin {
                cluster: "c1".into(),
                topic: "agent-telemetry-spans".into(),
                partition: 2,
                offset: 17,
            },
            broker_time: Timestamp::from_millis(1_700_000_000_123),
            code: "malformed".into(),
            reason: "malformed telemetron.span.v1 record at `name`: — ".into(),
            time: Timestamp::from_nanos(1_700_000_000_456_789_012),
            key: Some(vec![0xff, 0]),
            headers: Headers::new().with("schema", "telemetron.span.v1"),
            payload: Some(b"{".to_vec()),
            cut: Cut::default(),
        }
    }

    fn there_and_back(letter: &DeadLetter) -> DeadLetter {
        let (key, headers) = encode(letter);
        assert_eq!(key, "c1/agent-telemetry-spans/2/17");
        decode(&headers, letter.payload.clone()).unwrap()
    }

    #[test]
    fn a_letter_comes_back_as_it_was() {
        let letter = letter();
        assert_eq!(there_and_back(&letter), letter);
    }

    #[test]
    fn a_message_that_had_our_headers_itself_keeps_them() {
        let mut letter = letter();
        letter.key = None;
        letter.headers = Headers::new()
            .with(COUNT, "99")
            .with(KEY, "k")
            .with(REASON, "x");
        assert_eq!(there_and_back(&letter), letter);
    }

    #[test]
    fn any_other_message_says_what_is_missing() {
        let error = decode(&Headers::new().with("a", "b"), None).unwrap_err();
        assert!(error.to_string().contains(COUNT), "{error}");
    }
}
