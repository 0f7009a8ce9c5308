//! Finding the binaries of Postgres 15 or later.

use std::path::{Path, PathBuf};
use std::{env, fs};

use tokio::process::Command;

use crate::Error;

/// The oldest major version that is tested.
const OLDEST: u32 = 15;

/// A folder with `postgres` and `initdb`.
#[derive(Debug, Clone)]
pub(crate) struct Binaries(PathBuf);

impl Binaries {
    /// The newest version found, or the one that made `data`, since no other can read it.
    pub(crate) async fn find(folder: Option<&Path>, data: &Path) -> Result<Self, Error> {
        let candidates = match folder {
            Some(folder) => vec![folder.to_owned()],
            None => usual_folders().await,
        };
        let mut found = Vec::new();
        for candidate in candidates.into_iter().map(Self).filter(Self::is_complete) {
            if let Some(major) = candidate.major().await.filter(|major| *major >= OLDEST) {
                found.push((major, candidate));
            }
        }
        choose(found, data)
    }

    pub(crate) fn postgres(&self) -> PathBuf {
        self.0.join("postgres")
    }

    pub(crate) fn initdb(&self) -> PathBuf {
        self.0.join("initdb")
    }

    fn is_complete(&self) -> bool {
        self.postgres().is_file() && self.initdb().is_file()
    }

    async fn major(&self) -> Option<u32> {
        let output = Command::new(self.postgres())
            .arg("--version")
            .output()
            .await
            .ok()?;
        major_of(&String::from_utf8_lossy(&output.stdout))
    }
}

fn choose(found: Vec<(u32, Binaries)>, data: &Path) -> Result<Binaries, Error> {
    let made_by = fs::read_to_string(data.join("PG_VERSION")).ok();
    let Some(made_by) = made_by.map(|version| version.trim().to_owned()) else {
        let newest = found
            .into_iter()
            .reduce(|a, b| if b.0 > a.0 { b } else { a });
        return newest
            .map(|(_, binaries)| binaries)
            .ok_or(Error::PostgresMissing);
    };
    found
        .into_iter()
        .find(|(major, _)| major.to_string() == made_by)
        .map(|(_, binaries)| binaries)
        .ok_or_else(|| Error::PostgresVersion {
            path: data.to_owned(),
            made_by,
        })
}

/// Where Debian puts them, the `PATH`, and what `pg_config` says.
async fn usual_folders() -> Vec<PathBuf> {
    let debian = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let mut folders: Vec<_> = debian.map(|version| version.path().join("bin")).collect();
    folders.extend(env::var_os("PATH").iter().flat_map(env::split_paths));
    if let Ok(output) = Command::new("pg_config").arg("--bindir").output().await {
        folders.push(PathBuf::from(
            String::from_utf8_lossy(&output.stdout).trim(),
        ));
    }
    folders
}

/// Reads `postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)`.
fn major_of(banner: &str) -> Option<u32> {
    let version = banner.strip_prefix("postgres (PostgreSQL) ")?;
    let digits = version
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(version.len());
    version[..digits].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn installed(majors: &[u32]) -> Vec<(u32, Binaries)> {
        majors
            .iter()
            .map(|major| (*major, Binaries(major.to_string().into())))
            .collect()
    }

    #[test]
    fn the_major_version_is_read_from_the_banner() {
        assert_eq!(
            major_of("postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)\n"),
            Some(15)
        );
        assert_eq!(major_of("postgres (PostgreSQL) 18beta1\n"), Some(18));
        assert_eq!(major_of("nonsense"), None);
    }

    #[test]
    fn a_new_cluster_gets_the_newest_version() {
        let dir = tempfile::tempdir().unwrap();
        let chosen = choose(installed(&[15, 17, 16]), dir.path()).unwrap();
        assert_eq!(chosen.0, Path::new("17"));
    }

    #[test]
    fn a_cluster_keeps_the_version_that_made_it() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("PG_VERSION"), "15\n").unwrap();
        assert_eq!(
            choose(installed(&[15, 17]), dir.path()).unwrap().0,
            Path::new("15")
        );

        let refused = choose(installed(&[17]), dir.path())
            .unwrap_err()
            .to_string();
        assert!(refused.contains("install postgresql-15"), "{refused}");
    }
}
