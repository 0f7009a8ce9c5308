//! The directory that holds everything one platform keeps, and its lock.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{env, fs};

use tokio::time::Instant;

use crate::{Error, RunNote, files};

/// Names the data directory when no flag does.
pub const DATA_DIR_VARIABLE: &str = "TELEMETRON_DATA_DIR";

const LOCK_FILE: &str = "telemetron.lock";

/// How long an owner that was killed may take to be gone.
const LETTING_GO: Duration = Duration::from_secs(2);

/// How often the lock is tried meanwhile; nothing announces that it is free.
const GLANCE: Duration = Duration::from_millis(20);

/// A data directory that belongs to this process until it is dropped.
///
/// The lock is the kernel's, so it ends with the process, also after `kill -9`.
#[derive(Debug)]
pub struct DataDir {
    path: PathBuf,
    _lock: File,
}

impl DataDir {
    /// Where data goes when no flag says otherwise: what `TELEMETRON_DATA_DIR` names, else
    /// `/var/lib/telemetron` for root and the XDG data directory for others.
    ///
    /// # Errors
    /// When this is an ordinary user without a home directory.
    pub fn default_path() -> Result<PathBuf, Error> {
        if let Some(named) = env::var_os(DATA_DIR_VARIABLE).filter(|named| !named.is_empty()) {
            return Ok(PathBuf::from(named));
        }
        if rustix::process::geteuid().is_root() {
            return Ok(PathBuf::from("/var/lib/telemetron"));
        }
        let xdg = env::var_os("XDG_DATA_HOME")
            .map(PathBuf::from)
            .filter(|p| p.is_absolute());
        let base = xdg.or_else(|| Some(env::home_dir()?.join(".local/share")));
        Ok(base.ok_or(Error::NoHome)?.join("telemetron"))
    }

    /// Creates the directory when it is absent and locks it.
    ///
    /// It is private. Run by root it can be passed through, though not listed, by others: Postgres
    /// runs as another user and has to reach its own, private, folder inside.
    ///
    /// # Errors
    /// [`Error::InUse`] when another process holds it; [`Error::Io`] when it cannot be made.
    pub fn open(path: &Path) -> Result<Self, Error> {
        files::create_private_dir(path)?;
        let path = path.canonicalize().map_err(Error::io("open", path))?;
        let mode = if rustix::process::geteuid().is_root() {
            0o711
        } else {
            0o700
        };
        fs::set_permissions(&path, fs::Permissions::from_mode(mode))
            .map_err(Error::io("protect", &path))?;
        let lock = lock(&path)?;
        Ok(Self { path, _lock: lock })
    }

    /// The same, but waits a moment for an owner that is just ending, and until its last process is
    /// gone with all it held.
    ///
    /// # Errors
    /// As [`DataDir::open`].
    pub async fn take(path: &Path) -> Result<Self, Error> {
        let deadline = Instant::now() + LETTING_GO;
        let taken = loop {
            match Self::open(path) {
                Err(Error::InUse { .. }) if Instant::now() < deadline => {
                    tokio::time::sleep(GLANCE).await;
                }
                taken => break taken?,
            }
        };
        if let Some(last) = RunNote::still_running(taken.path()) {
            last.ended_within(LETTING_GO).await;
        }
        Ok(taken)
    }

    /// The directory, absolute and without symbolic links.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The folder of the local Kafka.
    pub fn kafka(&self) -> PathBuf {
        self.path.join("kafka")
    }

    /// The folder of the local Postgres.
    pub fn postgres(&self) -> PathBuf {
        self.path.join("postgres")
    }
}

/// Takes the lock and notes who has it.
fn lock(dir: &Path) -> Result<File, Error> {
    let path = dir.join(LOCK_FILE);
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(&path)
        .map_err(Error::io("open", &path))?;
    match file.try_lock() {
        Ok(()) => note_owner(&mut file).map_err(Error::io("write", &path))?,
        Err(TryLockError::WouldBlock) => {
            return Err(Error::InUse {
                path: dir.to_owned(),
                owner: owner(&mut file),
            });
        }
        Err(TryLockError::Error(source)) => return Err(Error::io("lock", &path)(source)),
    }
    Ok(file)
}

fn note_owner(file: &mut File) -> std::io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", std::process::id())
}

fn owner(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_owner_is_told_who_the_first_is() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("data");
        let first = DataDir::open(&path).unwrap();

        let refused = DataDir::open(&path).unwrap_err().to_string();

        let pid = std::process::id();
        let shown = first.path().display();
        assert_eq!(
            refused,
            format!(
                "{shown} is in use by telemetron pid {pid}; stop it or pass another --data-dir"
            )
        );
    }

    #[test]
    fn a_dropped_directory_can_be_opened_again() {
        let dir = tempfile::tempdir().unwrap();
        drop(DataDir::open(dir.path()).unwrap());
        DataDir::open(dir.path()).unwrap();
    }

    #[tokio::test]
    async fn a_directory_is_taken_as_soon_as_its_owner_lets_go() {
        let dir = tempfile::tempdir().unwrap();
        let first = DataDir::open(dir.path()).unwrap();
        let (taken, ()) = tokio::join!(DataDir::take(dir.path()), async { drop(first) });
        taken.unwrap();
    }

    #[test]
    fn others_cannot_list_the_directory() {
        let dir = tempfile::tempdir().unwrap();
        let data = DataDir::open(&dir.path().join("data")).unwrap();
        let mode = fs::metadata(data.path()).unwrap().permissions().mode();
        assert_eq!(mode & 0o066, 0, "mode {mode:o}");
    }

    #[test]
    fn a_file_in_the_way_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("data");
        fs::write(&path, "").unwrap();
        let refused = DataDir::open(&path).unwrap_err().to_string();
        assert!(refused.contains(path.to_str().unwrap()), "{refused}");
    }
}
