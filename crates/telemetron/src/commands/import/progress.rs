//! A progress bar on a terminal, and nothing elsewhere.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use telemetron_import::files::Input;

/// How far the import is.
pub(super) struct Progress(ProgressBar);

impl Progress {
    /// Begins over a number of files. Nothing is drawn where standard error is no terminal.
    pub(super) fn over(files: usize) -> Self {
        let files = u64::try_from(files).unwrap_or(u64::MAX);
        let bar = ProgressBar::with_draw_target(Some(files), ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template(
            "  {bar:32.cyan/dim} {pos}/{len} files  {eta:>4} left  {wide_msg:.dim}",
        );
        if let Ok(style) = style {
            bar.set_style(style.progress_chars("━━─"));
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        Self(bar)
    }

    /// Says which file is read.
    pub(super) fn begin(&self, input: &Input) {
        self.0.set_message(input.to_string());
    }

    /// A file is done.
    pub(super) fn done(&self) {
        self.0.inc(1);
    }

    /// Everything is done: the bar disappears.
    pub(super) fn end(self) {
        self.0.finish_and_clear();
    }
}
