//! The settings in effect, each with where it came from, as clap knows them.

use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;

use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command};
use serde_json::Value;

use super::file::key_of;

/// The settings of the command that was called. Printed they are a configuration file: what is set,
/// with its source in a comment; what is not set, and what is secret, as comments alone.
#[derive(Debug, Clone, Default)]
pub struct Settings(Vec<Setting>);

#[derive(Debug, Clone)]
struct Setting {
    key: String,
    values: Vec<String>,
    takes_several: bool,
    is_secret: bool,
    source: Source,
}

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Source {
    Default,
    File(PathBuf),
    Variable,
    CommandLine,
    /// Nobody named it; why it is not missing all the same.
    Found(String),
}

/// The configuration file of a process, and the keys in it.
pub(super) struct FileKeys {
    pub(super) path: PathBuf,
    pub(super) keys: BTreeSet<String>,
}

impl Settings {
    /// Reads them from what clap made of the command line.
    pub(super) fn of(command: &Command, matches: &ArgMatches, file: Option<&FileKeys>) -> Self {
        let mut settings = Vec::new();
        let (mut command, mut matches) = (command, matches);
        loop {
            let below = matches.subcommand();
            let below =
                below.and_then(|(name, below)| Some((command.find_subcommand(name)?, below)));
            // What is global stands on every level; the last one knows what was said of it.
            let named = command.get_arguments();
            let here = named.filter(|arg| below.is_none() || !arg.is_global_set());
            settings.extend(here.filter_map(|arg| Setting::of(arg, matches, file)));
            let Some(below) = below else {
                break;
            };
            (command, matches) = below;
        }
        Self(settings)
    }

    /// Says of a setting that nobody named what is used instead.
    #[must_use]
    pub fn instead(mut self, key: &str, what: impl Into<String>) -> Self {
        let mut unset = self.0.iter_mut().filter(|setting| !setting.is_set());
        if let Some(setting) = unset.find(|setting| setting.key == key) {
            setting.source = Source::Found(what.into());
        }
        self
    }
}

impl Setting {
    /// Whoever has no variable is no setting but an order, such as `--json`.
    fn of(arg: &Arg, matches: &ArgMatches, file: Option<&FileKeys>) -> Option<Self> {
        let key = key_of(arg)?;
        let id = arg.get_id().as_str();
        let values = matches.try_get_raw(id).ok()?.into_iter().flatten();
        let from_file = file.filter(|file| file.keys.contains(&key));
        let source = match (matches.value_source(id), from_file) {
            (Some(ValueSource::CommandLine), _) => Source::CommandLine,
            (Some(ValueSource::EnvVariable), _) => Source::Variable,
            (_, Some(file)) => Source::File(file.path.clone()),
            _ => Source::Default,
        };
        Some(Self {
            values: values.map(|v| v.to_string_lossy().into_owned()).collect(),
            takes_several: arg.get_value_delimiter().is_some(),
            is_secret: arg.is_hide_env_values_set(),
            key,
            source,
        })
    }

    /// An empty value counts as none, as it does to whoever reads the settings.
    fn is_set(&self) -> bool {
        self.values.iter().any(|value| !value.trim().is_empty())
    }

    /// As JSON writes it, which for texts, whole numbers, flags and lists of them is TOML as well.
    fn value(&self) -> Value {
        match &self.values[..] {
            [value] if !self.takes_several => value_of(value),
            values => Value::Array(values.iter().map(|value| value_of(value)).collect()),
        }
    }
}

/// A number or a flag plainly, anything else in quotes.
fn value_of(text: &str) -> Value {
    let number = text.parse::<i64>().map(Value::from).ok();
    let bare = number.or_else(|| text.parse::<bool>().map(Value::from).ok());
    let same = bare.filter(|value| format!("{value}") == text);
    same.unwrap_or_else(|| Value::from(text))
}

impl fmt::Display for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, setting) in self.0.iter().enumerate() {
            let line = if place == 0 { "" } else { "\n" };
            write!(f, "{line}{setting}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, source, .. } = self;
        match source {
            Source::Found(what) => write!(f, "# {key} is not set: {what}"),
            _ if !self.is_set() => write!(f, "# {key} is not set"),
            _ if self.is_secret => write!(f, "# {key} is set and not shown  # {source}"),
            _ => write!(f, "{key} = {}  # {source}", self.value()),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Variable => f.write_str("environment"),
            Self::CommandLine => f.write_str("command line"),
            Self::Found(what) => f.write_str(what),
        }
    }
}
