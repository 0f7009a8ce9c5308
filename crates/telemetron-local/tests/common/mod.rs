//! What the tests of both services share.

use std::fs::{Permissions, set_permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use telemetron_local::ProcessId;
use tempfile::TempDir;

/// Long enough that a test never has to kill what it asked to stop.
pub(crate) const GRACE: Duration = Duration::from_secs(30);

/// A scratch directory with a short path, which Postgres can enter as another user.
pub(crate) fn scratch() -> TempDir {
    let dir = tempfile::Builder::new()
        .prefix("telemetron-")
        .tempdir_in("/tmp")
        .unwrap();
    set_permissions(dir.path(), Permissions::from_mode(0o711)).unwrap();
    dir
}

/// A process that has nothing to do with us, ended on drop.
pub(crate) struct Bystander(Child);

impl Bystander {
    pub(crate) fn start() -> Self {
        Self(
            Command::new("sleep")
                .arg("600")
                .stdin(Stdio::null())
                .spawn()
                .unwrap(),
        )
    }

    pub(crate) fn id(&self) -> ProcessId {
        ProcessId::of(self.0.id()).unwrap()
    }
}

impl Drop for Bystander {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// Notes `process` as if a service had been started as it.
pub(crate) fn note(dir: &std::path::Path, process: ProcessId) -> PathBuf {
    std::fs::create_dir_all(dir).unwrap();
    let path = dir.join("process");
    std::fs::write(&path, format!("{} {}\n", process.pid, process.started)).unwrap();
    path
}
