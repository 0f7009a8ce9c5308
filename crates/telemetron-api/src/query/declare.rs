//! The parameters of an endpoint, declared once.

use utoipa::openapi::Required;
use utoipa::openapi::path::{Parameter as Described, ParameterBuilder, ParameterIn};

use super::Parameter;

/// Declares the parameters of an endpoint: the struct that they are read into, its reader, and
/// what OpenAPI says of them.
///
/// Each line has what the description says, the name, the type that is read and how it is read
/// (`kinds.rs`). What holds between several parameters is for the endpoint to check.
macro_rules! params {
    (
        $(#[$meta:meta])*
        $vis:vis struct $name:ident {
            $($(#[doc = $doc:literal])* $field:ident: $type:ty = $parameter:expr,)+
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug)]
        $vis struct $name {
            $($(#[doc = $doc])* pub(crate) $field: $type,)+
        }

        impl $name {
            $(fn $field() -> impl $crate::query::Parameter<Value = $type> { $parameter })+
        }

        impl $crate::query::FromQuery for $name {
            fn from_query(
                query: &mut $crate::query::Parameters,
            ) -> Result<Self, $crate::error::ApiError> {
                Ok(Self { $($field: query.read(stringify!($field), &Self::$field())?,)+ })
            }
        }

        impl utoipa::IntoParams for $name {
            fn into_params(
                _: impl Fn() -> Option<utoipa::openapi::path::ParameterIn>,
            ) -> Vec<utoipa::openapi::path::Parameter> {
                vec![$($crate::query::described(
                    stringify!($field),
                    concat!($($doc, "\n"),*),
                    &Self::$field(),
                ),)+]
            }
        }
    };
}

pub(crate) use params;

/// What OpenAPI says of a parameter.
pub(crate) fn described<P: Parameter>(name: &str, doc: &str, parameter: &P) -> Described {
    let lines: Vec<_> = doc.trim().lines().map(str::trim).collect();
    let about = match lines.is_empty() {
        true => parameter.usual_about().to_owned(),
        false => lines.join("\n"),
    };
    let required = match P::IS_REQUIRED {
        true => Required::True,
        false => Required::False,
    };
    let described = ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Query)
        .required(required)
        .description(Some(about));
    parameter.describe(described).build()
}
