//! Finding the jars of Apache Kafka.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::{env, fs};

use crate::Error;

/// A folder with the jars of Apache Kafka 4.x.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KafkaJars(PathBuf);

impl KafkaJars {
    /// The jars in `folder`.
    ///
    /// # Errors
    /// [`Error::JarsMissing`] when the broker's jar is not there.
    pub fn in_folder(folder: impl Into<PathBuf>) -> Result<Self, Error> {
        let path = folder.into();
        if holds_kafka(&path) {
            Ok(Self(path))
        } else {
            Err(Error::JarsMissing { path })
        }
    }

    /// The jars that `KAFKA_JARS` names, else those of `KAFKA_HOME`, else the newest that
    /// `scripts/run.sh` fetched into the cache.
    ///
    /// # Errors
    /// [`Error::JarsMissing`] when they are not where they were expected.
    pub fn find() -> Result<Self, Error> {
        if let Some(folder) = variable("KAFKA_JARS") {
            return Self::in_folder(folder);
        }
        if let Some(home) = variable("KAFKA_HOME") {
            return Self::in_folder(home.join("libs"));
        }
        let cache = cache_folder();
        newest(&cache).map_or(Err(Error::JarsMissing { path: cache }), Self::in_folder)
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.0
    }

    /// All of them, as Java's `-cp` wants it.
    pub(crate) fn class_path(&self) -> OsString {
        self.0.join("*").into_os_string()
    }
}

fn variable(name: &str) -> Option<PathBuf> {
    env::var_os(name)
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
}

/// Where the scripts keep what they fetch.
fn cache_folder() -> PathBuf {
    variable("XDG_CACHE_HOME")
        .filter(|path| path.is_absolute())
        .or_else(|| Some(env::home_dir()?.join(".cache")))
        .unwrap_or_default()
        .join("telemetron")
}

/// The folder `kafka-VERSION` with the highest version.
fn newest(cache: &Path) -> Option<PathBuf> {
    fs::read_dir(cache)
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter_map(|path| Some((version(&path)?, path)))
        .max()
        .map(|(_, path)| path)
}

/// The numbers in `kafka-4.10.1`, so that 4.10 is newer than 4.9.
fn version(path: &Path) -> Option<Vec<u32>> {
    let text = path.file_name()?.to_str()?.strip_prefix("kafka-")?;
    text.split('.').map(|number| number.parse().ok()).collect()
}

fn holds_kafka(folder: &Path) -> bool {
    let Ok(entries) = fs::read_dir(folder) else {
        return false;
    };
    entries.flatten().any(|entry| {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        name.starts_with("kafka_2.13-") && name.ends_with(".jar")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_version_counts_by_number() {
        let cache = tempfile::tempdir().unwrap();
        for name in [
            "kafka-4.9.0",
            "kafka-4.10.0",
            "kafka-4.10.0.partial",
            "other-5.0",
        ] {
            fs::create_dir(cache.path().join(name)).unwrap();
        }
        assert_eq!(
            newest(cache.path()),
            Some(cache.path().join("kafka-4.10.0"))
        );
    }

    #[test]
    fn a_folder_without_the_broker_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let refused = KafkaJars::in_folder(folder.path()).unwrap_err().to_string();
        assert!(
            refused.contains(folder.path().to_str().unwrap()),
            "{refused}"
        );

        fs::write(folder.path().join("kafka_2.13-4.3.1.jar"), "").unwrap();
        assert_eq!(
            KafkaJars::in_folder(folder.path()).unwrap().folder(),
            folder.path()
        );
    }
}
