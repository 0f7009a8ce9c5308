//! Turning a TOML file into the defaults of a command.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use clap::{Arg, Command};
use toml::{Table, Value};

use crate::Error;

/// The values of each key, as they would stand on a command line.
type Entries = BTreeMap<String, Vec<String>>;

/// Below this likeness a suggestion would only confuse.
const LIKE_ENOUGH: f64 = 0.7;

/// Makes the file's entries the defaults of the arguments with the same name, in all subcommands;
/// says which they are.
pub(crate) fn apply(command: Command, path: &Path) -> Result<(Command, BTreeSet<String>), Error> {
    let entries = read(path)?;
    let mut known = Vec::new();
    collect(&command, &mut known);
    check(&entries, &known, path)?;
    let command = with_defaults(command, &entries);
    Ok((command, entries.into_keys().collect()))
}

fn read(path: &Path) -> Result<Entries, Error> {
    let text = fs::read_to_string(path).map_err(|source| Error::ConfigUnreadable {
        path: path.to_owned(),
        source,
    })?;
    let table: Table = text.parse().map_err(|error| syntax(path, &error, &text))?;
    table
        .into_iter()
        .map(|(key, value)| entry(key, value, path))
        .collect()
}

/// A syntax error in one line.
fn syntax(path: &Path, error: &toml::de::Error, text: &str) -> Error {
    let before = error
        .span()
        .and_then(|span| text.get(..span.start))
        .unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    refused(
        path,
        format!("line {line} is not TOML: {}", error.message()),
    )
}

fn entry(key: String, value: Value, path: &Path) -> Result<(String, Vec<String>), Error> {
    let values = match value {
        Value::Array(values) => values.iter().map(plain).collect(),
        value => plain(&value).map(|value| vec![value]),
    };
    match values {
        Some(values) => Ok((key, values)),
        None => Err(refused(
            path,
            format!("{key} must be a plain value or a list of them"),
        )),
    }
}

fn plain(value: &Value) -> Option<String> {
    Some(match value {
        Value::String(text) => text.clone(),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Boolean(flag) => flag.to_string(),
        Value::Datetime(time) => time.to_string(),
        Value::Array(_) | Value::Table(_) => return None,
    })
}

/// The arguments a file may set: those with an environment variable, wherever they stand.
fn collect<'a>(command: &'a Command, known: &mut Vec<(String, &'a Arg)>) {
    known.extend(
        command
            .get_arguments()
            .filter_map(|arg| Some((key_of(arg)?, arg))),
    );
    for subcommand in command.get_subcommands() {
        collect(subcommand, known);
    }
}

/// The environment variable in lower case. The file cannot name itself.
pub(super) fn key_of(arg: &Arg) -> Option<String> {
    let variable = arg.get_env()?.to_str()?;
    (variable != super::CONFIG_VARIABLE).then(|| variable.to_ascii_lowercase())
}

fn check(entries: &Entries, known: &[(String, &Arg)], path: &Path) -> Result<(), Error> {
    for (key, values) in entries {
        let mut named = known.iter().filter(|(name, _)| name == key).peekable();
        if named.peek().is_none() {
            return Err(refused(path, unknown(key, known)));
        }
        for (_, arg) in named {
            apart(arg, values)
                .iter()
                .try_for_each(|value| try_value(arg, key, value, path))?;
        }
    }
    Ok(())
}

/// The values of an argument that takes several in one text: each by itself, as a default is.
fn apart(arg: &Arg, values: &[String]) -> Vec<String> {
    let Some(delimiter) = arg.get_value_delimiter() else {
        return values.to_vec();
    };
    let each = values.iter().flat_map(|value| value.split(delimiter));
    each.map(str::to_owned).collect()
}

fn unknown(key: &str, known: &[(String, &Arg)]) -> String {
    let nearest = known
        .iter()
        .map(|(name, _)| (strsim::jaro_winkler(key, name), name))
        .filter(|(likeness, _)| *likeness >= LIKE_ENOUGH)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    match nearest {
        Some((_, name)) => format!("unknown key {key}; did you mean {name}?"),
        None => format!("unknown key {key}; --help lists the variables it may be"),
    }
}

/// Parses one value on its own, so that a mistake is reported with the file and the key.
fn try_value(arg: &Arg, key: &str, value: &str, path: &Path) -> Result<(), Error> {
    let alone = Arg::new("value").value_parser(arg.get_value_parser().clone());
    let parsed = Command::new("check")
        .no_binary_name(true)
        .arg(alone.allow_hyphen_values(true))
        .try_get_matches_from([value]);
    match parsed {
        Ok(_) => Ok(()),
        Err(error) => Err(refused(path, format!("{key}: {}", why(&error, value)))),
    }
}

/// The reason in clap's message: what it says after the name of the stand-in argument.
fn why(error: &clap::Error, value: &str) -> String {
    let text = error.to_string();
    let reason = text
        .split_once("'[value]'")
        .map_or("", |(_, reason)| reason);
    match reason.trim_start_matches([':', ' ', '\n']).lines().next() {
        Some(reason) => format!("{value} is not valid: {reason}"),
        None => format!("{value} is not valid"),
    }
}

fn with_defaults(command: Command, entries: &Entries) -> Command {
    command
        .mut_args(|arg| match key_of(&arg).and_then(|key| entries.get(&key)) {
            Some(values) => {
                let values = apart(&arg, values);
                arg.default_values(values).required(false)
            }
            None => arg,
        })
        .mut_subcommands(|subcommand| with_defaults(subcommand, entries))
}

fn refused(path: &Path, reason: String) -> Error {
    Error::Config {
        path: path.to_owned(),
        reason,
    }
}
