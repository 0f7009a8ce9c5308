//! The columns of what is stored, once for each type: from the list come the struct of a row, the COPY
//! that takes it with its order and count, the SELECT of what is read, and the UPDATE.
//!
//! A column more is a migration, its line here, and its use: where the row is made (`write`), and where
//! it is shown (`read`).

use crate::copy::Row;

/// Rows of a table, as COPY takes them.
pub(crate) trait Table {
    /// How many columns are written.
    const COLUMNS: i16;

    /// The statement that takes rows as [`Self::write`] writes them.
    const COPY: &'static str;

    /// Writes the columns in their order.
    fn write(&self, row: &mut Row<'_>);
}

/// Names, as a list of columns has them.
macro_rules! listed {
    ($first:ident $($more:ident)*) => {
        concat!(stringify!($first) $(, ", ", stringify!($more))*)
    };
}

/// The statement that gives columns the values of rows that are one JSON parameter.
macro_rules! updated {
    ($table:ident by $id:ident: $first:ident $($more:ident)*) => {
        concat!(
            "UPDATE ", stringify!($table), " t SET ", stringify!($first), " = n.", stringify!($first),
            $(", ", stringify!($more), " = n.", stringify!($more),)*
            " FROM json_populate_recordset(NULL::", stringify!($table), ", $1::json) n WHERE t.",
            stringify!($id), " = n.", stringify!($id)
        )
    };
}

/// Declares a row of a table.
///
/// `key` is written when the row is new and stays; `listed` is what lists read, by the macro that is
/// named, if any; `apart` is read where it is asked for alone. Of a table that is `changed` the rows can be
/// updated, and one that is only `changed` is a part of the columns that another row begins.
macro_rules! table {
    (
        $(#[$meta:meta])*
        $vis:vis struct $Row:ident $(<$life:lifetime>)? in $table:ident {
            key { $($(#[$key_meta:meta])* $key:ident: $key_type:ty,)* }
            listed { $($(#[$listed_meta:meta])* $listed:ident: $listed_type:ty,)* }
            apart { $($(#[$apart_meta:meta])* $apart:ident: $apart_type:ty,)* }
        }
    ) => {
        $(#[$meta])*
        $vis struct $Row $(<$life>)? {
            $($(#[$key_meta])* $vis $key: $key_type,)*
            $($(#[$listed_meta])* $vis $listed: $listed_type,)*
            $($(#[$apart_meta])* $vis $apart: $apart_type,)*
        }

        impl$(<$life>)? crate::tables::Table for $Row $(<$life>)? {
            const COLUMNS: i16 =
                [$(stringify!($key),)* $(stringify!($listed),)* $(stringify!($apart),)*].len() as i16;

            const COPY: &'static str = concat!(
                "COPY ", stringify!($table), " (",
                listed!($($key)* $($listed)* $($apart)*),
                ") FROM STDIN (FORMAT binary)"
            );

            fn write(&self, row: &mut crate::copy::Row<'_>) {
                use crate::tables::Cell as _;
                $(self.$key.put(row);)*
                $(self.$listed.put(row);)*
                $(self.$apart.put(row);)*
            }
        }
    };
    (
        $(#[$meta:meta])*
        $vis:vis struct $Row:ident $(<$life:lifetime>)? in $table:ident, read by $list:ident {
            key { $($(#[$key_meta:meta])* $key:ident: $key_type:ty,)* }
            listed { $($(#[$listed_meta:meta])* $listed:ident: $listed_type:ty,)* }
            apart { $($(#[$apart_meta:meta])* $apart:ident: $apart_type:ty,)* }
        }
    ) => {
        table! {
            $(#[$meta])*
            $vis struct $Row $(<$life>)? in $table {
                key { $($(#[$key_meta])* $key: $key_type,)* }
                listed { $($(#[$listed_meta])* $listed: $listed_type,)* }
                apart { $($(#[$apart_meta])* $apart: $apart_type,)* }
            }
        }

        /// The columns that lists read.
        macro_rules! $list {
            () => { listed!($($key)* $($listed)*) };
        }
    };
    (
        $(#[$meta:meta])*
        $vis:vis struct $Row:ident in $table:ident, changed, read by $list:ident {
            key { $(#[$id_meta:meta])* $id:ident: $id_type:ty, $($(#[$key_meta:meta])* $key:ident: $key_type:ty,)* }
            listed { $($(#[$listed_meta:meta])* $listed:ident: $listed_type:ty,)* }
            apart { $($(#[$apart_meta:meta])* $apart:ident: $apart_type:ty,)* }
        }
    ) => {
        table! {
            $(#[$meta])*
            $vis struct $Row in $table, read by $list {
                key { $(#[$id_meta])* $id: $id_type, $($(#[$key_meta])* $key: $key_type,)* }
                listed { $($(#[$listed_meta])* $listed: $listed_type,)* }
                apart { $($(#[$apart_meta])* $apart: $apart_type,)* }
            }
        }

        impl $Row {
            /// The statement that changes rows; its parameter is all of them as JSON.
            $vis const UPDATE: &'static str =
                updated!($table by $id: $($listed)* $($apart)*);
        }
    };
    (
        $(#[$meta:meta])*
        $vis:vis struct $Row:ident in $table:ident, only changed, read by $list:ident {
            key { $(#[$id_meta:meta])* $id:ident: $id_type:ty, }
            listed { $($(#[$listed_meta:meta])* $listed:ident: $listed_type:ty,)* }
            apart { $($(#[$apart_meta:meta])* $apart:ident: $apart_type:ty,)* }
        }
    ) => {
        $(#[$meta])*
        $vis struct $Row {
            $(#[$id_meta])* $vis $id: $id_type,
            $($(#[$listed_meta])* $vis $listed: $listed_type,)*
            $($(#[$apart_meta])* $vis $apart: $apart_type,)*
        }

        impl $Row {
            /// The statement that changes rows; its parameter is all of them as JSON.
            $vis const UPDATE: &'static str =
                updated!($table by $id: $($listed)* $($apart)*);
        }

        /// The columns that lists read.
        macro_rules! $list {
            () => { listed!($($listed)*) };
        }
    };
}

mod cell;
#[macro_use]
mod notes;
#[macro_use]
mod spans;
#[macro_use]
mod traces;

pub(crate) use cell::{Bytea, Cell, Jsonb};
pub(crate) use notes::{ErrorRow, EventRow, HandoffRow};
pub(crate) use spans::{LlmCallRow, SpanRow, SpanTextRow, ToolCallRow};
pub(crate) use traces::{ReportRow, TraceRow};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_columns_gives_its_statements() {
        assert_eq!(
            ToolCallRow::COPY,
            "COPY tool_calls (day, trace_id, span_id, idx, tool_name, call_id, duration_ns, error, \
             arguments, result) FROM STDIN (FORMAT binary)"
        );
        assert_eq!(ToolCallRow::COLUMNS, 10);
        assert_eq!(
            tool_call_columns!(),
            "day, trace_id, span_id, idx, tool_name, call_id, duration_ns, error"
        );
        let update = ReportRow::UPDATE;
        assert!(
            update.starts_with("UPDATE traces t SET name = n.name, "),
            "{update}"
        );
        assert!(
            update.ends_with("n WHERE t.trace_id = n.trace_id"),
            "{update}"
        );
        assert!(!update.contains("trace_id = n.trace_id,"), "{update}");
    }
}
