//! The file that an answer becomes: written beside, and put in its place once it is whole.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

/// A file to be. Until it is put in its place, what was there stays as it was; given up, it leaves
/// nothing behind. What is no file (a pipe, a terminal) is written straight away.
#[derive(Debug)]
pub(crate) struct Target {
    /// Where it goes, behind links.
    path: PathBuf,
    force: bool,
    beside: Option<PathBuf>,
}

impl Target {
    /// Looks whether the file may be written at all, before anything is fetched for it.
    pub(crate) fn new(path: &Path, force: bool) -> anyhow::Result<Self> {
        let target = Self {
            path: path.canonicalize().unwrap_or_else(|_| path.to_owned()),
            force,
            beside: None,
        };
        target.look()?;
        Ok(target)
    }

    /// Whether its name asks for gzip.
    pub(crate) fn is_packed(&self) -> bool {
        self.path.extension().is_some_and(|end| end == "gz")
    }

    /// What to write into: a file in the same folder.
    pub(crate) fn begin(&mut self) -> anyhow::Result<File> {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        let beside = self
            .path
            .with_file_name(format!(".{name}.{}.part", std::process::id()));
        let beside = (!self.is_stream()).then_some(beside);
        let file = File::create(beside.as_ref().unwrap_or(&self.path));
        let file = file.with_context(|| self.cannot_write())?;
        self.beside = beside;
        Ok(file)
    }

    /// Puts what was written in its place; says where that is.
    pub(crate) fn put(mut self) -> anyhow::Result<PathBuf> {
        // Somebody else may have written there meanwhile.
        self.look()?;
        if let Some(beside) = &self.beside {
            fs::rename(beside, &self.path).with_context(|| self.cannot_write())?;
            self.beside = None;
        }
        Ok(self.path.clone())
    }

    fn look(&self) -> anyhow::Result<()> {
        let path = self.path.display();
        if self.path.is_dir() {
            bail!("{path} is a folder; name a file");
        }
        if self.path.is_file() && !self.force {
            bail!("{path} is there already; --force replaces it");
        }
        Ok(())
    }

    fn is_stream(&self) -> bool {
        self.path.exists() && !self.path.is_file()
    }

    fn cannot_write(&self) -> String {
        format!("cannot write {}", self.path.display())
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        if let Some(beside) = &self.beside {
            // Nothing is lost with it; what keeps it from going has been told, or nobody waits.
            let _ = fs::remove_file(beside);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_file_is_replaced_only_on_demand_and_only_by_a_whole_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("traces.json");
        let write = |force| {
            let mut target = Target::new(&path, force)?;
            target.begin()?.write_all(b"new")?;
            target.put().map(|_| ())
        };
        write(false).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");

        fs::write(&path, "old").unwrap();
        let refused = write(false).unwrap_err().to_string();
        assert!(
            refused.ends_with("is there already; --force replaces it"),
            "{refused}"
        );
        let mut given_up = Target::new(&path, true).unwrap();
        given_up.begin().unwrap().write_all(b"half").unwrap();
        drop(given_up);
        assert_eq!(fs::read(&path).unwrap(), b"old");
        write(true).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(
            fs::read_dir(folder.path()).unwrap().count(),
            1,
            "nothing is left beside"
        );
    }
}
