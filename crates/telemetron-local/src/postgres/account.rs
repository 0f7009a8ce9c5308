//! The user Postgres runs as: ourselves, or `postgres` when we are root.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::Path;

use tokio::process::Command;

use crate::Error;

const USER: &str = "postgres";

/// A user and group that own the cluster and run the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Account {
    uid: u32,
    gid: u32,
    /// Whether it is another user than the one we are.
    foreign: bool,
}

impl Account {
    /// Ourselves, or `postgres` for root: the server refuses to run as root.
    pub(crate) fn choose() -> Result<Self, Error> {
        let (uid, gid) = (rustix::process::geteuid(), rustix::process::getegid());
        if !uid.is_root() {
            return Ok(Self {
                uid: uid.as_raw(),
                gid: gid.as_raw(),
                foreign: false,
            });
        }
        let users = Path::new("/etc/passwd");
        let text = fs::read_to_string(users).map_err(Error::io("read", users))?;
        let (uid, gid) = find_user(&text, USER).ok_or(Error::NoPostgresUser)?;
        Ok(Self {
            uid,
            gid,
            foreign: true,
        })
    }

    /// A command that runs as this user in `dir`.
    pub(crate) fn command(&self, program: &Path, dir: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(dir);
        if self.foreign {
            command.uid(self.uid).gid(self.gid);
        }
        command
    }

    /// Gives the user a directory of its own.
    pub(crate) fn own(&self, dir: &Path) -> Result<(), Error> {
        if self.foreign {
            chown(dir, Some(self.uid), Some(self.gid)).map_err(Error::io("hand over", dir))?;
        }
        fs::set_permissions(dir, fs::Permissions::from_mode(0o700))
            .map_err(Error::io("protect", dir))
    }

    /// Whether `dir` is a directory that this user alone can enter.
    pub(crate) fn owns(&self, dir: &Path) -> bool {
        fs::symlink_metadata(dir).is_ok_and(|found| {
            found.is_dir() && found.uid() == self.uid && found.mode() & 0o077 == 0
        })
    }

    /// Checks that the user can enter every directory on the way to `dir`.
    pub(crate) fn check_reach(&self, dir: &Path) -> Result<(), Error> {
        if !self.foreign {
            return Ok(());
        }
        for step in dir.ancestors() {
            let found = fs::metadata(step).map_err(Error::io("look at", step))?;
            if !self.may_enter(found.uid(), found.gid(), found.mode()) {
                return Err(Error::Unreachable {
                    path: step.to_owned(),
                });
            }
        }
        Ok(())
    }

    fn may_enter(&self, uid: u32, gid: u32, mode: u32) -> bool {
        let bit = match () {
            () if uid == self.uid => 0o100,
            () if gid == self.gid => 0o010,
            () => 0o001,
        };
        mode & bit != 0
    }
}

/// User and group id of a user in the text of `/etc/passwd`.
fn find_user(passwd: &str, name: &str) -> Option<(u32, u32)> {
    let line = passwd
        .lines()
        .find(|line| line.split(':').next() == Some(name))?;
    let mut ids = line.split(':').skip(2);
    Some((ids.next()?.parse().ok()?, ids.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_found_by_its_whole_name() {
        let passwd = "root:x:0:0::/root:/bin/sh\npostgres2:x:5:6::/:\npostgres:x:101:104:a,b:/:\n";
        assert_eq!(find_user(passwd, "postgres"), Some((101, 104)));
        assert_eq!(find_user(passwd, "post"), None);
    }

    #[test]
    fn the_first_class_that_fits_decides() {
        let account = Account {
            uid: 101,
            gid: 104,
            foreign: true,
        };
        assert!(account.may_enter(0, 0, 0o711));
        assert!(!account.may_enter(0, 0, 0o700));
        assert!(account.may_enter(0, 104, 0o710));
        assert!(!account.may_enter(101, 0, 0o077));
    }
}
