//! Into which file an answer goes, if not to standard output.

use std::io::Write as _;
use std::path::PathBuf;

use serde::Serialize;

use crate::output::{self, Target};

/// Where an answer goes.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct Save {
    /// Write the answer into this file, as JSON unless another form is asked for
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Replace the file if it is there already
    #[arg(long, requires = "output")]
    force: bool,
}

impl Save {
    /// Whether a file is named.
    pub(crate) const fn is_asked(&self) -> bool {
        self.output.is_some()
    }

    /// Writes a value as JSON, into the file or to standard output.
    pub(crate) fn json<T: Serialize + ?Sized>(&self, value: &T) -> anyhow::Result<()> {
        match self.output {
            None => output::json(value),
            Some(_) => self.text(&serde_json::to_string(value)?),
        }
    }

    /// Writes a text, into the file or to standard output.
    pub(crate) fn text(&self, text: &str) -> anyhow::Result<()> {
        let Some(path) = &self.output else {
            return Ok(output::line(text)?);
        };
        let mut target = Target::new(path, self.force)?;
        let mut file = target.begin()?;
        writeln!(file, "{text}")?;
        file.sync_all()?;
        target.put()?;
        Ok(())
    }
}
