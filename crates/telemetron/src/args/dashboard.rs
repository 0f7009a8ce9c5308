//! Where the dashboard is when nobody says: beside the binary.

use std::path::{Path, PathBuf};

/// Where a built dashboard may lie, seen from a folder above the binary: installed, and as built
/// in the repository.
const PLACES: [&str; 2] = ["share/telemetron/dashboard", "dashboard/dist"];

/// How many folders above the binary are looked at: the repository is above `target/debug`.
const LEVELS: usize = 4;

/// The built dashboard beside this binary, when there is one.
pub(crate) fn beside_the_binary() -> Option<PathBuf> {
    let binary = std::env::current_exe().ok()?;
    let found = beside(&binary.canonicalize().ok()?);
    if found.is_none() {
        tracing::debug!(
            "no dashboard: it is not built; `npm ci && npm run build` in the folder dashboard does"
        );
    }
    found
}

fn beside(binary: &Path) -> Option<PathBuf> {
    let folders = binary.ancestors().skip(1).take(LEVELS);
    let mut places = folders.flat_map(|folder| PLACES.map(|place| folder.join(place)));
    places.find(|place| place.join("index.html").is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn make(root: &Path, place: &str) -> PathBuf {
        let place = root.join(place);
        std::fs::create_dir_all(&place).unwrap();
        std::fs::write(place.join("index.html"), "").unwrap();
        place
    }

    #[test]
    fn a_dashboard_is_found_where_it_was_installed_or_built() {
        let root = tempfile::tempdir().unwrap();
        let binary = root.path().join("target/debug/telemetron");
        assert_eq!(beside(&binary), None);
        let built = make(root.path(), "dashboard/dist");
        assert_eq!(beside(&binary), Some(built));
        let installed = make(root.path(), "usr/share/telemetron/dashboard");
        let binary = root.path().join("usr/bin/telemetron");
        assert_eq!(beside(&binary), Some(installed));
    }
}
