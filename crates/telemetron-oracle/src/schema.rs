//! The published schema of the state, and whether something fits it.

use std::sync::OnceLock;

use jsonschema::Validator;
use serde_json::Value;

use crate::Error;

/// The published schema, as JSON.
pub const TEXT: &str = include_str!("../schema/oracle.schema.json");

/// Most complaints that are told.
const MOST: usize = 50;

static VALIDATOR: OnceLock<Result<Validator, String>> = OnceLock::new();

/// One thing that does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// Where, as a JSON pointer.
    pub path: String,
    /// What is wrong there.
    pub message: String,
}

/// Says what of a document does not fit the published schema; nothing when it fits.
///
/// # Errors
/// When the schema itself cannot be read.
pub fn complaints(document: &Value) -> Result<Vec<Complaint>, Error> {
    let validator = VALIDATOR.get_or_init(|| {
        let schema: Value = serde_json::from_str(TEXT).map_err(|error| error.to_string())?;
        let options = jsonschema::options().should_validate_formats(true);
        options.build(&schema).map_err(|error| error.to_string())
    });
    let validator = validator
        .as_ref()
        .map_err(|error| Error::Schema(error.clone()))?;
    let complaints = validator.iter_errors(document).take(MOST);
    let told = complaints.map(|error| Complaint {
        path: error.instance_path().to_string(),
        message: error.to_string(),
    });
    Ok(told.collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_does_not_fit_is_told_with_its_place() {
        let good = json!({"id": "x", "agents": [], "workload": [], "queues": [], "litellm": []});
        assert_eq!(complaints(&good).unwrap(), []);
        let mut bad = good.clone();
        bad["queues"] = json!([{"name": "q", "tasks": [], "updated_at": "noon"}]);
        bad["extra"] = json!(null);
        let told = complaints(&bad).unwrap();
        let places: Vec<_> = told
            .iter()
            .map(|complaint| complaint.path.as_str())
            .collect();
        assert!(places.contains(&"/queues/0/updated_at"), "{told:?}");
        assert!(places.contains(&""), "{told:?}");
    }
}
