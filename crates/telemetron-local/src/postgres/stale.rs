//! What a crashed server leaves behind: children that still run, and lock files.

use std::fs;
use std::path::Path;
use std::time::Duration;

use rustix::process::Signal;

use super::socket::Socket;
use crate::process::{ProcessId, running_in};
use crate::{Error, files};

/// How long the children of a killed server may take to notice; a busy one never does.
const NOTICE: Duration = Duration::from_secs(1);

/// How long they may take to end when told to.
const GRACE: Duration = Duration::from_secs(5);

/// Waits for the old children, which hold the shared memory a new server must not find in use, and
/// removes lock files that name a process id which another program has by now.
///
/// Lock files whose process has ended are left to Postgres, which checks more than we could.
pub(crate) async fn clear(data: &Path, socket: &Socket) -> Result<(), Error> {
    for child in running_in(data, "postgres") {
        if !child.ended_within(NOTICE).await {
            child.end(Signal::QUIT, GRACE).await;
        }
    }
    let lock = data.join("postmaster.pid");
    if belongs_to_a_stranger(&lock, data) {
        files::remove(&lock)?;
    }
    if belongs_to_a_stranger(&socket.lock_file(), data) {
        files::remove(&socket.lock_file())?;
    }
    Ok(())
}

/// Whether the process a lock file names runs, and is not a server of this cluster: a server's
/// working directory is its data directory.
fn belongs_to_a_stranger(lock: &Path, data: &Path) -> bool {
    let text = fs::read_to_string(lock).ok();
    let pid = text.and_then(|text| text.lines().next()?.trim().parse().ok());
    let Some(process) = pid.and_then(ProcessId::of) else {
        return false;
    };
    fs::read_link(format!("/proc/{}/cwd", process.pid)).is_ok_and(|cwd| cwd != data)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lock_naming(pid: u32) -> (tempfile::TempDir, std::path::PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let lock = dir.path().join("postmaster.pid");
        fs::write(&lock, format!("{pid}\n/data\n1700000000\n")).unwrap();
        (dir, lock)
    }

    #[test]
    fn a_lock_with_a_reused_process_id_belongs_to_a_stranger() {
        let (dir, lock) = lock_naming(std::process::id());
        assert!(belongs_to_a_stranger(&lock, dir.path()));
    }

    #[test]
    fn a_lock_of_a_process_in_the_cluster_is_respected() {
        let (_dir, lock) = lock_naming(std::process::id());
        let here = std::env::current_dir().unwrap().canonicalize().unwrap();
        assert!(!belongs_to_a_stranger(&lock, &here));
    }

    #[test]
    fn a_lock_of_an_ended_process_is_left_to_postgres() {
        let (dir, lock) = lock_naming(u32::MAX);
        assert!(!belongs_to_a_stranger(&lock, dir.path()));
    }
}
