//! Values, as the columns of COPY take them.

use std::borrow::Cow;

use chrono::NaiveDate;
use serde::{Serialize, Serializer};
use telemetron_model::json::{escape_for_jsonb, escape_for_text};

use crate::copy::Row;

/// A value of a column.
pub(crate) trait Cell {
    /// Writes the value as the next field.
    fn put(&self, row: &mut Row<'_>);
}

/// A `bytea` that a row owns. As JSON it is what Postgres reads as `bytea`.
#[derive(Debug, Clone, Default, PartialEq, Eq, sqlx::Type)]
#[sqlx(transparent)]
pub(crate) struct Bytea(pub(crate) Vec<u8>);

impl Serialize for Bytea {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use std::fmt::Write as _;
        let mut text = String::with_capacity(2 + self.0.len() * 2);
        text.push_str("\\x");
        for byte in &self.0 {
            write!(text, "{byte:02x}").map_err(serde::ser::Error::custom)?;
        }
        serializer.serialize_str(&text)
    }
}

/// A `jsonb`; what Postgres cannot hold is marked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Jsonb<'a>(pub(crate) &'a str);

impl<T: Cell> Cell for Option<T> {
    fn put(&self, row: &mut Row<'_>) {
        match self {
            Some(value) => value.put(row),
            None => row.null(),
        }
    }
}

/// A `smallint`.
impl Cell for i16 {
    fn put(&self, row: &mut Row<'_>) {
        row.field(&self.to_be_bytes());
    }
}

/// An `integer`.
impl Cell for i32 {
    fn put(&self, row: &mut Row<'_>) {
        row.field(&self.to_be_bytes());
    }
}

/// A `bigint`.
impl Cell for i64 {
    fn put(&self, row: &mut Row<'_>) {
        row.field(&self.to_be_bytes());
    }
}

/// A `boolean`.
impl Cell for bool {
    fn put(&self, row: &mut Row<'_>) {
        row.field(&[u8::from(*self)]);
    }
}

/// A `date`.
impl Cell for NaiveDate {
    fn put(&self, row: &mut Row<'_>) {
        const EPOCH: NaiveDate = match NaiveDate::from_ymd_opt(2000, 1, 1) {
            Some(day) => day,
            None => NaiveDate::MIN,
        };
        let days = self.signed_duration_since(EPOCH).num_days();
        // The calendar of chrono ends long before the days of an `i32` do.
        i32::try_from(days).unwrap_or(i32::MAX).put(row);
    }
}

/// A `text`; what Postgres cannot hold is marked.
impl Cell for &str {
    fn put(&self, row: &mut Row<'_>) {
        match escape_for_text(self) {
            Some(marked) => row.field(marked.as_bytes()),
            None => row.field(self.as_bytes()),
        }
    }
}

impl Cell for String {
    fn put(&self, row: &mut Row<'_>) {
        self.as_str().put(row);
    }
}

/// A `bytea`.
impl Cell for &[u8] {
    fn put(&self, row: &mut Row<'_>) {
        row.field(self);
    }
}

impl Cell for Bytea {
    fn put(&self, row: &mut Row<'_>) {
        row.field(&self.0);
    }
}

impl Cell for Jsonb<'_> {
    fn put(&self, row: &mut Row<'_>) {
        const VERSION: &[u8] = &[1];
        let json = escape_for_jsonb(self.0).map_or(Cow::Borrowed(self.0), Cow::Owned);
        row.parts(&[VERSION, json.as_bytes()]);
    }
}

/// A `text[]` of one dimension.
impl Cell for &[String] {
    fn put(&self, row: &mut Row<'_>) {
        const TEXT_OID: i32 = 25;
        let marked = self.iter().map(|value| match escape_for_text(value) {
            Some(marked) => Cow::Owned(marked.into_bytes()),
            None => Cow::Borrowed(value.as_bytes()),
        });
        row.array(TEXT_OID, marked);
    }
}

impl Cell for Vec<String> {
    fn put(&self, row: &mut Row<'_>) {
        self.as_slice().put(row);
    }
}

/// A `bytea[]` of one dimension.
impl Cell for &[&[u8]] {
    fn put(&self, row: &mut Row<'_>) {
        const BYTEA_OID: i32 = 17;
        row.array(BYTEA_OID, self.iter().map(|value| Cow::Borrowed(*value)));
    }
}
