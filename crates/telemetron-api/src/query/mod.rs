//! Query parameters, declared once for reader and description: each wrong one is named, unknown
//! ones are refused.

mod declare;
mod kinds;
mod parameter;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use telemetron_model::Timestamp;

use crate::error::ApiError;

pub(crate) use declare::{described, params};
pub(crate) use kinds::{Amount, Flag, Instant, List, cursor, number, one_of, out_of, text, word};
pub(crate) use parameter::{Kind, Parameter, Shown};

/// The query of a request, as a type that knows how to read it.
#[derive(Debug)]
pub(crate) struct Query<T>(pub(crate) T);

/// A type that can be read from a query.
pub(crate) trait FromQuery: Sized {
    /// Asks the query for each parameter.
    fn from_query(query: &mut Parameters) -> Result<Self, ApiError>;
}

impl<S: Sync, T: FromQuery> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, ApiError> {
        let mut query = Parameters::parse(parts.uri.query().unwrap_or_default())?;
        let value = T::from_query(&mut query)?;
        query.finish()?;
        Ok(Self(value))
    }
}

/// No parameters at all.
#[derive(Debug)]
pub(crate) struct NoQuery;

impl FromQuery for NoQuery {
    fn from_query(_query: &mut Parameters) -> Result<Self, ApiError> {
        Ok(Self)
    }
}

/// What several endpoints ask alike, and what one of them asks beside it.
impl<A: FromQuery, B: FromQuery> FromQuery for (A, B) {
    fn from_query(query: &mut Parameters) -> Result<Self, ApiError> {
        Ok((A::from_query(query)?, B::from_query(query)?))
    }
}

/// The parameters of a query that have not been asked for yet, and the names that have.
#[derive(Debug, Default)]
pub(crate) struct Parameters {
    left: Vec<(String, String)>,
    asked: Vec<&'static str>,
}

impl Parameters {
    /// Splits a query; a parameter stands in it at most once.
    pub(crate) fn parse(query: &str) -> Result<Self, ApiError> {
        let mut left: Vec<(String, String)> = Vec::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            if left.iter().any(|(known, _)| *known == name) {
                let detail = format!("`{name}` is given twice; give it once");
                return Err(ApiError::field(name, detail));
            }
            if value.is_empty() {
                let detail = format!("`{name}` is empty; give it a value or leave it out");
                return Err(ApiError::field(name, detail));
            }
            if value.contains('\0') {
                let detail = format!("`{name}` holds a NUL character, which nothing here does");
                return Err(ApiError::field(name, detail));
            }
            left.push((name.into_owned(), value.into_owned()));
        }
        Ok(Self {
            left,
            asked: Vec::new(),
        })
    }

    /// Reads a parameter.
    pub(crate) fn read<P: Parameter>(
        &mut self,
        name: &'static str,
        parameter: &P,
    ) -> Result<P::Value, ApiError> {
        self.asked.push(name);
        let place = self.left.iter().position(|(known, _)| known == name);
        let text = place.map(|place| self.left.swap_remove(place).1);
        let wrong = |reason| ApiError::field(name, format!("`{name}`: {reason}"));
        parameter.read(text.as_deref()).map_err(wrong)
    }

    /// Refuses what nobody asked for, with the nearest name that somebody did.
    pub(crate) fn finish(self) -> Result<(), ApiError> {
        let Some((name, _)) = self.left.first() else {
            return Ok(());
        };
        let nearest = self
            .asked
            .iter()
            .map(|asked| (strsim::damerau_levenshtein(asked, name), asked))
            .filter(|(distance, asked)| *distance <= asked.len().max(name.len()) / 2)
            .min();
        let hint = match nearest {
            Some((_, nearest)) => format!("did you mean `{nearest}`?"),
            None if self.asked.is_empty() => "there are none here".to_owned(),
            None => format!("there are: {}", self.asked.join(", ")),
        };
        let detail = format!("`{name}` is not a parameter here; {hint}");
        Err(ApiError::field(name, detail))
    }
}

/// Checks that the first of two instants does not lie after the second.
pub(crate) fn in_order(
    (from, begin): (&'static str, Option<Timestamp>),
    (to, end): (&'static str, Option<Timestamp>),
) -> Result<(), ApiError> {
    if begin.zip(end).is_some_and(|(begin, end)| begin > end) {
        let detail = format!("`{from}` must not lie after `{to}`");
        return Err(ApiError::field(from, detail));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
