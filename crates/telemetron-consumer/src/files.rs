//! The last resort for a record of which Kafka takes no dead letter: a file of this machine.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use telemetron_kafka::Message;
use telemetron_kafka::dead_letter::DeadLetter;

/// The folder of such files, made when the first is written. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Files(PathBuf);

/// A record as a file holds it: whole, its bytes in base64.
#[derive(Serialize)]
struct Record<'a> {
    cluster: &'a str,
    topic: &'a str,
    partition: i32,
    offset: i64,
    broker_time_ns: i64,
    code: &'a str,
    reason: &'a str,
    key_base64: Option<String>,
    headers: Vec<(&'a str, Option<String>)>,
    value_base64: Option<String>,
}

impl Files {
    pub(crate) const fn new(folder: PathBuf) -> Self {
        Self(folder)
    }

    /// Writes a record, and returns the file. The same record goes to the same file.
    ///
    /// Fails with a sentence when the folder cannot be written.
    pub(crate) async fn keep(
        &self,
        message: &Message,
        letter: &DeadLetter,
    ) -> Result<String, String> {
        let path = self.0.join(name(letter));
        let json = serde_json::to_vec_pretty(&record(message, letter));
        let written = json.map_err(io::Error::other);
        let (folder, file) = (self.0.clone(), path.clone());
        let write = move || written.and_then(|bytes| write(&folder, &file, &bytes));
        let written = tokio::task::spawn_blocking(write).await;
        let written = written.unwrap_or_else(|error| Err(io::Error::other(error)));
        written.map_err(|error| {
            let folder = self.0.display();
            format!(
                "a record that kafka takes no dead letter of cannot be kept in {folder}: {error}"
            )
        })?;
        Ok(path.display().to_string())
    }
}

fn record<'a>(message: &'a Message, letter: &'a DeadLetter) -> Record<'a> {
    let base64 = |bytes: &[u8]| STANDARD.encode(bytes);
    let headers = message.headers.iter();
    Record {
        cluster: &letter.origin.cluster,
        topic: &letter.origin.topic,
        partition: message.partition,
        offset: message.offset,
        broker_time_ns: message.broker_time.nanos(),
        code: &letter.code,
        reason: &letter.reason,
        key_base64: message.key.as_deref().map(base64),
        headers: headers
            .map(|(name, value)| (name, value.map(base64)))
            .collect(),
        value_base64: message.payload.as_deref().map(base64),
    }
}

/// Ids of clusters and names of topics hold letters, digits, `.`, `_` and `-`.
fn name(letter: &DeadLetter) -> String {
    let origin = &letter.origin;
    let plain = |text: &str| -> String {
        let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        text.chars().filter(|c| plain(*c)).collect()
    };
    format!(
        "{}-{}-{}-{}.json",
        plain(&origin.cluster),
        plain(&origin.topic),
        origin.partition,
        origin.offset
    )
}

/// Whole or not at all, and on the disk before the record counts as kept.
fn write(folder: &Path, file: &Path, bytes: &[u8]) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let draft = file.with_extension("draft");
    let mut out = fs::File::create(&draft)?;
    out.write_all(bytes)?;
    out.sync_all()?;
    fs::rename(&draft, file)?;
    fs::File::open(folder)?.sync_all()
}
