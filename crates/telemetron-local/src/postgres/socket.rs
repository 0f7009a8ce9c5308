//! The Unix socket: a short path in a directory that nobody else can enter.

use std::fs::{self, DirBuilder};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::{env, fmt::Write as _};

use super::NAME;
use super::account::Account;
use crate::random::random_id;
use crate::{Error, files};

/// A socket's path has at most 107 bytes on Linux.
const LONGEST: usize = 107;

/// The name Postgres gives its socket, after its default port.
const FILE: &str = ".s.PGSQL.5432";

/// Where the server listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Socket(PathBuf);

impl Socket {
    /// Inside `dir` where that is short enough, else where it was last time, else in a new
    /// directory under the user's runtime directory or `/tmp`.
    pub(crate) fn choose(dir: &Path, account: &Account) -> Result<Self, Error> {
        let inside = dir.join("run");
        if fits(&inside) {
            files::create_private_dir(&inside)?;
            account.own(&inside)?;
            return Ok(Self(inside));
        }
        Self::outside(&dir.join("socket-dir"), account)
    }

    fn outside(memory: &Path, account: &Account) -> Result<Self, Error> {
        let last = fs::read_to_string(memory)
            .ok()
            .map(|text| PathBuf::from(text.trim()));
        if let Some(last) = last.filter(|last| fits(last)) {
            // It may be gone since a reboot; whoever makes it first must be us.
            if account.owns(&last) || create(&last, account).is_ok() {
                return Ok(Self(last));
            }
        }
        let fresh = short_base(account).join(format!("telemetron-{}", random_id()?));
        create(&fresh, account)?;
        files::write_atomic(memory, &format!("{}\n", fresh.display()))?;
        Ok(Self(fresh))
    }

    pub(crate) fn dir(&self) -> &Path {
        &self.0
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.0.join(FILE)
    }

    /// The file that names the server which owns the socket.
    pub(crate) fn lock_file(&self) -> PathBuf {
        self.0.join(format!("{FILE}.lock"))
    }

    /// A URL as libpq and sqlx read it.
    pub(crate) fn url(&self, database: &str) -> String {
        format!(
            "postgres://{NAME}@localhost/{database}?host={}",
            percent_encode(&self.0)
        )
    }
}

fn fits(dir: &Path) -> bool {
    dir.as_os_str().len() + 1 + FILE.len() <= LONGEST
}

/// Fails when the directory exists: somebody else may have made it.
fn create(dir: &Path, account: &Account) -> Result<(), Error> {
    DirBuilder::new()
        .mode(0o700)
        .create(dir)
        .map_err(Error::io("create", dir))?;
    account.own(dir)
}

/// The user's runtime directory, unless the server is another user and cannot enter it.
fn short_base(account: &Account) -> PathBuf {
    env::var_os("XDG_RUNTIME_DIR")
        .map(PathBuf::from)
        .filter(|base| base.is_dir() && base.as_os_str().len() <= 40)
        .filter(|base| account.check_reach(base).is_ok())
        .unwrap_or_else(|| PathBuf::from("/tmp"))
}

fn percent_encode(path: &Path) -> String {
    let mut encoded = String::new();
    for byte in path.as_os_str().as_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => {
                encoded.push(char::from(*byte));
            }
            // Writing to a string does not fail.
            _ => drop(write!(encoded, "%{byte:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_escapes_what_a_path_may_hold() {
        let socket = Socket(PathBuf::from("/a b/c&d"));
        assert_eq!(
            socket.url("telemetron"),
            "postgres://telemetron@localhost/telemetron?host=/a%20b/c%26d"
        );
    }

    #[test]
    fn a_short_directory_holds_its_own_socket() {
        let dir = tempfile::tempdir().unwrap();
        let account = Account::choose().unwrap();
        let socket = Socket::choose(dir.path(), &account).unwrap();
        assert_eq!(socket.dir(), dir.path().join("run"));
        assert!(account.owns(socket.dir()));
    }

    #[test]
    fn a_long_directory_gets_a_short_one_and_remembers_it() {
        let dir = tempfile::tempdir().unwrap();
        let long = dir.path().join("x".repeat(100));
        files::create_private_dir(&long).unwrap();
        let account = Account::choose().unwrap();

        let first = Socket::choose(&long, &account).unwrap();
        let again = Socket::choose(&long, &account).unwrap();

        assert!(fits(first.dir()), "{first:?}");
        assert_eq!(first, again);
        fs::remove_dir(first.dir()).unwrap();
        assert_eq!(
            Socket::choose(&long, &account).unwrap(),
            first,
            "made anew after a reboot"
        );
        fs::remove_dir(first.dir()).unwrap();
    }
}
