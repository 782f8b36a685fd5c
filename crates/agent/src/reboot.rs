//! Reboots: how an agent restarts its machine.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bailiwick_link::commands::End;

use crate::runner::{self, Captures, Job, JobOutcome, Patience, Stop};
use crate::shells;

/// The ways to restart the machine: a program, its arguments, and a path that must exist for the way to
/// work.
const WAYS: &[(&str, &[&str], Option<&str>)] = if cfg!(windows) {
    &[("shutdown", &["/r", "/t", "0"], None)]
} else {
    &[
        ("systemctl", &["reboot"], Some("/run/systemd/system")),
        ("shutdown", &["-r", "now"], None),
        ("reboot", &[], None),
    ]
};

/// The first way that works on this machine.
fn way(
    exists: impl Fn(&Path) -> bool,
    find: impl Fn(&str) -> Option<PathBuf>,
) -> Option<(PathBuf, &'static [&'static str])> {
    WAYS.iter()
        .filter(|(_, _, needed)| needed.is_none_or(|path| exists(Path::new(path))))
        .find_map(|(program, arguments, _)| Some((find(program)?, *arguments)))
}

/// Restarts the machine. The command succeeds when the operating system has accepted the request; the
/// agent reports that now, or after the restart.
pub(crate) async fn reboot(
    timeout: Duration,
    patience: Patience,
    captures: &Arc<Captures>,
    stop: &Stop,
) -> JobOutcome {
    let Some((program, arguments)) = way(Path::exists, shells::program) else {
        let names: Vec<&str> = WAYS.iter().map(|(program, _, _)| *program).collect();
        return JobOutcome::not_begun(
            End::Failed,
            format!("this machine cannot be restarted: it has none of {}", names.join(", ")),
        );
    };
    let job = Job::program(program, arguments.iter().map(|argument| (*argument).to_owned()), []);
    runner::run(job, timeout, patience, captures, stop).await
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn the_first_available_reboot_command_is_used() {
        let at = |name: &str| Some(PathBuf::from("/sbin").join(name));
        let chosen =
            |way: Option<(PathBuf, &[&str])>| way.map(|(program, arguments)| (program, arguments.len()));
        assert_eq!(chosen(way(|_| true, at)), Some(("/sbin/systemctl".into(), 1)));
        // In a container, `systemctl` may be installed, but there is no systemd to call.
        assert_eq!(chosen(way(|_| false, at)), Some(("/sbin/shutdown".into(), 2)));
        let only = |name: &str| at(name).filter(|_| name == "reboot");
        assert_eq!(chosen(way(|_| true, only)), Some(("/sbin/reboot".into(), 0)));
        assert_eq!(chosen(way(|_| true, |_| None)), None);
    }
}
