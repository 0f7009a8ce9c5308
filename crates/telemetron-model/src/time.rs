//! Instants: nanoseconds since the Unix epoch, as `i64`, everywhere inside.
//!
//! On Kafka an instant is that integer; at the API it is RFC 3339 text ([`Rfc3339`]).
//! Both forms are read wherever an instant is read. An `i64` reaches from 1677 to 2262.

use std::fmt;
use std::ops::{Add, Sub};
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize, Serializer};

/// An instant in nanoseconds since the Unix epoch; written as that integer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

/// An instant that is written as RFC 3339 text in UTC, nanoseconds kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(transparent)]
pub struct Rfc3339(pub Timestamp);

impl Timestamp {
    /// The instant this many nanoseconds after the epoch.
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// The instant this many milliseconds after the epoch, as Kafka states times.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis.saturating_mul(1_000_000))
    }

    /// The present, by this machine's clock.
    pub fn now() -> Self {
        Utc::now().into()
    }

    /// Nanoseconds since the epoch.
    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// Milliseconds since the epoch, rounded down.
    pub const fn millis(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// Nanoseconds from `earlier` to this instant; negative when it comes before.
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// How long `earlier` is ago at this instant; nothing when it comes later.
    pub fn duration_since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.since(earlier).max(0).cast_unsigned())
    }

    /// This instant moved by a number of nanoseconds.
    #[must_use]
    pub const fn plus_nanos(self, nanos: i64) -> Self {
        Self(self.0.saturating_add(nanos))
    }

    /// The whole minutes since the epoch, rounded down: the key of a roll-up.
    pub const fn minute(self) -> i64 {
        self.0.div_euclid(60_000_000_000)
    }

    /// The UTC day of this instant: what the store partitions by.
    pub fn day(self) -> chrono::NaiveDate {
        DateTime::<Utc>::from(self).date_naive()
    }

    /// Reads RFC 3339 text.
    ///
    /// # Errors
    /// A sentence when the text is no RFC 3339 instant or lies outside 1677 to 2262.
    pub fn parse_rfc3339(text: &str) -> Result<Self, String> {
        let instant = DateTime::parse_from_rfc3339(text).map_err(|_| {
            format!("`{text}` is not an RFC 3339 instant like 2026-01-31T12:00:00Z")
        })?;
        let nanos = instant.timestamp_nanos_opt();
        nanos
            .map(Self)
            .ok_or_else(|| format!("`{text}` lies outside the years 1677 to 2262"))
    }
}

/// Nanoseconds, at most as many as fit.
fn nanos_of(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}

impl Add<Duration> for Timestamp {
    type Output = Self;

    /// The instant that much later, or the last that there is.
    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(nanos_of(duration)))
    }
}

impl Sub<Duration> for Timestamp {
    type Output = Self;

    /// The instant that much earlier, or the first that there is.
    fn sub(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(nanos_of(duration)))
    }
}

impl From<DateTime<Utc>> for Timestamp {
    /// Instants outside 1677 to 2262 become the nearest end of that range.
    fn from(instant: DateTime<Utc>) -> Self {
        let far = if instant.timestamp() < 0 {
            i64::MIN
        } else {
            i64::MAX
        };
        Self(instant.timestamp_nanos_opt().unwrap_or(far))
    }
}

impl From<Timestamp> for DateTime<Utc> {
    fn from(instant: Timestamp) -> Self {
        DateTime::from_timestamp_nanos(instant.0)
    }
}

impl From<Timestamp> for Rfc3339 {
    fn from(instant: Timestamp) -> Self {
        Self(instant)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&DateTime::<Utc>::from(*self).to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

impl fmt::Display for Rfc3339 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Rfc3339 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(InstantVisitor)
    }
}

struct InstantVisitor;

impl Visitor<'_> for InstantVisitor {
    type Value = Timestamp;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("nanoseconds since the epoch as an integer, or RFC 3339 text")
    }

    fn visit_i64<E: de::Error>(self, nanos: i64) -> Result<Timestamp, E> {
        Ok(Timestamp(nanos))
    }

    fn visit_u64<E: de::Error>(self, nanos: u64) -> Result<Timestamp, E> {
        i64::try_from(nanos)
            .map(Timestamp)
            .map_err(|_| E::custom(format!("{nanos} nanoseconds lie beyond the year 2262")))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Timestamp, E> {
        Timestamp::parse_rfc3339(text).map_err(E::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_and_text_read_as_the_same_instant() {
        let text: Timestamp = serde_json::from_str(r#""2026-01-31T12:00:00.000000001Z""#).unwrap();
        let nanos: Timestamp = serde_json::from_str("1769860800000000001").unwrap();
        assert_eq!(text, nanos);
        assert_eq!(
            serde_json::to_string(&nanos).unwrap(),
            "1769860800000000001"
        );
        assert_eq!(
            serde_json::to_string(&Rfc3339(nanos)).unwrap(),
            r#""2026-01-31T12:00:00.000000001Z""#
        );
    }

    #[test]
    fn a_wrong_instant_says_how_one_looks() {
        let error = serde_json::from_str::<Timestamp>(r#""yesterday""#)
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with("`yesterday` is not an RFC 3339 instant"),
            "{error}"
        );
        let error = serde_json::from_str::<Timestamp>(r#""9999-01-01T00:00:00Z""#).unwrap_err();
        assert!(
            error.to_string().contains("outside the years 1677 to 2262"),
            "{error}"
        );
    }

    #[test]
    fn minutes_and_days_round_down_before_the_epoch_too() {
        assert_eq!(Timestamp::from_nanos(-1).minute(), -1);
        assert_eq!(Timestamp::from_nanos(-1).day().to_string(), "1969-12-31");
    }
}
