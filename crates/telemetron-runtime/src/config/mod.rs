//! Configuration: flags above environment above file above defaults.
//!
//! Each process describes its settings as a `clap` parser whose arguments name an environment
//! variable. A TOML file, named by `--config` or `TELEMETRON_CONFIG`, may set the same: its keys
//! are the variables in lower case. [`parse`] turns its entries into defaults before the command
//! line is parsed, so that clap does all the rest, the help text included.

mod effective;
mod file;
mod values;

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{Args, Parser};

use effective::FileKeys;
pub use effective::Settings;
pub use values::{bytes, duration};

/// Names the configuration file when no flag does.
pub const CONFIG_VARIABLE: &str = "TELEMETRON_CONFIG";

const FLAG: &str = "--config";

/// The flag that names the configuration file; flatten it into the process's parser.
#[derive(Debug, Clone, Args)]
pub struct ConfigArgs {
    /// TOML file with settings; its keys are the environment variables in lower case
    #[arg(long, env = CONFIG_VARIABLE, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
}

/// Parses the command line of this process, and says which settings are in effect; ends the process
/// with a message when something is wrong.
pub fn parse<P: Parser>() -> (P, Settings) {
    let from_environment = std::env::var_os(CONFIG_VARIABLE);
    parse_from(std::env::args_os().collect(), from_environment).unwrap_or_else(|e| e.exit())
}

/// Parses a command line, with the path of the configuration file that the environment names.
///
/// # Errors
/// What clap finds wrong, and a file that cannot be read, has an unknown key or a bad value.
pub fn parse_from<P: Parser>(
    arguments: Vec<OsString>,
    from_environment: Option<OsString>,
) -> Result<(P, Settings), clap::Error> {
    let mut command = P::command();
    let mut file = None;
    let named = named_file(&arguments)
        .or(from_environment)
        .filter(|path| !path.is_empty());
    if let Some(path) = named.map(PathBuf::from) {
        let (applied, keys) = file::apply(command, &path)
            .map_err(|error| P::command().error(ErrorKind::InvalidValue, error))?;
        command = applied;
        file = Some(FileKeys { path, keys });
    }
    let mut matches = command.try_get_matches_from_mut(arguments)?;
    let settings = Settings::of(&command, &matches, file.as_ref());
    let parsed = P::from_arg_matches_mut(&mut matches);
    let parsed = parsed.map_err(|error| error.format(&mut command))?;
    Ok((parsed, settings))
}

/// The value of `--config`, which has to be known before the rest can be parsed.
fn named_file(arguments: &[OsString]) -> Option<OsString> {
    let mut ours = arguments.iter().take_while(|argument| *argument != "--");
    while let Some(argument) = ours.next() {
        if argument == FLAG {
            return ours.next().cloned();
        }
        if let Some(value) = attached_value(argument) {
            return Some(value.to_owned());
        }
    }
    None
}

/// The value in `--config=VALUE`.
fn attached_value(argument: &OsStr) -> Option<&OsStr> {
    Some(OsStr::new(
        argument.to_str()?.strip_prefix(FLAG)?.strip_prefix('=')?,
    ))
}

#[cfg(test)]
mod tests;
