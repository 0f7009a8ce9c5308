//! Lists that came as one attribute per leaf, rebuilt.
//!
//! `llm.input_messages.0.message.role` and its like are how values that nest fit into attributes.
//! Indexes order the items; gaps close. Wrappers that say only what kind of thing follows
//! (`message`, `tool_call`) are peeled off, so that a message has the shape every dialect shares:
//! `{role, content, tool_calls: [{id, function}]}`.

use std::collections::BTreeMap;

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use serde_json::{Map, Value as Json};
use telemetron_model::RawJson;

use super::payload;
use crate::SpanSource;

/// Deepest path that is rebuilt.
const MAX_SEGMENTS: usize = 24;

/// Names of wrappers around one thing.
const WRAPPERS: &[&str] = &["message", "message_content", "tool_call", "document"];

/// The list below the first prefix that has one.
pub(super) fn first(source: &SpanSource<'_>, prefixes: &[&str]) -> Option<RawJson> {
    prefixes.iter().find_map(|prefix| list(source, prefix))
}

/// The list below a prefix (which ends in a dot); none when there is none.
pub(super) fn list(source: &SpanSource<'_>, prefix: &str) -> Option<RawJson> {
    match rebuilt(source, prefix)? {
        list @ Json::Array(_) => RawJson::of(&list),
        _ => None,
    }
}

/// Whatever stands below a prefix (which ends in a dot), rebuilt.
pub(super) fn rebuilt(source: &SpanSource<'_>, prefix: &str) -> Option<Json> {
    let mut root = Node::default();
    for (path, value) in source.attributes.below(prefix) {
        root.insert(path, value);
    }
    (!root.below.is_empty()).then(|| root.into_json())
}

/// A place in the tree: a leaf, or what is below it.
#[derive(Default)]
struct Node<'a> {
    leaf: Option<&'a Value>,
    below: BTreeMap<Segment<'a>, Node<'a>>,
}

/// Indexes sort as numbers, before names.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Segment<'a> {
    Index(u32),
    Name(&'a str),
}

impl<'a> Node<'a> {
    fn insert(&mut self, path: &'a str, value: &'a Value) {
        let mut node = self;
        for segment in path.splitn(MAX_SEGMENTS, '.') {
            let segment = segment
                .parse()
                .map_or(Segment::Name(segment), Segment::Index);
            node = node.below.entry(segment).or_default();
        }
        node.leaf = Some(value);
    }

    fn into_json(self) -> Json {
        if let Some(leaf) = self.leaf {
            return payload::plain(leaf).unwrap_or_default();
        }
        let is_list = matches!(self.below.first_key_value(), Some((Segment::Index(_), _)));
        if is_list {
            let items = self
                .below
                .into_iter()
                .filter(|(at, _)| matches!(at, Segment::Index(_)));
            return Json::Array(items.map(|(_, node)| peeled(node.into_json())).collect());
        }
        let named = self.below.into_iter().filter_map(|(at, node)| match at {
            Segment::Name(name) => Some((name.to_owned(), node.into_json())),
            Segment::Index(_) => None,
        });
        Json::Object(named.collect::<Map<_, _>>())
    }
}

/// An item without its wrapper.
fn peeled(item: Json) -> Json {
    match item {
        Json::Object(mut map) if map.len() == 1 => {
            let wrapper = WRAPPERS.iter().find(|name| map.contains_key(**name));
            let inner = wrapper.and_then(|name| map.remove(*name));
            inner.unwrap_or(Json::Object(map))
        }
        other => other,
    }
}
