//! Values as Python prints them: `{'city': 'Rome', 'nights': 2, 'vip': True}`.
//!
//! Instrumentations write `str(value)` where they mean JSON. What is a literal of dictionaries,
//! lists, tuples, sets, texts, numbers, `True`, `False` and `None`, and nothing else, is read as the
//! JSON that was meant; an object that prints itself (`<Context at 0x7f>`) is none.

use serde_json::{Map, Number, Value as Json};

/// Deepest nesting that is read.
const MAX_DEPTH: usize = 64;

/// The value that a text prints; none when it is no literal, or not all of it.
pub(super) fn literal(text: &str) -> Option<Json> {
    let mut reader = Reader { rest: text.trim() };
    let value = reader.value(0)?;
    reader.rest.is_empty().then_some(value)
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn value(&mut self, depth: usize) -> Option<Json> {
        if depth > MAX_DEPTH {
            return None;
        }
        let value = match self.rest.bytes().next()? {
            b'{' => self.braces(depth)?,
            b'[' => Json::Array(self.list('[', ']', depth)?.0),
            b'(' => match self.list('(', ')', depth)? {
                (mut items, false) if items.len() == 1 => items.pop()?,
                (items, _) => Json::Array(items),
            },
            _ => self.scalar()?,
        };
        self.skip_blanks();
        Some(value)
    }

    fn scalar(&mut self) -> Option<Json> {
        const WORDS: &[(&str, Json)] = &[
            ("None", Json::Null),
            ("True", Json::Bool(true)),
            ("False", Json::Bool(false)),
        ];
        for (word, value) in WORDS {
            if let Some(rest) = self.rest.strip_prefix(word) {
                self.rest = rest;
                return Some(value.clone());
            }
        }
        if matches!(self.rest.bytes().next()?, b'\'' | b'"') {
            return self.text().map(Json::String);
        }
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
        let end = self.rest.find(|c| !is_part(c)).unwrap_or(self.rest.len());
        let (number, rest) = self.rest.split_at(end);
        self.rest = rest;
        number.parse::<Number>().ok().map(Json::Number)
    }

    /// A dictionary, or a set.
    fn braces(&mut self, depth: usize) -> Option<Json> {
        self.take('{')?;
        let mut map = Map::new();
        let mut items = Vec::new();
        while !self.ends('}') {
            let first = self.value(depth + 1)?;
            if self.take(':').is_some() {
                let key = match first {
                    Json::String(key) => key,
                    Json::Number(key) => key.to_string(),
                    _ => return None,
                };
                map.insert(key, self.value(depth + 1)?);
            } else {
                items.push(first);
            }
            self.separated('}')?;
        }
        match (map.is_empty(), items.is_empty()) {
            (_, true) => Some(Json::Object(map)),
            (true, false) => Some(Json::Array(items)),
            (false, false) => None,
        }
    }

    /// A list, and whether a comma stood in it: `(x)` is `x`, `(x,)` a tuple.
    fn list(&mut self, open: char, close: char, depth: usize) -> Option<(Vec<Json>, bool)> {
        self.take(open)?;
        let (mut items, mut commas) = (Vec::new(), false);
        while !self.ends(close) {
            items.push(self.value(depth + 1)?);
            commas |= self.separated(close)?;
        }
        Some((items, commas))
    }

    /// A text in its quotes.
    fn text(&mut self) -> Option<String> {
        let mut text = String::new();
        let mut characters = self.rest.char_indices();
        let (_, quote) = characters.next()?;
        while let Some((at, c)) = characters.next() {
            match c {
                c if c == quote => {
                    self.rest = &self.rest[at + quote.len_utf8()..];
                    return Some(text);
                }
                '\\' => match characters.next()?.1 {
                    'n' => text.push('\n'),
                    't' => text.push('\t'),
                    'r' => text.push('\r'),
                    kind @ ('x' | 'u' | 'U') => {
                        let digits = match kind {
                            'x' => 2,
                            'u' => 4,
                            _ => 8,
                        };
                        let code: String =
                            characters.by_ref().take(digits).map(|(_, c)| c).collect();
                        text.push(char::from_u32(u32::from_str_radix(&code, 16).ok()?)?);
                    }
                    other @ ('\\' | '\'' | '"') => text.push(other),
                    other => text.extend(['\\', other]),
                },
                other => text.push(other),
            }
        }
        None
    }

    /// Whether a comma stands here, where the end does not.
    fn separated(&mut self, close: char) -> Option<bool> {
        if self.take(',').is_some() {
            return Some(true);
        }
        self.rest.starts_with(close).then_some(false)
    }

    fn ends(&mut self, close: char) -> bool {
        self.skip_blanks();
        self.take(close).is_some()
    }

    fn take(&mut self, wanted: char) -> Option<()> {
        self.rest = self.rest.strip_prefix(wanted)?;
        self.skip_blanks();
        Some(())
    }

    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start();
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_python_prints_is_read_as_what_was_meant() {
        let cases = [
            (
                "{'city': 'Rome', 'nights': 2}",
                json!({"city": "Rome", "nights": 2}),
            ),
            (
                "{'a': None, 'b': [True, False], 'c': (1, 2.5)}",
                json!({"a": null, "b": [true, false], "c": [1, 2.5]}),
            ),
            ("{}", json!({})),
            ("[]", json!([])),
            ("{'x', 'y'}", json!(["x", "y"])),
            ("('only',)", json!(["only"])),
            ("('not a tuple')", json!("not a tuple")),
            (
                r#"{"it's": 'say "so"\n\xe9\u20ac'}"#,
                json!({"it's": "say \"so\"\né€"}),
            ),
            ("{1: -2e3}", json!({"1": -2000.0})),
            (" { 'a' : { 'b' : [ ] , } } ", json!({"a": {"b": []}})),
        ];
        for (text, expected) in cases {
            assert_eq!(literal(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_literal_is_none() {
        let cases = [
            "",
            "{'ctx': <Context object at 0x7fa7>}",
            "{'a': 1} and more",
            "{'a': 1",
            "{'a' 1}",
            "['open",
            "{'a': 1, 2}",
            "nan",
            "HumanMessage(content='x')",
        ];
        for text in cases {
            assert_eq!(literal(text), None, "{text}");
        }
        assert_eq!(literal(&("[".repeat(500) + &"]".repeat(500))), None);
    }
}
