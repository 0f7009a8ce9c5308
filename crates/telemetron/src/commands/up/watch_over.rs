//! The process that watches over the platform: it starts it, passes signals on, sees how it ends,
//! and starts it again when it died.
//!
//! The platform links C libraries and takes in whatever the network sends; should anything end it
//! without a word (an abort, a fatal signal, the kernel out of memory), somebody has to be left who
//! saw it. This process does nothing else, so that nothing can end it but a signal of its own, and
//! then the platform ends with it.

use std::env;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{ExitStatus, Stdio};

use anyhow::{Context as _, bail};
use rustix::process::{Pid, Signal, getppid, kill_process, set_parent_process_death_signal};
use telemetron_local::RunNote;
use tokio::process::{Child, Command};

use super::backoff::Backoff;
use super::signals::Signals;
use crate::platform::Platform;

/// Exit codes of shells for what a signal ended begin here.
const SIGNALLED: i32 = 128;

/// Ends this process when `parent` ends, whatever ends it.
pub(crate) fn end_with(parent: i32) -> anyhow::Result<()> {
    set_parent_process_death_signal(Some(Signal::KILL))
        .context("cannot follow the process that watches over this one")?;
    // It may have ended before this was set.
    if getppid().map(Pid::as_raw_pid) != Some(parent) {
        bail!("the process that watches over this one has ended");
    }
    Ok(())
}

/// Runs the platform as a child, again and again, until it is stopped or cannot start; ends this
/// process with its exit code.
pub(crate) async fn run(platform: &Platform) -> anyhow::Result<()> {
    let data = platform.path()?;
    let mut signals = Signals::listen()?;
    let mut backoff = Backoff::begin();
    for restarted in 0_u64.. {
        let child = start(restarted)?;
        backoff.started();
        let (status, end) = until_ended(child, &mut signals, &data).await?;
        if !end.deserves_another_start() {
            std::process::exit(exit_code(status));
        }
        let pause = backoff.pause();
        tracing::error!(
            "the platform {}; it starts again in {:.1} s",
            end.how,
            pause.as_secs_f64()
        );
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = signals.next() => std::process::exit(exit_code(status)),
        }
    }
    Ok(())
}

/// The same command again, in a process group of its own, so that a signal from the terminal
/// comes once, through us.
fn start(restarted: u64) -> anyhow::Result<Child> {
    let program = env::current_exe().context("cannot tell where this program lies")?;
    Command::new(program)
        .args(env::args_os().skip(1))
        .args(["--watched-by", &std::process::id().to_string()])
        .args(["--restarted", &restarted.to_string()])
        .stdin(Stdio::inherit())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .context("cannot start the platform")
}

/// How the platform ended.
struct End {
    asked: bool,
    was_ready: bool,
    failed: bool,
    /// The end of the sentence "it …".
    how: String,
}

impl End {
    /// What never became ready fails for a reason that people have to see to.
    const fn deserves_another_start(&self) -> bool {
        self.failed && self.was_ready && !self.asked
    }
}

/// Passes signals on until the child has ended, and completes its note.
async fn until_ended(
    mut child: Child,
    signals: &mut Signals,
    data: &Path,
) -> anyhow::Result<(ExitStatus, End)> {
    let pid = child.id().and_then(|pid| i32::try_from(pid).ok());
    let mut asked = false;
    let status = loop {
        tokio::select! {
            status = child.wait() => break status.context("cannot wait for the platform")?,
            signal = signals.next() => {
                asked = true;
                if let Some(pid) = pid.and_then(Pid::from_raw) {
                    // It can only fail when the child has ended, which the loop sees next.
                    let _ended = kill_process(pid, signal);
                }
            }
        }
    };
    let noted = pid.and_then(|pid| RunNote::of(data, u32::try_from(pid).ok()?));
    let was_ready = noted.as_ref().is_some_and(|note| note.was_ready);
    let how = in_words(status);
    let how = match noted {
        Some(note) => note.found_ended(data, &how).unwrap_or(how),
        None => how,
    };
    let end = End {
        asked,
        was_ready,
        failed: !status.success(),
        how,
    };
    Ok((status, end))
}

fn in_words(status: ExitStatus) -> String {
    let Some(signal) = status.signal() else {
        return format!("exited with code {}", status.code().unwrap_or_default());
    };
    let meaning = match Signal::from_named_raw(signal) {
        Some(Signal::ABORT) => " (SIGABRT): the program or a library of it gave up",
        Some(Signal::SEGV) => " (SIGSEGV): a fault in native code",
        Some(Signal::BUS) => " (SIGBUS): a fault in native code",
        Some(Signal::ILL) => " (SIGILL): a fault in native code",
        Some(Signal::FPE) => " (SIGFPE): a fault in native code",
        Some(Signal::KILL) => " (SIGKILL): from outside, or by the kernel for lack of memory",
        _ => "",
    };
    format!("was ended by signal {signal}{meaning}")
}

fn exit_code(status: ExitStatus) -> i32 {
    status
        .code()
        .or_else(|| status.signal().map(|signal| SIGNALLED + signal))
        .unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_signal_ended_is_told_with_its_meaning() {
        let aborted = in_words(ExitStatus::from_raw(6));
        assert!(
            aborted.starts_with("was ended by signal 6 (SIGABRT)"),
            "{aborted}"
        );
        assert!(aborted.ends_with("gave up"), "{aborted}");
        let failed = in_words(ExitStatus::from_raw(1 << 8));
        assert_eq!(failed, "exited with code 1");
    }

    #[test]
    fn exit_codes_are_those_of_a_shell() {
        assert_eq!(exit_code(ExitStatus::from_raw(9)), 137);
        assert_eq!(exit_code(ExitStatus::from_raw(3 << 8)), 3);
    }

    #[test]
    fn only_what_died_after_it_was_ready_starts_again() {
        let died = |asked, was_ready, failed| End {
            asked,
            was_ready,
            failed,
            how: String::new(),
        };
        assert!(died(false, true, true).deserves_another_start());
        assert!(!died(true, true, true).deserves_another_start());
        assert!(!died(false, false, true).deserves_another_start());
        assert!(!died(false, true, false).deserves_another_start());
    }
}
