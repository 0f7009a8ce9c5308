//! Small file helpers: whole or not at all, and private.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use crate::Error;

/// How much of the end of a log is read to find its last line.
const TAIL_BYTES: i64 = 8 * 1024;

/// Creates a directory and its parents that only this user can enter.
pub(crate) fn create_private_dir(path: &Path) -> Result<(), Error> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(Error::io("create", path))
}

/// Opens a private file to write, empty.
pub(crate) fn create_private_file(path: &Path) -> Result<File, Error> {
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .map_err(Error::io("write", path))
}

/// Replaces a file: a reader, or a start after a crash, sees the old content or the new one.
pub(crate) fn write_atomic(path: &Path, content: &str) -> Result<(), Error> {
    let draft = path.with_added_extension("new");
    let mut file = create_private_file(&draft)?;
    file.write_all(content.as_bytes())
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&draft, path))
        .map_err(Error::io("write", path))
}

/// Removes a file or directory that may be absent.
pub(crate) fn remove(path: &Path) -> Result<(), Error> {
    let removed = if path.is_dir() {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    };
    match removed {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Error::io("remove", path)(error))
        }
        _ => Ok(()),
    }
}

/// The last line of a log that says something, for error messages.
pub(crate) fn last_line(path: &Path) -> Option<String> {
    let mut file = File::open(path).ok()?;
    let length = i64::try_from(file.metadata().ok()?.len()).ok()?;
    file.seek(SeekFrom::End(-length.min(TAIL_BYTES))).ok()?;
    let mut tail = Vec::new();
    file.read_to_end(&mut tail).ok()?;
    last_line_of(&tail)
}

/// The last line of a program's output that says something.
pub(crate) fn last_line_of(output: &[u8]) -> Option<String> {
    String::from_utf8_lossy(output)
        .lines()
        .rev()
        .map(str::trim)
        .find(|line| !line.is_empty())
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replaced_file_holds_the_new_content_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("endpoints.json");

        write_atomic(&path, "a longer first content").unwrap();
        write_atomic(&path, "second").unwrap();

        assert_eq!(fs::read_to_string(&path).unwrap(), "second");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn the_last_line_skips_blank_ones() {
        assert_eq!(
            last_line_of(b"first\n  why it failed \n\n").as_deref(),
            Some("why it failed")
        );
        assert_eq!(last_line_of(b"\n \n"), None);
    }

    #[test]
    fn what_is_absent_counts_as_removed() {
        let dir = tempfile::tempdir().unwrap();
        remove(&dir.path().join("absent")).unwrap();
    }
}
