//! Where telemetry comes from: resource and scope, each prepared once for all that came from it.

use opentelemetry_proto::tonic::common::v1::{InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::resource;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use telemetron_model::RawJson;
use telemetron_model::record::Resource;

use crate::plain::Plain;
use crate::{Attributes, bounds};

/// A resource.
pub(crate) struct Origin<'a> {
    /// Its attributes.
    pub(crate) attributes: Attributes<'a>,
    /// What a record says of it; none when nothing is known.
    pub(crate) resource: Option<Resource>,
    /// Its attributes as JSON; none when it has none.
    pub(crate) json: Option<RawJson>,
    /// The project that its services form, when a span names none.
    pub(crate) project: Option<String>,
}

impl<'a> Origin<'a> {
    /// Prepares a resource.
    pub(crate) fn of(resource: Option<&'a resource::v1::Resource>) -> Self {
        let attributes: &[KeyValue] = resource.map_or(&[], |resource| &resource.attributes);
        let attributes = Attributes::new(attributes);
        let text = |name| bounds::id(attributes.text(name).map(str::to_owned));
        let resource = Resource {
            service: text("service.name"),
            host: text("host.name"),
            pod: text("k8s.pod.name"),
            deployment: text("k8s.deployment.name"),
        };
        let project = text("service.namespace");
        let is_empty = attributes.iter().next().is_none();
        let json = RawJson::of(&Plain::of(&attributes)).filter(|_| !is_empty);
        Self {
            resource: (resource != Resource::default()).then_some(resource),
            json,
            project,
            attributes,
        }
    }
}

/// A scope as JSON; none when nothing is known of it.
pub(crate) fn scope_json(
    scope: Option<&InstrumentationScope>,
    schema_url: &str,
    resource_schema_url: &str,
) -> Option<RawJson> {
    let none = InstrumentationScope::default();
    let scope = scope.unwrap_or(&none);
    let json = RawJson::of(&ScopeJson {
        scope,
        schema_url,
        resource_schema_url,
    });
    json.filter(|json| !json.is_empty())
}

struct ScopeJson<'a> {
    scope: &'a InstrumentationScope,
    schema_url: &'a str,
    resource_schema_url: &'a str,
}

impl Serialize for ScopeJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let texts = [
            ("name", self.scope.name.as_str()),
            ("version", &self.scope.version),
            ("schema_url", self.schema_url),
            ("resource_schema_url", self.resource_schema_url),
        ];
        let mut map = serializer.serialize_map(None)?;
        for (name, text) in texts.iter().filter(|(_, text)| !text.is_empty()) {
            map.serialize_entry(name, text)?;
        }
        let attributes = Attributes::new(&self.scope.attributes);
        if attributes.iter().next().is_some() {
            map.serialize_entry("attributes", &Plain::of(&attributes))?;
        }
        map.end()
    }
}
