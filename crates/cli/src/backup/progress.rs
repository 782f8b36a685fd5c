//! What a long command is doing, on a terminal.

use std::time::Duration;

use indicatif::ProgressBar;

/// How often the line changes.
const TICK: Duration = Duration::from_millis(100);

/// A line on standard error that says what is being done. Nothing is shown if it is no terminal.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// A line without a text.
    pub(crate) fn new() -> Self {
        Self(ProgressBar::new_spinner())
    }

    /// Says what is being done now.
    pub(crate) fn say(&self, doing: &str) {
        self.0.set_message(format!("{doing} …"));
        self.0.enable_steady_tick(TICK);
    }

    /// Removes the line, before a question is asked or an answer printed.
    pub(crate) fn clear(&self) {
        self.0.disable_steady_tick();
        self.0.finish_and_clear();
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}
