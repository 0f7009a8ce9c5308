//! The name of a span, as a person would say it.
//!
//! Logfire names spans by the template of their message (`Agent run: {name!r}`), with the values
//! beside it among the attributes: they are filled in. The template stays an attribute.

use std::borrow::Cow;

use opentelemetry_proto::tonic::common::v1::any_value::Value;

use crate::SpanSource;

/// The name, its template filled in; where a value is missing, the message as it was said.
pub(super) fn of<'a>(source: &SpanSource<'a>) -> Cow<'a, str> {
    let name = source.span.name.as_str();
    let is_template =
        name.contains('{') && source.attributes.text("logfire.msg_template") == Some(name);
    if !is_template {
        return name.into();
    }
    // what stands before it says only what kind of span it is
    let name = name.strip_prefix("OpenAI Agents trace: ").unwrap_or(name);
    filled(source, name)
        .map(Cow::Owned)
        .or_else(|| source.attributes.text("logfire.msg").map(Cow::Borrowed))
        .unwrap_or(Cow::Borrowed(name))
}

fn filled(source: &SpanSource<'_>, template: &str) -> Option<String> {
    let mut text = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (field, after) = after.split_once('}')?;
        text.push_str(before);
        text.push_str(&value(source, field)?);
        rest = after;
    }
    text.push_str(rest);
    Some(text)
}

/// The value of a field: `name`, `name!r`, `name:.2f`, `name=`.
fn value(source: &SpanSource<'_>, field: &str) -> Option<String> {
    let name = field.split(['!', ':', '=']).next()?;
    let value = match source.attributes.get(name)? {
        Value::StringValue(text) => text.clone(),
        Value::IntValue(number) => number.to_string(),
        Value::DoubleValue(number) => number.to_string(),
        Value::BoolValue(truth) => truth.to_string(),
        _ => return None,
    };
    Some(if field.ends_with('=') {
        format!("{name}={value}")
    } else {
        value
    })
}
