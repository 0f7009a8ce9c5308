//! Formatting the storage of a new cluster, once.

use std::fs;
use std::path::Path;

use tokio::process::Command;

use super::config::{Layout, PATIENT_SESSION, server_properties};
use super::jars::KafkaJars;
use super::ports::Ports;
use crate::random::random_id;
use crate::{Error, files};

const META: &str = "meta.properties";

/// Formats the storage unless that was done before; gives the cluster's id.
pub(crate) async fn ensure(
    layout: &Layout,
    java: &Path,
    jars: &KafkaJars,
) -> Result<String, Error> {
    let data = layout.data();
    if !data.exists() {
        format(layout, java, jars).await?;
    }
    cluster_id(&data)
}

/// Formats a draft and renames it, so that a crash never leaves half a storage behind.
async fn format(layout: &Layout, java: &Path, jars: &KafkaJars) -> Result<(), Error> {
    let draft = layout.dir().join("data.new");
    let properties = layout.dir().join("format.properties");
    files::remove(&draft)?;
    // The ports are not stored, but have to be there.
    let ports = Ports {
        broker: 9092,
        controller: 9093,
    };
    files::write_atomic(
        &properties,
        &server_properties(&draft, ports, PATIENT_SESSION),
    )?;

    run_storage_tool(java, jars, &properties).await?;

    files::remove(&properties)?;
    let data = layout.data();
    fs::rename(&draft, &data).map_err(Error::io("create", &data))
}

async fn run_storage_tool(java: &Path, jars: &KafkaJars, properties: &Path) -> Result<(), Error> {
    let output = Command::new(java)
        .args([
            "-Xmx128m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-cp",
        ])
        .arg(jars.class_path())
        .args([
            "kafka.tools.StorageTool",
            "format",
            "--cluster-id",
            &random_id()?,
            "--config",
        ])
        .arg(properties)
        .kill_on_drop(true)
        .output()
        .await
        .map_err(Error::io("run", java))?;
    if output.status.success() {
        return Ok(());
    }
    Err(Error::Command {
        command: "formatting Kafka's storage".into(),
        output: files::last_line_of(&output.stderr)
            .or_else(|| files::last_line_of(&output.stdout))
            .unwrap_or_else(|| output.status.to_string()),
    })
}

/// The id in a formatted storage.
fn cluster_id(data: &Path) -> Result<String, Error> {
    let damaged = |reason: &str| Error::Damaged {
        path: data.to_owned(),
        reason: reason.into(),
    };
    let meta = fs::read_to_string(data.join(META)).map_err(|_| damaged("no meta.properties"))?;
    meta.lines()
        .find_map(|line| line.strip_prefix("cluster.id="))
        .map(|id| id.trim().to_owned())
        .ok_or_else(|| damaged("no cluster.id in meta.properties"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cluster_id_is_read_from_the_storage() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(
            dir.path().join(META),
            "#\nversion=1\ncluster.id=abc\nnode.id=1\n",
        )
        .unwrap();
        assert_eq!(cluster_id(dir.path()).unwrap(), "abc");
    }

    #[test]
    fn a_storage_without_its_id_is_called_damaged() {
        let dir = tempfile::tempdir().unwrap();
        let refused = cluster_id(dir.path()).unwrap_err().to_string();
        assert!(
            refused.contains("is damaged (no meta.properties)"),
            "{refused}"
        );
    }
}
