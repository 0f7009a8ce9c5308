//! How the last run of a platform ended, noted so that the next start can say it.
//!
//! ```text
//!  supervisor ── starts ──▶ platform ── begin ──▶ run.json ◀── alive (every few seconds: mtime)
//!      │                        │                    ▲
//!      └── waits, sees how ─────┼── ended ───────────┤  crash, kill: the supervisor writes it
//!                               └── ended ───────────┘  stop, error: the platform writes it itself
//! ```
//!
//! When nobody was left to write how it ended (both were killed, the machine went down), the next
//! start still knows when the run was last alive, and whether the machine has restarted since.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::process::ProcessId;
use crate::{DataDir, Error, files};

const FILE: &str = "run.json";

/// One run of a platform, kept as `run.json` in its data directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunNote {
    /// The process that serves.
    pub process: ProcessId,
    /// When it began, RFC 3339.
    pub began_at: String,
    /// Whether it became ready.
    #[serde(default)]
    pub was_ready: bool,
    /// The boot of the machine it ran in, where the kernel tells.
    boot: Option<String>,
    /// How often the kernel had killed for lack of memory when it began.
    oom_kills: Option<u64>,
    /// How it ended; none while it runs, and when nobody was left to write it.
    #[serde(default)]
    end: Option<End>,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct End {
    /// Whether somebody asked for it.
    in_order: bool,
    /// What happened, as the end of "it …".
    how: String,
}

/// A run that is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastRun {
    /// When it began, RFC 3339.
    pub began_at: String,
    /// When it was last known to be alive.
    pub last_alive: Option<SystemTime>,
    /// Whether somebody had asked it to stop.
    pub in_order: bool,
    /// What happened to it, as the end of the sentence "it …".
    pub how: String,
}

/// The note of the run that is going on.
#[derive(Debug)]
pub struct RunLog {
    path: PathBuf,
    note: RunNote,
}

impl RunLog {
    /// Notes that this process begins a run at `began_at` (RFC 3339), and gives the one before.
    ///
    /// # Errors
    /// [`Error::Io`] when the directory cannot be written.
    pub fn begin(dir: &DataDir, began_at: String) -> Result<(Self, Option<LastRun>), Error> {
        let path = dir.path().join(FILE);
        let before = RunNote::read(&path).map(|note| note.over(last_alive(&path)));
        let pid = std::process::id();
        let process = ProcessId::of(pid).unwrap_or(ProcessId { pid, started: 0 });
        let note = RunNote {
            process,
            began_at,
            was_ready: false,
            boot: boot(),
            oom_kills: oom_kills(),
            end: None,
        };
        note.write(&path)?;
        Ok((Self { path, note }, before))
    }

    /// Notes that the platform is ready.
    ///
    /// # Errors
    /// [`Error::Io`] when the directory cannot be written.
    pub fn ready(&mut self) -> Result<(), Error> {
        self.note.was_ready = true;
        self.note.write(&self.path)
    }

    /// Says that this run still goes on; cheap enough for every few seconds.
    ///
    /// # Errors
    /// [`Error::Io`] when the directory cannot be written.
    pub fn alive(&self) -> Result<(), Error> {
        File::options()
            .write(true)
            .open(&self.path)
            .and_then(|file| file.set_modified(SystemTime::now()))
            .map_err(Error::io("touch", &self.path))
    }

    /// Notes how this run ends: in order, or with an error.
    ///
    /// # Errors
    /// [`Error::Io`] when the directory cannot be written.
    pub fn ended(mut self, error: Option<&str>) -> Result<(), Error> {
        self.note.end = Some(End {
            in_order: error.is_none(),
            how: error.map_or_else(
                || "was stopped".to_owned(),
                |error| format!("ended with an error: {error}"),
            ),
        });
        self.note.write(&self.path)
    }
}

impl RunNote {
    /// The run of the process `pid` in `dir`, if the note there is about it.
    pub fn of(dir: &Path, pid: u32) -> Option<Self> {
        Self::read(&dir.join(FILE)).filter(|note| note.process.pid == pid)
    }

    /// Notes how the run ended, unless it has said so itself; `how` ends the sentence "it …".
    ///
    /// # Errors
    /// [`Error::Io`] when the directory cannot be written.
    pub fn found_ended(mut self, dir: &Path, how: &str) -> Result<String, Error> {
        let killed_for_memory = self.killed_for_memory();
        let end = self.end.get_or_insert_with(|| End {
            in_order: false,
            how: format!("{how}{killed_for_memory}"),
        });
        let how = end.how.clone();
        self.write(&dir.join(FILE)).map(|()| how)
    }

    /// The process of the last run in `dir`, if it still runs.
    pub(crate) fn still_running(dir: &Path) -> Option<ProcessId> {
        let note = Self::read(&dir.join(FILE))?;
        note.process.is_alive().then_some(note.process)
    }

    fn read(path: &Path) -> Option<Self> {
        // A note that cannot be read tells nothing; it must not keep the platform from starting.
        serde_json::from_str(&fs::read_to_string(path).ok()?).ok()
    }

    fn write(&self, path: &Path) -> Result<(), Error> {
        let text = serde_json::to_string_pretty(self).map_err(|error| Error::Damaged {
            path: path.to_owned(),
            reason: error.to_string(),
        })?;
        files::write_atomic(path, &format!("{text}\n"))
    }

    fn over(self, last_alive: Option<SystemTime>) -> LastRun {
        let end = self.end.clone().unwrap_or_else(|| End {
            in_order: false,
            how: self.unseen_end(),
        });
        LastRun {
            began_at: self.began_at,
            last_alive,
            in_order: end.in_order,
            how: end.how,
        }
    }

    /// What can be said when nobody was left to see the end.
    fn unseen_end(&self) -> String {
        let is_other_boot = self.boot.is_some() && self.boot != boot();
        if is_other_boot {
            return "ended when the machine went down or restarted".to_owned();
        }
        let why = self.killed_for_memory();
        format!("was killed from outside, together with the process that watches over it{why}")
    }

    /// A hint, when the kernel has killed for lack of memory since the run began.
    fn killed_for_memory(&self) -> &'static str {
        match (self.oom_kills, oom_kills()) {
            (Some(before), Some(now)) if now > before => {
                "; since it began the kernel has killed processes for lack of memory"
            }
            _ => "",
        }
    }
}

fn last_alive(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).ok()?.modified().ok()
}

fn boot() -> Option<String> {
    let id = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(id.trim().to_owned())
}

/// How often the kernel has killed a process because memory had run out.
fn oom_kills() -> Option<u64> {
    let counters = fs::read_to_string("/proc/vmstat").ok()?;
    let count = counters
        .lines()
        .find_map(|line| line.strip_prefix("oom_kill "));
    count?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data_dir() -> (tempfile::TempDir, DataDir) {
        let dir = tempfile::tempdir().unwrap();
        let data = DataDir::open(dir.path()).unwrap();
        (dir, data)
    }

    fn begin(data: &DataDir) -> (RunLog, Option<LastRun>) {
        RunLog::begin(data, "2026-01-02T03:04:05Z".to_owned()).unwrap()
    }

    #[test]
    fn the_first_run_has_none_before_it() {
        let (_dir, data) = data_dir();
        assert_eq!(begin(&data).1, None);
    }

    #[test]
    fn a_run_that_was_stopped_ended_in_order() {
        let (_dir, data) = data_dir();
        begin(&data).0.ended(None).unwrap();
        let last = begin(&data).1.unwrap();
        assert!(last.in_order, "{last:?}");
        assert_eq!(last.began_at, "2026-01-02T03:04:05Z");
    }

    #[test]
    fn an_error_is_told_as_it_was() {
        let (_dir, data) = data_dir();
        begin(&data).0.ended(Some("the disk is full")).unwrap();
        let last = begin(&data).1.unwrap();
        assert!(!last.in_order);
        assert_eq!(last.how, "ended with an error: the disk is full");
    }

    #[test]
    fn a_run_that_nobody_saw_end_was_killed_and_says_when_it_was_last_alive() {
        let (_dir, data) = data_dir();
        let (run, _) = begin(&data);
        run.alive().unwrap();
        drop(run);
        let last = begin(&data).1.unwrap();
        assert!(last.how.starts_with("was killed from outside"), "{last:?}");
        assert!(last.last_alive.unwrap() <= SystemTime::now());
    }

    #[test]
    fn another_boot_means_that_the_machine_went_down() {
        let (_dir, data) = data_dir();
        let (run, _) = begin(&data);
        let mut note = run.note.clone();
        note.boot = Some("another".to_owned());
        note.write(&run.path).unwrap();
        let last = begin(&data).1.unwrap();
        assert_eq!(last.how, "ended when the machine went down or restarted");
    }

    #[test]
    fn who_watches_writes_what_the_run_could_not_say() {
        let (_dir, data) = data_dir();
        drop(begin(&data));
        let note = RunNote::of(data.path(), std::process::id()).unwrap();
        let how = note
            .found_ended(data.path(), "was ended by SIGABRT")
            .unwrap();
        assert!(how.starts_with("was ended by SIGABRT"));
        assert_eq!(begin(&data).1.unwrap().how, how);
    }

    #[test]
    fn what_a_run_said_of_its_own_end_stands() {
        let (_dir, data) = data_dir();
        begin(&data).0.ended(Some("no")).unwrap();
        let note = RunNote::of(data.path(), std::process::id()).unwrap();
        let how = note.found_ended(data.path(), "exited with 1").unwrap();
        assert_eq!(how, "ended with an error: no");
    }

    #[test]
    fn a_note_that_cannot_be_read_keeps_nobody_from_starting() {
        let (_dir, data) = data_dir();
        fs::write(data.path().join(FILE), "{").unwrap();
        assert_eq!(begin(&data).1, None);
    }
}
