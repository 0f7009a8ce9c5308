//! Schemas of the types that are written as text, as numbers, or as whatever they hold.

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, SchemaType, Type};

use crate::{NanoUsd, RawJson, Rfc3339, SpanId, TraceId};

/// Gives a type a schema of its own.
macro_rules! plain_schema {
    ($name:ident, $schema:expr) => {
        impl utoipa::PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                Schema::from($schema.build()).into()
            }
        }

        impl utoipa::ToSchema for $name {}
    };
}

plain_schema!(
    TraceId,
    text("The id of a trace: 32 lowercase hex digits").pattern(Some("^[0-9a-f]{32}$"))
);
plain_schema!(
    SpanId,
    text("The id of a span: 16 lowercase hex digits, or 24 or 32")
        .pattern(Some("^([0-9a-f]{16}|[0-9a-f]{24}|[0-9a-f]{32})$"))
);
plain_schema!(
    Rfc3339,
    text("An instant in UTC (RFC 3339)")
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
);
plain_schema!(
    NanoUsd,
    ObjectBuilder::new()
        .schema_type(Type::Number)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Double)))
        .description(Some("An amount in US dollars"))
);

plain_schema!(
    RawJson,
    ObjectBuilder::new()
        .schema_type(SchemaType::Array(vec![
            Type::Object,
            Type::Array,
            Type::String,
            Type::Number,
            Type::Boolean,
        ]))
        .description(Some("Any JSON value, as it came"))
);

fn text(description: &str) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(description))
}
