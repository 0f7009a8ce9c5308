//! `telemetron completions` and `telemetron man`: what shells and `man` know of the command line.

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use crate::cli::Cli;
use crate::output;

const NAME: &str = "telemetron";

/// Options of `telemetron completions`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  telemetron completions bash > ~/.local/share/bash-completion/completions/telemetron
  telemetron completions zsh > ~/.zfunc/_telemetron
  telemetron completions fish > ~/.config/fish/completions/telemetron.fish")]
pub(crate) struct Completions {
    /// For which shell
    shell: Shell,
}

/// Options of `telemetron man`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  telemetron man | man --local-file -                            read it here
  telemetron man --output-dir ~/.local/share/man/man1            a page for every command")]
pub(crate) struct Man {
    /// Write a page for every command into this folder, rather than one for all to standard output
    #[arg(long, value_name = "DIR")]
    output_dir: Option<PathBuf>,
}

/// Writes the script that completes our commands.
pub(crate) fn completions(options: &Completions) -> anyhow::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut Cli::command(), NAME, &mut script);
    Ok(std::io::stdout().lock().write_all(&script)?)
}

/// Writes the manual.
pub(crate) fn man(options: &Man) -> anyhow::Result<()> {
    let Some(folder) = &options.output_dir else {
        let mut page = Vec::new();
        clap_mangen::Man::new(Cli::command()).render(&mut page)?;
        return Ok(std::io::stdout().lock().write_all(&page)?);
    };
    let cannot = || format!("cannot write the manual into {}", folder.display());
    std::fs::create_dir_all(folder).with_context(cannot)?;
    clap_mangen::generate_to(Cli::command(), folder).with_context(cannot)?;
    Ok(output::line(format_args!(
        "written into {}",
        folder.display()
    ))?)
}
