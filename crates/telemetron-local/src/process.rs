//! Processes named so that a reused process id is never mistaken for the old one.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::Error;
use crate::files;

/// How often a process that is not our child is looked at; nothing announces its end.
const GLANCE: Duration = Duration::from_millis(20);

/// A process: its id and when the kernel started it, in clock ticks since boot.
///
/// Ids are reused, so only both together name one process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessId {
    /// The process id.
    pub pid: u32,
    /// Field `starttime` of `/proc/PID/stat`.
    pub started: u64,
}

impl ProcessId {
    /// The process that has this id now, if it has not ended.
    pub fn of(pid: u32) -> Option<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let started = start_time(&stat)?;
        Some(Self { pid, started })
    }

    /// Whether this very process still runs.
    pub fn is_alive(&self) -> bool {
        Self::of(self.pid) == Some(*self)
    }

    /// Reads a process that was noted with [`ProcessId::write`].
    pub(crate) fn read(path: &Path) -> Option<Self> {
        let text = fs::read_to_string(path).ok()?;
        let (pid, started) = text.trim().split_once(' ')?;
        Some(Self {
            pid: pid.parse().ok()?,
            started: started.parse().ok()?,
        })
    }

    /// Notes the process in a file.
    pub(crate) fn write(&self, path: &Path) -> Result<(), Error> {
        files::write_atomic(path, &format!("{} {}\n", self.pid, self.started))
    }

    /// Sends a signal, unless the process has ended.
    pub(crate) fn signal(&self, signal: Signal) {
        if self.is_alive() {
            signal_pid(self.pid, signal);
        }
    }

    /// Waits until the process has ended; false when it has not by then.
    pub(crate) async fn ended_within(&self, patience: Duration) -> bool {
        let deadline = Instant::now() + patience;
        while self.is_alive() {
            if Instant::now() >= deadline {
                return false;
            }
            tokio::time::sleep(GLANCE).await;
        }
        true
    }

    /// Asks the process to end, and makes it end when it has not after `grace`.
    pub(crate) async fn end(&self, ask: Signal, grace: Duration) {
        self.signal(ask);
        if !self.ended_within(grace).await {
            self.signal(Signal::KILL);
            self.ended_within(grace).await;
        }
    }
}

/// Sends a signal to a process that is known to be ours.
pub(crate) fn signal_pid(pid: u32, signal: Signal) {
    let target = i32::try_from(pid).ok().and_then(Pid::from_raw);
    if let Some(target) = target {
        // The only failure that matters is that it has ended, which is what the caller wants.
        let _ended = kill_process(target, signal);
    }
}

/// The processes of one program whose working directory is `dir`, as far as this user may look.
pub(crate) fn running_in(dir: &Path, program: &str) -> Vec<ProcessId> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(|pid| works_in(*pid, dir, program))
        .filter_map(ProcessId::of)
        .collect()
}

fn works_in(pid: u32, dir: &Path, program: &str) -> bool {
    let link = |name: &str| fs::read_link(PathBuf::from(format!("/proc/{pid}/{name}"))).ok();
    link("cwd").is_some_and(|cwd| cwd == dir)
        && link("exe").is_some_and(|exe| exe.file_name().is_some_and(|name| name == program))
}

/// Field 22, counted after the parenthesised name, which may hold anything; none for a zombie.
fn start_time(stat: &str) -> Option<u64> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace();
    let state = fields.next()?;
    if matches!(state, "Z" | "X") {
        return None;
    }
    fields.nth(18)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_spaces_and_brackets_does_not_shift_the_fields() {
        let stat = "7 (a) b (c) S 1 7 7 0 -1 4 1 0 0 0 1 2 3 4 20 0 1 0 4242 99 1";
        assert_eq!(start_time(stat), Some(4242));
    }

    #[test]
    fn a_zombie_counts_as_ended() {
        let stat = "7 (java) Z 1 7 7 0 -1 4 1 0 0 0 1 2 3 4 20 0 1 0 4242 99 1";
        assert_eq!(start_time(stat), None);
    }

    #[test]
    fn a_reused_id_is_another_process() {
        let me = ProcessId::of(std::process::id()).unwrap();
        let before = ProcessId {
            started: me.started - 1,
            ..me
        };
        assert!(me.is_alive());
        assert!(!before.is_alive());
    }

    #[test]
    fn a_noted_process_is_read_back() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("process");
        let noted = ProcessId {
            pid: 12,
            started: 345,
        };
        noted.write(&path).unwrap();
        assert_eq!(ProcessId::read(&path), Some(noted));
    }
}
