//! Recordings of programs that are not installed on the machine that runs the tests.

use std::path::Path;

use super::{Call, CallEnd, Failure, Run};

/// Replays the recorded output of programs, in the order of the calls.
pub(super) struct Recording {
    /// How each call must begin, its exit code and its output.
    calls: Vec<(&'static str, i32, &'static str)>,
    /// The environments of the calls.
    pub(super) environments: Vec<Vec<(&'static str, String)>>,
    /// The shown output.
    pub(super) shown: String,
    /// The files that exist.
    pub(super) files: Vec<&'static str>,
    /// The programs that do not exist.
    pub(super) lacks: Vec<&'static str>,
}

impl Recording {
    pub(super) fn new(calls: impl IntoIterator<Item = (&'static str, i32, &'static str)>) -> Self {
        let mut calls: Vec<_> = calls.into_iter().collect();
        calls.reverse();
        let (environments, shown, files, lacks) = (Vec::new(), String::new(), Vec::new(), Vec::new());
        Self { calls, environments, shown, files, lacks }
    }

    /// Whether all recorded calls were made.
    pub(super) fn is_over(&self) -> bool {
        self.calls.is_empty()
    }
}

impl Run for Recording {
    async fn run(&mut self, call: Call) -> Result<CallEnd, Failure> {
        let line = format!("{} {}", call.program, call.arguments.join(" "));
        let (begins, code, text) =
            self.calls.pop().unwrap_or_else(|| panic!("no call was recorded for {line}"));
        assert!(line.starts_with(begins), "{line} does not begin with {begins}");
        self.environments.push(call.environment);
        if call.is_shown {
            self.shown.push_str(text);
            return Ok(CallEnd { code: Some(code), ..CallEnd::default() });
        }
        Ok(CallEnd { code: Some(code), stdout: text.to_owned(), stderr: String::new() })
    }

    async fn note(&mut self, line: &str) -> Result<(), Failure> {
        self.shown.push_str(line);
        self.shown.push('\n');
        Ok(())
    }

    fn has(&self, program: &str) -> bool {
        !self.lacks.contains(&program)
    }

    fn exists(&self, path: &Path) -> bool {
        self.files.iter().any(|file| Path::new(file) == path)
    }
}
