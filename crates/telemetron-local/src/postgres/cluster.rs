//! Making the cluster and its database, once.

use std::fs;
use std::path::Path;
use std::process::{Output, Stdio};

use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use super::account::Account;
use super::binaries::Binaries;
use super::{NAME, settings};
use crate::{Error, files};

/// Creates the cluster unless it is there.
///
/// A draft is made and renamed, so that a crash never leaves half a cluster behind.
pub(crate) async fn ensure(
    dir: &Path,
    binaries: &Binaries,
    account: &Account,
) -> Result<(), Error> {
    let data = dir.join("data");
    if data.exists() {
        return check(&data);
    }
    let draft = dir.join("data.new");
    files::remove(&draft)?;
    create_cluster(&draft, binaries, account).await?;
    create_database(&draft, binaries, account).await?;
    settings::include(&draft)?;
    fs::rename(&draft, &data).map_err(Error::io("create", &data))
}

fn check(data: &Path) -> Result<(), Error> {
    if data.join("PG_VERSION").is_file() {
        return Ok(());
    }
    Err(Error::Damaged {
        path: data.to_owned(),
        reason: "no PG_VERSION".into(),
    })
}

/// Trust is safe: only this user and root can enter the directory of the socket.
async fn create_cluster(draft: &Path, binaries: &Binaries, account: &Account) -> Result<(), Error> {
    let parent = draft.parent().unwrap_or(draft);
    let output = account
        .command(&binaries.initdb(), parent)
        .arg("-D")
        .arg(draft)
        .args(["-U", NAME, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"])
        .kill_on_drop(true)
        .output()
        .await
        .map_err(Error::io("run", &binaries.initdb()))?;
    succeeded("initdb", &output)
}

/// Single-user mode needs neither a running server nor a client.
async fn create_database(
    draft: &Path,
    binaries: &Binaries,
    account: &Account,
) -> Result<(), Error> {
    let mut command = account.command(&binaries.postgres(), draft);
    command
        .args(["--single", "-j", "-D"])
        .arg(draft)
        .arg("postgres");
    let output = feed(command, format!("CREATE DATABASE {NAME};\n\n"))
        .await
        .map_err(Error::io("run", &binaries.postgres()))?;
    succeeded("creating the database", &output)
}

async fn feed(mut command: Command, input: String) -> std::io::Result<Output> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(input.as_bytes()).await?;
    }
    child.wait_with_output().await
}

fn succeeded(command: &str, output: &Output) -> Result<(), Error> {
    let said = String::from_utf8_lossy(&output.stderr);
    // Single-user mode reports a failed statement and exits with success.
    let complaint = said
        .lines()
        .find(|line| line.contains("ERROR:") || line.contains("FATAL:"));
    if output.status.success() && complaint.is_none() {
        return Ok(());
    }
    let output = complaint
        .map(str::to_owned)
        .or_else(|| files::last_line_of(&output.stderr))
        .unwrap_or_else(|| output.status.to_string());
    Err(Error::Command {
        command: command.into(),
        output,
    })
}
