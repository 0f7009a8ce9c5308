//! What was spent on each model, as the database of the proxy knows.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use tokio::time::Instant;

use super::super::http::Http;

/// How often the sums are asked for: the proxy adds them up each time.
const EVERY: Duration = Duration::from_secs(60);

/// How long a proxy that has no database is left in peace.
const LATER: Duration = Duration::from_secs(600);

/// Dollars by model, and when they are asked for again.
#[derive(Debug, Default)]
pub(super) struct Spend {
    known: BTreeMap<String, f64>,
    due: Option<Instant>,
}

#[derive(Debug, Deserialize)]
struct Spent {
    #[serde(default)]
    model: String,
    #[serde(default)]
    total_spend: f64,
}

impl Spend {
    /// Dollars by model; none while the proxy does not tell.
    pub(super) async fn ask(&mut self, http: &Http) -> BTreeMap<String, f64> {
        let now = Instant::now();
        if self.due.is_some_and(|due| now < due) {
            return self.known.clone();
        }
        // Set before the answer comes: a question that hangs is not put again each time.
        (self.known, self.due) = (BTreeMap::new(), Some(now + LATER));
        let path = "/global/spend/models?limit=1000";
        if let Ok(all) = http.json::<Vec<Spent>>(path).await {
            self.known = all
                .into_iter()
                .map(|one| (one.model, one.total_spend))
                .collect();
            self.due = Some(now + EVERY);
        }
        self.known.clone()
    }
}
