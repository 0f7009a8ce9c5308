//! How spans, handoffs and tasks name an agent.

use std::sync::Arc;

/// An agent as spans and handoffs name it: by its name, and by its id when it is registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentRef {
    pub(crate) id: Option<Arc<str>>,
    pub(crate) name: Arc<str>,
}

impl From<&str> for AgentRef {
    fn from(name: &str) -> Self {
        Self {
            id: None,
            name: name.into(),
        }
    }
}

impl From<String> for AgentRef {
    fn from(name: String) -> Self {
        name.as_str().into()
    }
}
