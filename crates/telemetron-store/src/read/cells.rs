//! One row, column by column, as the types of the model.

use serde::de::DeserializeOwned;
use sqlx::postgres::PgRow;
use sqlx::{Decode, Postgres, Row, Type};
use telemetron_model::record::TokenUsage;
use telemetron_model::{NanoUsd, RawJson, Rfc3339, SpanId, Timestamp, TraceId};
use telemetron_view::millis_of;

use crate::{StoreError, decompress};

/// The columns of one row of a table.
pub(super) struct Cells<'r> {
    row: &'r PgRow,
    table: &'static str,
}

impl<'r> Cells<'r> {
    /// The columns of a row; `table` is for errors.
    pub(super) const fn of(row: &'r PgRow, table: &'static str) -> Self {
        Self { row, table }
    }

    /// A column as it is.
    pub(super) fn get<T>(&self, column: &str) -> Result<T, StoreError>
    where
        T: Decode<'r, Postgres> + Type<Postgres>,
    {
        Ok(self.row.try_get(column)?)
    }

    /// A word of an enumeration, stored as its code.
    pub(super) fn word<W>(
        &self,
        column: &str,
        from_code: fn(i16) -> Option<W>,
    ) -> Result<W, StoreError> {
        let code = self.get::<i16>(column)?;
        from_code(code).ok_or_else(|| self.corrupt(format!("`{column}` has the code {code}")))
    }

    /// A word of an enumeration, or none.
    pub(super) fn opt_word<W>(
        &self,
        column: &str,
        from_code: fn(i16) -> Option<W>,
    ) -> Result<Option<W>, StoreError> {
        Ok(self.get::<Option<i16>>(column)?.and_then(from_code))
    }

    /// An instant.
    pub(super) fn instant(&self, column: &str) -> Result<Rfc3339, StoreError> {
        Ok(Timestamp::from_nanos(self.get(column)?).into())
    }

    /// An instant, or none.
    pub(super) fn opt_instant(&self, column: &str) -> Result<Option<Rfc3339>, StoreError> {
        let nanos = self.get::<Option<i64>>(column)?;
        Ok(nanos.map(|nanos| Timestamp::from_nanos(nanos).into()))
    }

    /// Nanoseconds as milliseconds, or none.
    pub(super) fn opt_millis(&self, column: &str) -> Result<Option<f64>, StoreError> {
        Ok(self.get::<Option<i64>>(column)?.map(millis_of))
    }

    /// The id of a trace.
    pub(super) fn trace_id(&self, column: &str) -> Result<TraceId, StoreError> {
        TraceId::from_slice(self.get(column)?).map_err(|error| self.corrupt(error))
    }

    /// The id of a span.
    pub(super) fn span_id(&self, column: &str) -> Result<SpanId, StoreError> {
        SpanId::from_slice(self.get(column)?).map_err(|error| self.corrupt(error))
    }

    /// The id of a span, or none.
    pub(super) fn opt_span_id(&self, column: &str) -> Result<Option<SpanId>, StoreError> {
        let bytes = self.get::<Option<&[u8]>>(column)?;
        let id = bytes.map(SpanId::from_slice).transpose();
        id.map_err(|error| self.corrupt(error))
    }

    /// The five columns of token counts, all there.
    pub(super) fn usage(&self) -> Result<TokenUsage, StoreError> {
        Ok(TokenUsage {
            input: self.get("input_tokens")?,
            output: self.get("output_tokens")?,
            total: self.get("total_tokens")?,
            cached: self.get("cached_tokens")?,
            reasoning: self.get("reasoning_tokens")?,
        })
    }

    /// The five columns of token counts; none when nobody counted.
    pub(super) fn opt_usage(&self) -> Result<Option<TokenUsage>, StoreError> {
        let counted = self.get::<Option<i64>>("total_tokens")?.is_some();
        counted.then(|| self.usage()).transpose()
    }

    /// An amount of money.
    pub(super) fn cost(&self, column: &str) -> Result<NanoUsd, StoreError> {
        Ok(NanoUsd::from_nanos(self.get(column)?))
    }

    /// An amount of money, or none.
    pub(super) fn opt_cost(&self, column: &str) -> Result<Option<NanoUsd>, StoreError> {
        Ok(self.get::<Option<i64>>(column)?.map(NanoUsd::from_nanos))
    }

    /// JSON that is stored as text, unparsed.
    pub(super) fn json(&self, column: &str) -> Result<Option<RawJson>, StoreError> {
        let text = self.get::<Option<String>>(column)?;
        let json = text.map(RawJson::from_text).transpose();
        json.map_err(|error| self.corrupt(format!("`{column}`: {error}")))
    }

    /// JSON that is stored as text, as a type.
    pub(super) fn parsed<T: DeserializeOwned>(
        &self,
        column: &str,
    ) -> Result<Option<T>, StoreError> {
        let text = self.get::<Option<&str>>(column)?;
        let value = text.map(serde_json::from_str).transpose();
        value.map_err(|error| self.corrupt(format!("`{column}`: {error}")))
    }

    /// A payload: compressed JSON text.
    pub(super) fn payload(&self, column: &str) -> Result<Option<RawJson>, StoreError> {
        let frame = self.get::<Option<&[u8]>>(column)?;
        let text = frame.map(decompress).transpose();
        let text = text.map_err(|error| self.corrupt(error))?;
        let json = text.map(RawJson::from_text).transpose();
        json.map_err(|error| self.corrupt(error))
    }

    fn corrupt(&self, reason: impl ToString) -> StoreError {
        StoreError::Corrupt {
            table: self.table,
            reason: reason.to_string(),
        }
    }
}
