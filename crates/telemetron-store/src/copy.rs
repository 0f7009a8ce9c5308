//! Rows in Postgres' binary COPY format: what a batch is written with.
//!
//! Format: <https://www.postgresql.org/docs/current/sql-copy.html>, "Binary Format". Fields come in
//! the order of the column list, which [`Table`] has.

use std::borrow::Cow;

use sqlx::PgConnection;

use crate::StoreError;
use crate::refused::{Refusals, pick_out};
use crate::tables::Table;

const SIGNATURE: &[u8] = b"PGCOPY\n\xff\r\n\0";

/// The signature, and flags and length of an extension that there are none of.
const HEADER_BYTES: usize = SIGNATURE.len() + 8;

/// Rows that wait to be copied into one table.
#[derive(Debug)]
pub(crate) struct Rows {
    bytes: Vec<u8>,
    columns: i16,
    copy: &'static str,
    /// Where each row begins, and the hash of the record that it is made of.
    begun: Vec<(usize, i64)>,
}

impl Rows {
    /// No rows yet, of this table.
    pub(crate) fn of<T: Table>() -> Self {
        let mut bytes = Vec::with_capacity(4096);
        bytes.extend_from_slice(SIGNATURE);
        bytes.extend_from_slice(&[0; HEADER_BYTES - SIGNATURE.len()]);
        Self {
            bytes,
            columns: T::COLUMNS,
            copy: T::COPY,
            begun: Vec::new(),
        }
    }

    /// Adds a row, made of the record whose bytes have this hash.
    pub(crate) fn add<T: Table>(&mut self, hash: i64, row: &T) {
        debug_assert_eq!(self.copy, T::COPY, "a row of another table");
        self.begun.push((self.bytes.len(), hash));
        self.bytes.extend_from_slice(&self.columns.to_be_bytes());
        row.write(&mut Row {
            bytes: &mut self.bytes,
        });
    }

    /// Sends the rows; does nothing when there are none.
    pub(crate) async fn send(
        mut self,
        conn: &mut PgConnection,
        refusals: &mut Refusals,
    ) -> Result<(), StoreError> {
        if self.begun.is_empty() {
            return Ok(());
        }
        match refusals {
            Refusals::Fail => {
                self.bytes.extend_from_slice(&TRAILER);
                copy_in(conn, self.copy, self.bytes).await
            }
            Refusals::Note(noted) => pick_out(conn, &self, noted).await,
        }
    }

    /// The statement that takes them.
    pub(crate) const fn statement(&self) -> &'static str {
        self.copy
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
    /// A field of these bytes.
    pub(crate) fn field(&mut self, value: &[u8]) {
        self.parts(&[value]);
    }

    /// A field of these bytes one after another.
    pub(crate) fn parts(&mut self, parts: &[&[u8]]) {
        let length = parts.iter().map(|part| part.len()).sum::<usize>();
        let length = i32::try_from(length).unwrap_or(i32::MAX);
        self.bytes.extend_from_slice(&length.to_be_bytes());
        for part in parts {
            self.bytes.extend_from_slice(part);
        }
    }

    /// A field without a value.
    pub(crate) fn null(&mut self) {
        self.bytes.extend_from_slice(&(-1_i32).to_be_bytes());
    }

    /// An array of one dimension, of the type that has this number.
    pub(crate) fn array<'v>(
        &mut self,
        of: i32,
        values: impl ExactSizeIterator<Item = Cow<'v, [u8]>>,
    ) {
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
        self.field(&array);
    }
}
