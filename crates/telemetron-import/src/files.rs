//! The files of an import: found, opened, unpacked; one at a time and bounded.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

/// Largest file that is read, unpacked.
const MOST_BYTES: u64 = 512 * 1024 * 1024;

/// Where a file's bytes come from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Input {
    /// A file.
    File(PathBuf),
    /// Standard input, named `-`.
    Standard,
}

impl Input {
    /// The path of a file.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Standard => None,
        }
    }
}

impl std::fmt::Display for Input {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Standard => f.write_str("standard input"),
        }
    }
}

/// A file or folder that cannot be looked at.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {}", path.display())]
pub struct Unreadable {
    path: PathBuf,
    source: io::Error,
}

impl Unreadable {
    fn at(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self {
            path: path.to_owned(),
            source,
        }
    }
}

/// All files that the arguments name, folders with everything in them, in order of their names.
///
/// # Errors
/// When one of them, or a folder in one, cannot be looked at.
pub fn find(arguments: &[PathBuf]) -> Result<Vec<Input>, Unreadable> {
    let mut found = Vec::new();
    for argument in arguments {
        if argument == Path::new("-") {
            found.push(Input::Standard);
        } else {
            let what = fs::metadata(argument);
            let what = what.map_err(Unreadable::at(argument))?;
            collect(argument, what.is_dir(), &mut found)?;
        }
    }
    Ok(found)
}

fn collect(path: &Path, is_folder: bool, found: &mut Vec<Input>) -> Result<(), Unreadable> {
    if !is_folder {
        found.push(Input::File(path.to_owned()));
        return Ok(());
    }
    let entries = fs::read_dir(path).and_then(|entries| entries.collect::<io::Result<Vec<_>>>());
    let mut entries = entries.map_err(Unreadable::at(path))?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        // Links are not followed: they may lead in circles.
        let kind = entry.file_type().map_err(Unreadable::at(&entry.path()))?;
        if !hidden && !kind.is_symlink() {
            collect(&entry.path(), kind.is_dir(), found)?;
        }
    }
    Ok(())
}

/// Reads a file whole, unpacked when it is gzip.
///
/// # Errors
/// A sentence when it cannot be read, cannot be unpacked or is too large.
pub fn read(input: &Input) -> Result<Vec<u8>, String> {
    let bytes = match input {
        Input::Standard => bounded(io::stdin().lock()),
        Input::File(path) => File::open(path)
            .map_err(|e| e.to_string())
            .and_then(bounded),
    }?;
    if bytes.starts_with(&[0x1f, 0x8b]) {
        return bounded(MultiGzDecoder::new(bytes.as_slice()));
    }
    Ok(bytes)
}

fn bounded(source: impl Read) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let read = source.take(MOST_BYTES + 1).read_to_end(&mut bytes);
    let read = read.map_err(|error| format!("cannot be read: {error}"))?;
    if u64::try_from(read).is_ok_and(|read| read > MOST_BYTES) {
        let most = MOST_BYTES / 1024 / 1024;
        return Err(format!("is larger than {most} MiB; split it"));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn folders_are_read_in_order_without_hidden_files() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("b")).unwrap();
        for name in ["b/2.json", "a.json", ".hidden", "c.json"] {
            fs::write(dir.path().join(name), "{}").unwrap();
        }
        let found = find(&[dir.path().to_owned()]).unwrap();
        let names: Vec<_> = ["a.json", "b/2.json", "c.json"]
            .map(|name| Input::File(dir.path().join(name)))
            .into();
        assert_eq!(found, names);
    }

    #[test]
    fn gzip_is_unpacked_by_its_content() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("run.json");
        let file = File::create(&path).unwrap();
        let mut packed = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
        packed.write_all(b"{\"a\":1}").unwrap();
        packed.finish().unwrap();
        assert_eq!(read(&Input::File(path)).unwrap(), b"{\"a\":1}");
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = find(&["/no/such/file".into()]).unwrap_err().to_string();
        assert_eq!(error, "cannot read /no/such/file");
    }
}
