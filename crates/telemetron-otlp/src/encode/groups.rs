//! Items together by resource and scope, in the order in which these first come.

use std::collections::HashMap;

use opentelemetry_proto::tonic::common::v1::InstrumentationScope;
use opentelemetry_proto::tonic::resource::v1::Resource;
use telemetron_model::Entries;

use super::plain;

/// A resource or a scope, as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Origin(pub(super) String);

impl Origin {
    /// The origin that this JSON tells of; without any, one of which nothing is known.
    pub(super) fn of(json: Option<&str>) -> Self {
        Self(json.unwrap_or("{}").to_owned())
    }

    /// The resource of these attributes.
    pub(super) fn resource(&self) -> Resource {
        Resource {
            attributes: plain::attributes(&Entries::of(&self.0)),
            ..Resource::default()
        }
    }

    /// The scope.
    pub(super) fn scope(&self) -> InstrumentationScope {
        let entries = Entries::of(&self.0);
        let attributes = entries.get("attributes").unwrap_or("{}");
        InstrumentationScope {
            name: self.text("name"),
            version: self.text("version"),
            attributes: plain::attributes(&Entries::of(attributes)),
            ..InstrumentationScope::default()
        }
    }

    /// The schema of what the scope made.
    pub(super) fn schema_url(&self) -> String {
        self.text("schema_url")
    }

    /// The schema of the resource.
    pub(super) fn resource_schema_url(&self) -> String {
        self.text("resource_schema_url")
    }

    fn text(&self, name: &str) -> String {
        let entries = Entries::of(&self.0);
        let text = entries
            .get(name)
            .and_then(|json| serde_json::from_str(json).ok());
        text.unwrap_or_default()
    }
}

/// What came from one resource.
pub(super) struct OfResource<T> {
    pub(super) resource: Origin,
    pub(super) schema_url: String,
    pub(super) scopes: Vec<OfScope<T>>,
}

/// What one scope made.
pub(super) struct OfScope<T> {
    pub(super) scope: Origin,
    pub(super) items: Vec<T>,
}

/// Items being sorted.
pub(super) struct Groups<T> {
    pub(super) resources: Vec<OfResource<T>>,
    /// Where the items of a resource of some schema stand.
    by_resource: HashMap<(Origin, String), usize>,
    /// Where, in its resource, the items of a scope stand.
    by_scope: HashMap<(usize, Origin), usize>,
}

impl<T> Default for Groups<T> {
    fn default() -> Self {
        Self {
            resources: Vec::new(),
            by_resource: HashMap::new(),
            by_scope: HashMap::new(),
        }
    }
}

impl<T> Groups<T> {
    /// The items of a resource and a scope, to which one may be added.
    pub(super) fn of(&mut self, resource: Origin, scope: Origin) -> &mut Vec<T> {
        let at = self.resource(resource, scope.resource_schema_url());
        let scopes = &mut self.resources[at].scopes;
        let place = self.by_scope.entry((at, scope)).or_insert_with_key(|key| {
            scopes.push(OfScope {
                scope: key.1.clone(),
                items: Vec::new(),
            });
            scopes.len() - 1
        });
        &mut scopes[*place].items
    }

    fn resource(&mut self, resource: Origin, schema_url: String) -> usize {
        let place = self.by_resource.entry((resource, schema_url));
        *place.or_insert_with_key(|(resource, schema_url)| {
            self.resources.push(OfResource {
                resource: resource.clone(),
                schema_url: schema_url.clone(),
                scopes: Vec::new(),
            });
            self.resources.len() - 1
        })
    }
}
