//! Rows in Postgres' binary COPY format: what a batch is written with.
//!
//! Format: <https://www.postgresql.org/docs/current/sql-copy.html>, "Binary Format". Fields come in
//! the order of the column list; a row has as many fields as the table has columns named.

use std::borrow::Cow;

use chrono::NaiveDate;
use sqlx::PgConnection;
use telemetron_model::json::{escape_for_jsonb, escape_for_text};

use crate::StoreError;
use crate::refused::{Refusals, pick_out};

const SIGNATURE: &[u8] = b"PGCOPY\n\xff\r\n\0";

/// The signature, and flags and length of an extension that there are none of.
const HEADER_BYTES: usize = SIGNATURE.len() + 8;

/// Rows that wait to be copied into one table.
#[derive(Debug)]
pub(crate) struct Rows {
    bytes: Vec<u8>,
    columns: i16,
    /// Where each row begins, and the hash of the record that it is made of.
    begun: Vec<(usize, i64)>,
}

impl Rows {
    /// No rows yet, of this many columns each.
    pub(crate) fn new(columns: i16) -> Self {
        let mut bytes = Vec::with_capacity(4096);
        bytes.extend_from_slice(SIGNATURE);
        bytes.extend_from_slice(&[0; HEADER_BYTES - SIGNATURE.len()]);
        Self {
            bytes,
            columns,
            begun: Vec::new(),
        }
    }

    /// Begins the next row, made of the record whose bytes have this hash.
    pub(crate) fn row(&mut self, hash: i64) -> Row<'_> {
        self.begun.push((self.bytes.len(), hash));
        self.bytes.extend_from_slice(&self.columns.to_be_bytes());
        Row {
            bytes: &mut self.bytes,
        }
    }

    /// Sends the rows; does nothing when there are none.
    pub(crate) async fn send(
        mut self,
        conn: &mut PgConnection,
        copy: &'static str,
        refusals: &mut Refusals,
    ) -> Result<(), StoreError> {
        if self.begun.is_empty() {
            return Ok(());
        }
        match refusals {
            Refusals::Fail => {
                self.bytes.extend_from_slice(&TRAILER);
                copy_in(conn, copy, self.bytes).await
            }
            Refusals::Note(noted) => pick_out(conn, copy, &self, noted).await,
        }
    }

    /// How many there are.
    pub(crate) const fn len(&self) -> usize {
        self.begun.len()
    }

    /// The hash of the record that a row is made of.
    pub(crate) fn hash_of(&self, row: usize) -> Option<i64> {
        self.begun.get(row).map(|(_, hash)| *hash)
    }

    /// Some of the rows, as a whole COPY.
    pub(crate) fn piece(&self, rows: std::ops::Range<usize>) -> Vec<u8> {
        let place = |row| (self.begun.get(row)).map_or(self.bytes.len(), |(begins, _)| *begins);
        let rows = &self.bytes[place(rows.start)..place(rows.end)];
        [&self.bytes[..HEADER_BYTES], rows, &TRAILER].concat()
    }
}

/// Ends a COPY.
const TRAILER: [u8; 2] = (-1_i16).to_be_bytes();

/// Runs one COPY.
pub(crate) async fn copy_in(
    conn: &mut PgConnection,
    copy: &'static str,
    bytes: Vec<u8>,
) -> Result<(), StoreError> {
    let mut sink = conn.copy_in_raw(copy).await?;
    sink.send(bytes).await?;
    sink.finish().await?;
    Ok(())
}

/// One row that is being written, field by field.
pub(crate) struct Row<'a> {
    bytes: &'a mut Vec<u8>,
}

impl Row<'_> {
    fn field(&mut self, value: &[u8]) -> &mut Self {
        let length = i32::try_from(value.len()).unwrap_or(i32::MAX);
        self.bytes.extend_from_slice(&length.to_be_bytes());
        self.bytes.extend_from_slice(value);
        self
    }

    fn null(&mut self) -> &mut Self {
        self.bytes.extend_from_slice(&(-1_i32).to_be_bytes());
        self
    }

    fn option<T>(
        &mut self,
        value: Option<T>,
        write: impl FnOnce(&mut Self, T) -> &mut Self,
    ) -> &mut Self {
        match value {
            Some(value) => write(self, value),
            None => self.null(),
        }
    }

    /// A `bytea`.
    pub(crate) fn bytes(&mut self, value: impl AsRef<[u8]>) -> &mut Self {
        self.field(value.as_ref())
    }

    /// A `bytea` or nothing.
    pub(crate) fn opt_bytes(&mut self, value: Option<impl AsRef<[u8]>>) -> &mut Self {
        self.option(value, |row, value| row.field(value.as_ref()))
    }

    /// A `bytea[]` of one dimension.
    pub(crate) fn byte_arrays(&mut self, values: &[&[u8]]) -> &mut Self {
        const BYTEA_OID: i32 = 17;
        let values = values.iter().map(|value| Cow::Borrowed(*value));
        self.array(BYTEA_OID, values)
    }

    /// A `smallint`.
    pub(crate) fn i16(&mut self, value: i16) -> &mut Self {
        self.field(&value.to_be_bytes())
    }

    /// A `smallint` or nothing.
    pub(crate) fn opt_i16(&mut self, value: Option<i16>) -> &mut Self {
        self.option(value, |row, value| row.i16(value))
    }

    /// An `integer`.
    pub(crate) fn i32(&mut self, value: i32) -> &mut Self {
        self.field(&value.to_be_bytes())
    }

    /// An `integer` or nothing.
    pub(crate) fn opt_i32(&mut self, value: Option<i32>) -> &mut Self {
        self.option(value, |row, value| row.i32(value))
    }

    /// A `bigint`.
    pub(crate) fn i64(&mut self, value: i64) -> &mut Self {
        self.field(&value.to_be_bytes())
    }

    /// A `bigint` or nothing.
    pub(crate) fn opt_i64(&mut self, value: Option<i64>) -> &mut Self {
        self.option(value, |row, value| row.i64(value))
    }

    /// A `boolean`.
    pub(crate) fn bool(&mut self, value: bool) -> &mut Self {
        self.field(&[u8::from(value)])
    }

    /// A `boolean` or nothing.
    pub(crate) fn opt_bool(&mut self, value: Option<bool>) -> &mut Self {
        self.option(value, |row, value| row.bool(value))
    }

    /// A `date`.
    pub(crate) fn date(&mut self, value: NaiveDate) -> &mut Self {
        let days = value
            .signed_duration_since(NaiveDate::from_ymd_opt(2000, 1, 1).unwrap_or_default())
            .num_days();
        self.i32(i32::try_from(days).unwrap_or_default())
    }

    /// A `text`; what Postgres cannot hold is marked.
    pub(crate) fn text(&mut self, value: &str) -> &mut Self {
        let value = escape_for_text(value).map_or(Cow::Borrowed(value), Cow::Owned);
        self.field(value.as_bytes())
    }

    /// A `text` or nothing.
    pub(crate) fn opt_text(&mut self, value: Option<&str>) -> &mut Self {
        self.option(value, |row, value| row.text(value))
    }

    /// A `jsonb` or nothing; what Postgres cannot hold is marked.
    pub(crate) fn opt_jsonb(&mut self, json: Option<&str>) -> &mut Self {
        self.option(json, |row, json| {
            let json = escape_for_jsonb(json).map_or(Cow::Borrowed(json), Cow::Owned);
            let length = i32::try_from(json.len() + 1).unwrap_or(i32::MAX);
            row.bytes.extend_from_slice(&length.to_be_bytes());
            row.bytes.push(1); // version of the binary form of jsonb
            row.bytes.extend_from_slice(json.as_bytes());
            row
        })
    }

    /// A `text[]` of one dimension.
    pub(crate) fn texts(&mut self, values: &[String]) -> &mut Self {
        const TEXT_OID: i32 = 25;
        let marked = values.iter().map(|value| match escape_for_text(value) {
            Some(marked) => Cow::Owned(marked.into_bytes()),
            None => Cow::Borrowed(value.as_bytes()),
        });
        self.array(TEXT_OID, marked)
    }

    fn array<'v>(
        &mut self,
        of: i32,
        values: impl ExactSizeIterator<Item = Cow<'v, [u8]>>,
    ) -> &mut Self {
        let int = |n: usize| i32::try_from(n).unwrap_or(i32::MAX).to_be_bytes();
        let mut array = Vec::new();
        array.extend_from_slice(&int(usize::from(values.len() > 0)));
        array.extend_from_slice(&0_i32.to_be_bytes());
        array.extend_from_slice(&of.to_be_bytes());
        if values.len() > 0 {
            array.extend_from_slice(&int(values.len()));
            array.extend_from_slice(&1_i32.to_be_bytes());
        }
        for value in values {
            array.extend_from_slice(&int(value.len()));
            array.extend_from_slice(&value);
        }
        self.field(&array)
    }
}
