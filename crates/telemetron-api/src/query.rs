//! Query parameters, read one by one: each wrong one is named, unknown ones are refused.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::Serialize;
use serde::de::DeserializeOwned;
use telemetron_model::Timestamp;

use crate::cursor;
use crate::error::ApiError;

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

    /// A parameter as it is.
    pub(crate) fn text(&mut self, name: &'static str) -> Option<String> {
        self.asked.push(name);
        let place = self.left.iter().position(|(known, _)| known == name)?;
        Some(self.left.swap_remove(place).1)
    }

    /// A parameter of a type that says itself what is wrong.
    pub(crate) fn value<T>(&mut self, name: &'static str) -> Result<Option<T>, ApiError>
    where
        T: FromStr<Err: Display>,
    {
        self.parsed(name, |text| {
            text.parse().map_err(|error: T::Err| error.to_string())
        })
    }

    /// A whole number within bounds.
    pub(crate) fn number(
        &mut self,
        name: &'static str,
        bounds: RangeInclusive<i64>,
    ) -> Result<Option<i64>, ApiError> {
        self.parsed(name, |text| {
            let number = text.parse().ok().filter(|number| bounds.contains(number));
            number.ok_or_else(|| {
                let (low, high) = (bounds.start(), bounds.end());
                format!("`{text}` is not a whole number from {low} to {high}")
            })
        })
    }

    /// An amount that is not negative.
    pub(crate) fn amount(&mut self, name: &'static str) -> Result<Option<f64>, ApiError> {
        self.parsed(name, |text| {
            let amount = text
                .parse()
                .ok()
                .filter(|amount: &f64| *amount >= 0.0 && *amount < 1e15);
            amount.ok_or_else(|| format!("`{text}` is not a number from 0 on"))
        })
    }

    /// An instant. The `+` of its offset may have come as the blank that it means in a URL.
    pub(crate) fn instant(&mut self, name: &'static str) -> Result<Option<Timestamp>, ApiError> {
        self.parsed(name, |text| match text.rsplit_once(' ') {
            Some((time, offset)) if time.contains('T') => {
                Timestamp::parse_rfc3339(&format!("{time}+{offset}"))
            }
            _ => Timestamp::parse_rfc3339(text),
        })
    }

    /// Two instants, the second not before the first.
    pub(crate) fn range(
        &mut self,
        from: &'static str,
        to: &'static str,
    ) -> Result<(Option<Timestamp>, Option<Timestamp>), ApiError> {
        let (begin, end) = (self.instant(from)?, self.instant(to)?);
        if begin.zip(end).is_some_and(|(begin, end)| begin > end) {
            let detail = format!("`{from}` must not lie after `{to}`");
            return Err(ApiError::field(from, detail));
        }
        Ok((begin, end))
    }

    /// `true` or `false`; false when absent.
    pub(crate) fn flag(&mut self, name: &'static str) -> Result<bool, ApiError> {
        Ok(self.optional_flag(name)?.unwrap_or(false))
    }

    /// `true` or `false`, or nothing.
    pub(crate) fn optional_flag(&mut self, name: &'static str) -> Result<Option<bool>, ApiError> {
        self.parsed(name, |text| match text {
            "true" | "1" => Ok(true),
            "false" | "0" => Ok(false),
            other => Err(format!("`{other}` is neither `true` nor `false`")),
        })
    }

    /// Values separated by commas.
    pub(crate) fn list<T>(&mut self, name: &'static str) -> Result<Vec<T>, ApiError>
    where
        T: FromStr<Err: Display>,
    {
        let all = self.parsed(name, |text| {
            let parts = text
                .split(',')
                .map(str::trim)
                .filter(|part| !part.is_empty());
            parts
                .map(|part| part.parse().map_err(|error: T::Err| error.to_string()))
                .collect()
        })?;
        Ok(all.unwrap_or_default())
    }

    fn parsed<T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<Option<T>, ApiError> {
        let Some(text) = self.text(name) else {
            return Ok(None);
        };
        let wrong = |reason| ApiError::field(name, format!("`{name}`: {reason}"));
        parse(&text).map(Some).map_err(wrong)
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

/// Which page of a list is wanted.
#[derive(Debug)]
pub(crate) struct PageOf<K> {
    /// Most items.
    pub(crate) limit: usize,
    /// The key after which it goes on.
    pub(crate) after: Option<K>,
}

impl<K: Serialize + DeserializeOwned> PageOf<K> {
    /// Asks for `limit` and `cursor`; `list` names the list, so that cursors are not mixed up.
    pub(crate) fn from_query(
        query: &mut Parameters,
        list: &str,
        default: i64,
        most: i64,
    ) -> Result<Self, ApiError> {
        let limit = query.number("limit", 1..=most)?.unwrap_or(default);
        let after = query.parsed("cursor", |text| cursor::decode(list, text))?;
        Ok(Self {
            limit: usize::try_from(limit).unwrap_or_default(),
            after,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detail(error: ApiError) -> String {
        error.to_string()
    }

    #[test]
    fn an_unknown_parameter_is_refused_with_the_nearest_name() {
        let mut query = Parameters::parse("agnet=coder").unwrap();
        assert_eq!(query.text("agent"), None);
        assert_eq!(query.text("limit"), None);
        let error = detail(query.finish().unwrap_err());
        assert_eq!(
            error,
            "`agnet` is not a parameter here; did you mean `agent`?"
        );

        let mut query = Parameters::parse("zzz=1").unwrap();
        assert_eq!(query.text("agent"), None);
        let error = detail(query.finish().unwrap_err());
        assert_eq!(error, "`zzz` is not a parameter here; there are: agent");
    }

    #[test]
    fn wrong_values_say_what_would_be_right() {
        let mut query = Parameters::parse("limit=5000&at=noon&deep=maybe").unwrap();
        let error = detail(query.number("limit", 1..=1000).unwrap_err());
        assert_eq!(
            error,
            "`limit`: `5000` is not a whole number from 1 to 1000"
        );
        let error = detail(query.instant("at").unwrap_err());
        assert!(error.contains("RFC 3339"), "{error}");
        let error = detail(query.flag("deep").unwrap_err());
        assert_eq!(error, "`deep`: `maybe` is neither `true` nor `false`");
    }

    #[test]
    fn an_offset_may_have_lost_its_plus_and_a_range_has_an_order() {
        let query =
            "at=2026-01-31T12:00:00+02:00&from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z";
        let mut query = Parameters::parse(query).unwrap();
        let expected = Timestamp::parse_rfc3339("2026-01-31T10:00:00Z").unwrap();
        assert_eq!(query.instant("at").unwrap(), Some(expected));
        let error = detail(query.range("from", "to").unwrap_err());
        assert_eq!(error, "`from` must not lie after `to`");
    }

    #[test]
    fn a_nul_character_is_refused() {
        let error = detail(Parameters::parse("agent=a%00b").unwrap_err());
        assert!(
            error.starts_with("`agent` holds a NUL character"),
            "{error}"
        );
    }

    #[test]
    fn a_parameter_stands_once_and_has_a_value() {
        let twice = detail(Parameters::parse("a=1&a=2").unwrap_err());
        assert_eq!(twice, "`a` is given twice; give it once");
        let empty = detail(Parameters::parse("a=").unwrap_err());
        assert_eq!(empty, "`a` is empty; give it a value or leave it out");
    }
}
