//! Sets of recordings, which lie beside the project or nowhere.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A set, unpacked; `None`, with a line that says so, when it is not there.
pub(crate) fn unpacked(set: &str) -> Option<tempfile::TempDir> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/traces");
    let folder = std::env::var_os("TELEMETRON_TRACES").map_or(beside, PathBuf::from);
    let archive = folder.join(format!("{set}.tar.gz"));
    if !archive.exists() {
        println!(
            "skipped: {} is not there; TELEMETRON_TRACES may name its folder",
            archive.display()
        );
        return None;
    }
    let dir = tempfile::tempdir().unwrap();
    let mut tar = Command::new("tar");
    tar.arg("-xzf").arg(archive).arg("-C").arg(dir.path());
    assert!(tar.status().unwrap().success());
    Some(dir)
}
