//! Whose an error of Postgres is, and what somebody has to do about it.

/// Whose an error is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// The record's: it can never be stored, and goes to the dead letters.
    Record,
    /// The environment's: whoever waits succeeds once it has passed or was put right.
    Environment,
    /// Ours: this version cannot read what is stored. Waiting for another version loses nothing.
    Ours,
}

/// Whether a SQLSTATE speaks of the data of a row. A state that nobody thought of does not: then
/// records wait, and none is rejected for what it did not do.
///
/// 22 is data that its type refuses, 23 a constraint. Of 54, a row that is too large for its page or
/// index, and a value that is nested too deeply.
pub(super) fn is_of_the_data(state: &str) -> bool {
    matches!(state, "54000" | "54001") || ["22", "23"].iter().any(|class| state.starts_with(class))
}

/// What somebody has to do so that the database can be used again; empty when it passes by itself.
pub(super) fn advice(error: &sqlx::Error) -> &'static str {
    let refusal = error.as_database_error();
    let state = refusal.and_then(sqlx::error::DatabaseError::code);
    state.map_or("", |state| advice_on(&state))
}

fn advice_on(state: &str) -> &'static str {
    match state {
        "42501" => {
            "; grant the role of DATABASE_URL what is missing, or connect as the owner of the tables"
        }
        "42P01" | "42703" | "42704" | "42883" | "3F000" => {
            "; the schema is not that of this version: run `telemetron migrate`"
        }
        "3D000" => "; create the database, then run `telemetron migrate`",
        "25006" => {
            "; the database takes no writes: name the primary in DATABASE_URL, or turn \
             `default_transaction_read_only` off"
        }
        state if state.starts_with("28") => {
            "; correct the user and the password in DATABASE_URL, or the rules in pg_hba.conf"
        }
        "53100" => "; the disk of Postgres is full: make room there",
        "53200" => "; Postgres has no memory left",
        "53300" => {
            "; raise `max_connections` of Postgres, or lower DATABASE_MAX_CONNECTIONS of the roles"
        }
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_data_is_the_records_and_what_nobody_thought_of_waits() {
        for state in [
            "22001", "22003", "22021", "22P02", "22P05", "23502", "23514", "54000", "54001",
        ] {
            assert!(is_of_the_data(state), "{state}");
        }
        for state in [
            "", "08006", "0A000", "21000", "25006", "28P01", "34000", "40001", "42501", "42703",
            "42P01", "53100", "53300", "54011", "54023", "55006", "57014", "58030", "72000",
            "F0000", "P0001", "XX000", "XX001", "ZZ999",
        ] {
            assert!(!is_of_the_data(state), "{state}");
        }
    }

    #[test]
    fn where_somebody_must_act_the_text_says_what_to_do() {
        for (state, word) in [
            ("42501", "grant"),
            ("42P01", "telemetron migrate"),
            ("42703", "telemetron migrate"),
            ("25006", "primary"),
            ("28P01", "password"),
            ("28000", "password"),
            ("53100", "disk"),
            ("53300", "max_connections"),
        ] {
            assert!(advice_on(state).contains(word), "{state}");
        }
        assert_eq!(advice_on("40P01"), "");
    }
}
