//! What a parameter is: how it is read, and how it is described.

use serde_json::Value;
use utoipa::openapi::RefOr;
use utoipa::openapi::path::{ParameterBuilder, ParameterStyle};
use utoipa::openapi::schema::Schema;

/// A parameter of an endpoint.
pub(crate) trait Parameter: Sized {
    /// What it is read as.
    type Value;

    /// Whether there is no answer without it.
    const IS_REQUIRED: bool = false;

    /// Reads its text, none when the query lacks it.
    ///
    /// # Errors
    /// What to change.
    fn read(&self, text: Option<&str>) -> Result<Self::Value, String>;

    /// Adds what OpenAPI says of its values.
    fn describe(&self, described: ParameterBuilder) -> ParameterBuilder;

    /// What is said of it where its declaration says nothing.
    fn usual_about(&self) -> &'static str {
        ""
    }

    /// The same, with what is said of it wherever it is declared.
    fn about(self, about: &'static str) -> About<Self> {
        About(self, about)
    }
}

/// A kind of value. As a parameter it may be absent.
pub(crate) trait Kind: Sized {
    /// What it is read as.
    type Value;

    /// Whether it is several values, separated by commas.
    const IS_LIST: bool = false;

    /// Reads a text.
    ///
    /// # Errors
    /// What to change.
    fn parse(&self, text: &str) -> Result<Self::Value, String>;

    /// What OpenAPI says of its texts.
    fn schema(&self) -> RefOr<Schema>;

    /// The same for a parameter that must be there; `missing` says what to give.
    fn required(self, missing: &'static str) -> Needed<Self> {
        Needed(self, missing)
    }
}

/// A kind whose values can be shown, so that one of them can be the default.
pub(crate) trait Shown: Kind<Value: Clone> {
    /// A value as OpenAPI shows it.
    fn shown(&self, value: &Self::Value) -> Value;

    /// The same, with what is meant when the query lacks it.
    fn or(self, default: Self::Value) -> Or<Self> {
        Or(self, default)
    }
}

impl<K: Kind> Parameter for K {
    type Value = Option<K::Value>;

    fn read(&self, text: Option<&str>) -> Result<Self::Value, String> {
        text.map(|text| self.parse(text)).transpose()
    }

    fn describe(&self, described: ParameterBuilder) -> ParameterBuilder {
        let described = described.schema(Some(self.schema()));
        match K::IS_LIST {
            true => described
                .style(Some(ParameterStyle::Form))
                .explode(Some(false)),
            false => described,
        }
    }
}

/// A parameter with a default.
pub(crate) struct Or<K: Kind>(K, K::Value);

impl<K: Shown> Parameter for Or<K> {
    type Value = K::Value;

    fn read(&self, text: Option<&str>) -> Result<K::Value, String> {
        text.map_or_else(|| Ok(self.1.clone()), |text| self.0.parse(text))
    }

    fn describe(&self, described: ParameterBuilder) -> ParameterBuilder {
        let mut schema = self.0.schema();
        // What is described elsewhere under its name has no default of its own.
        if let RefOr::T(Schema::Object(object)) = &mut schema {
            object.default = Some(self.0.shown(&self.1));
        }
        described.schema(Some(schema))
    }
}

/// A parameter that must be there.
pub(crate) struct Needed<K>(K, &'static str);

impl<K: Kind> Parameter for Needed<K> {
    type Value = K::Value;
    const IS_REQUIRED: bool = true;

    fn read(&self, text: Option<&str>) -> Result<K::Value, String> {
        self.0.parse(text.ok_or(self.1)?)
    }

    fn describe(&self, described: ParameterBuilder) -> ParameterBuilder {
        self.0.describe(described)
    }
}

/// A parameter of which the same is said everywhere.
pub(crate) struct About<P>(P, &'static str);

impl<P: Parameter> Parameter for About<P> {
    type Value = P::Value;
    const IS_REQUIRED: bool = P::IS_REQUIRED;

    fn read(&self, text: Option<&str>) -> Result<P::Value, String> {
        self.0.read(text)
    }

    fn describe(&self, described: ParameterBuilder) -> ParameterBuilder {
        self.0.describe(described)
    }

    fn usual_about(&self) -> &'static str {
        self.1
    }
}
