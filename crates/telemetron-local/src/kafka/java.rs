//! Finding a Java runtime that is new enough.

use std::env;
use std::path::PathBuf;

use tokio::process::Command;

use crate::Error;

/// Brokers of 4.x do not load on anything older.
const OLDEST: u32 = 17;

/// The `java` of `JAVA_HOME`, else the one on the `PATH`, after a look at its version.
pub(crate) async fn find() -> Result<PathBuf, Error> {
    let program = env::var_os("JAVA_HOME")
        .filter(|home| !home.is_empty())
        .map_or_else(
            || PathBuf::from("java"),
            |home| PathBuf::from(home).join("bin/java"),
        );
    let output = Command::new(&program)
        .arg("-version")
        .kill_on_drop(true)
        .output()
        .await;
    let Some(output) = output.ok().filter(|output| output.status.success()) else {
        return Err(Error::JavaMissing { program });
    };
    check(program, &String::from_utf8_lossy(&output.stderr))
}

/// Reads `openjdk version "17.0.15" 2025-04-15`, and `"1.8.0_402"` of old; other lines may stand
/// before it.
fn check(program: PathBuf, banner: &str) -> Result<PathBuf, Error> {
    let quoted = banner
        .split_once(" version \"")
        .and_then(|(_, rest)| rest.split('"').next());
    let found = quoted.unwrap_or("unknown").to_owned();
    let mut numbers = found.split(|c: char| !c.is_ascii_digit());
    let major = numbers.next().and_then(|number| number.parse::<u32>().ok());
    match major {
        Some(major) if major >= OLDEST => Ok(program),
        _ => Err(Error::JavaTooOld { program, found }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(banner: &str) -> Result<PathBuf, String> {
        check("java".into(), banner).map_err(|error| error.to_string())
    }

    #[test]
    fn java_17_and_later_will_do() {
        for version in ["17.0.15", "21", "25-ea"] {
            assert!(verdict(&format!("openjdk version \"{version}\" 2025-04-15")).is_ok());
        }
    }

    #[test]
    fn a_line_about_options_does_not_hide_the_version() {
        let banner = "Picked up JAVA_TOOL_OPTIONS: -Da=\"b\"\nopenjdk version \"17.0.15\"";
        assert!(verdict(banner).is_ok());
    }

    #[test]
    fn older_java_is_refused_with_its_version() {
        for version in ["11.0.2", "1.8.0_402"] {
            let refused = verdict(&format!("java version \"{version}\"")).unwrap_err();
            assert!(
                refused.starts_with(&format!("java is Java {version};")),
                "{refused}"
            );
        }
    }
}
