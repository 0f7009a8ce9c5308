//! Finding the rows that the database refuses: all of them in one transaction, which is rolled back.
//!
//! A COPY that fails names the line of the row that it failed at, and rows are checked in order: those
//! before it are well. So each row is sent once, however many of them are refused.

use sqlx::{Connection, PgConnection};

use crate::StoreError;
use crate::copy::{Rows, copy_in};

/// Rows that are sent together while refused ones are looked for: what a refusal makes be sent in vain.
const WINDOW: usize = 128;

/// Refused rows after which the search ends: it holds locks.
const MOST: usize = 1_000;

/// What becomes of rows that the database refuses.
#[derive(Debug)]
pub(crate) enum Refusals {
    /// The first of them fails the batch, as is the way of all batches that are well.
    Fail,
    /// They are noted.
    Note(Vec<RefusedRow>),
}

/// A row that the database refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedRow {
    /// The content hash of the record that it is made of.
    pub hash: i64,
    /// What the database says.
    pub reason: String,
}

/// Sends the rows and notes those that are refused.
pub(crate) async fn pick_out(
    conn: &mut PgConnection,
    rows: &Rows,
    noted: &mut Vec<RefusedRow>,
) -> Result<(), StoreError> {
    let mut next = 0;
    while next < rows.len() && noted.len() < MOST {
        let until = rows.len().min(next + WINDOW);
        let mut step = conn.begin().await?;
        let Err(error) = copy_in(&mut step, rows.statement(), rows.piece(next..until)).await else {
            step.commit().await?;
            next = until;
            continue;
        };
        step.rollback().await?;
        let refused = line_of(&error).map(|line| next + line - 1);
        let Some((row, hash)) = refused.and_then(|row| Some((row, rows.hash_of(row)?))) else {
            return Err(error);
        };
        let reason = error.to_string();
        noted.push(RefusedRow { hash, reason });
        next = row + 1;
    }
    Ok(())
}

/// The line of a COPY at which its data was refused, from one on.
fn line_of(error: &StoreError) -> Option<usize> {
    let (StoreError::Record(refusal) | StoreError::Raced(refusal)) = error else {
        return None;
    };
    let context = refusal.as_database_error()?;
    let context = context
        .try_downcast_ref::<sqlx::postgres::PgDatabaseError>()?
        .r#where()?;
    line_in(context)
}

/// Reads `COPY spans, line 7` and `COPY spans, line 7, column name`, which begin the context.
fn line_in(context: &str) -> Option<usize> {
    let (_, rest) = context.split_once(", line ")?;
    let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok().filter(|line| *line > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_is_read_with_or_without_a_column_and_none_is_no_line() {
        assert_eq!(line_in("COPY spans, line 7"), Some(7));
        assert_eq!(line_in("COPY spans, line 12, column attributes"), Some(12));
        assert_eq!(
            line_in("COPY spans, line 3: \"a, line 9\"\nPL/pgSQL function f() line 1"),
            Some(3)
        );
        assert_eq!(line_in("SQL statement"), None);
        assert_eq!(line_in("COPY spans, line 0"), None);
    }
}
