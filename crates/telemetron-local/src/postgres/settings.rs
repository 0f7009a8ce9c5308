//! Settings for a small machine; what the user adds to `postgresql.conf` or sets with
//! `ALTER SYSTEM` wins.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use super::account::Account;
use super::binaries::Binaries;
use crate::{Error, files};

const FILE: &str = "telemetron.conf";

/// Settings for every version.
///
/// Locks: a query over many days locks a partition and its indexes for each.
const FIXED: &str = "\
# Written by telemetron at each start; add to the end of postgresql.conf instead.
shared_buffers = 256MB
max_wal_size = 2GB
max_connections = 200
max_locks_per_transaction = 256
synchronous_commit = on
autovacuum = on
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
log_checkpoints = off
";

/// Settings that need a library the server may have been built without.
const IF_SUPPORTED: [&str; 2] = ["wal_compression=lz4", "default_toast_compression=lz4"];

/// Writes the settings into the cluster.
pub(crate) async fn write(
    data: &Path,
    binaries: &Binaries,
    account: &Account,
) -> Result<(), Error> {
    let path = data.join(FILE);
    // The file is included, so it must exist before the server is asked anything.
    let mut text = FIXED.to_owned();
    put(&path, &text)?;
    for setting in IF_SUPPORTED {
        if is_supported(setting, data, binaries, account).await? {
            text.push_str(setting);
            text.push('\n');
        }
    }
    put(&path, &text)
}

/// Readable by the server, which may be another user than we are; the directory is closed.
fn put(path: &Path, text: &str) -> Result<(), Error> {
    fs::write(path, text).map_err(Error::io("write", path))
}

/// Makes a new cluster read the settings after its own, of which `initdb` sets some.
pub(crate) fn include(data: &Path) -> Result<(), Error> {
    let path = data.join("postgresql.conf");
    OpenOptions::new()
        .append(true)
        .open(&path)
        .and_then(|mut file| write!(file, "\ninclude = '{FILE}'\n# What you set here wins.\n"))
        .map_err(Error::io("write", &path))
}

/// Asks the server's own parser.
async fn is_supported(
    setting: &str,
    data: &Path,
    binaries: &Binaries,
    account: &Account,
) -> Result<bool, Error> {
    let name = setting.split('=').next().unwrap_or(setting);
    let output = account
        .command(&binaries.postgres(), data)
        .arg("-D")
        .arg(data)
        .args(["-c", setting, "-C", name])
        .kill_on_drop(true)
        .output()
        .await
        .map_err(Error::io("run", &binaries.postgres()))?;
    Ok(output.status.success() && files::last_line_of(&output.stdout).as_deref() == Some("lz4"))
}
