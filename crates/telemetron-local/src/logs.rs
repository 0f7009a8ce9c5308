//! What the children say: a file that stays short, and the one before it.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::sleep;

use crate::Error;

/// Longest that a log gets, in bytes, before it becomes the one before.
const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// How often a log is looked at.
const PERIOD: Duration = Duration::from_secs(30);

/// Opens an empty log; what the last run said is kept beside it, ending in `.1`.
pub(crate) fn open(path: &Path) -> Result<File, Error> {
    if path.exists() {
        fs::rename(path, before(path)).map_err(Error::io("rename", path))?;
    }
    // To its end, wherever that is: the child goes on when the file is made shorter.
    OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path)
        .map_err(Error::io("write", path))
}

/// Keeps a log short for as long as it runs.
pub(crate) async fn keep_short(path: PathBuf) {
    loop {
        sleep(PERIOD).await;
        // A disk that is full now may have room the next time.
        drop(shorten(&path, MAX_BYTES));
    }
}

/// Copies a log that is too long to the one before, and empties it: the child holds it open.
///
/// What is said between the two is lost, which is better than a full disk.
fn shorten(path: &Path, max_bytes: u64) -> io::Result<()> {
    if fs::metadata(path)?.len() <= max_bytes {
        return Ok(());
    }
    fs::copy(path, before(path))?;
    OpenOptions::new().write(true).open(path)?.set_len(0)
}

fn before(path: &Path) -> PathBuf {
    path.with_added_extension("1")
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_log_that_is_too_long_begins_anew_and_the_child_writes_on() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("server.log");
        let mut log = open(&path).unwrap();
        log.write_all(b"a long story").unwrap();
        shorten(&path, 100).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "a long story");
        shorten(&path, 5).unwrap();
        log.write_all(b"new").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(fs::read_to_string(before(&path)).unwrap(), "a long story");
    }

    #[test]
    fn a_new_run_keeps_what_the_last_one_said() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("server.log");
        open(&path).unwrap().write_all(b"why it ended").unwrap();
        drop(open(&path).unwrap());
        assert_eq!(fs::read_to_string(&path).unwrap(), "");
        assert_eq!(fs::read_to_string(before(&path)).unwrap(), "why it ended");
    }
}
