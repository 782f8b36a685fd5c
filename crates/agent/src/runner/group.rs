//! Process groups: a command runs in a group of its own, so that the processes it started can be ended
//! with it.

#[cfg(unix)]
pub(crate) use unix::Group;
#[cfg(not(unix))]
pub(crate) use windows::Group;

#[cfg(unix)]
mod unix {
    use nix::sys::signal::{Signal, killpg};
    use nix::unistd::Pid;

    /// A process group.
    #[derive(Clone, Copy, Debug)]
    pub(crate) struct Group(Pid);

    impl Group {
        /// The group that a process leads.
        pub(crate) fn of(leader: u32) -> Option<Self> {
            // To `killpg`, 0 would mean the agent's own group, and 1 every process.
            i32::try_from(leader).ok().filter(|pid| *pid > 1).map(|pid| Self(Pid::from_raw(pid)))
        }

        /// Processes that have ended need no signal.
        pub(crate) fn terminate(self) {
            // Processes that have ended need no signal.
            let _ = killpg(self.0, Signal::SIGTERM);
        }

        /// Sends SIGKILL to the processes of the group.
        pub(crate) fn kill(self) {
            let _ = killpg(self.0, Signal::SIGKILL);
        }

        /// Whether any process of the group exists.
        pub(crate) fn is_alive(self) -> bool {
            killpg(self.0, None::<Signal>).is_ok()
        }
    }
}

#[cfg(not(unix))]
mod windows {
    use std::process::{Command, Stdio};

    /// A process and the processes that it started.
    #[derive(Clone, Copy, Debug)]
    pub(crate) struct Group(u32);

    impl Group {
        /// The process with this id and the processes that it started.
        pub(crate) const fn of(leader: u32) -> Option<Self> {
            Some(Self(leader))
        }

        /// Does nothing: Windows cannot ask a program without a window to end.
        pub(crate) const fn terminate(self) {}

        /// Ends the processes.
        pub(crate) fn kill(self) {
            let mut command = Command::new("taskkill");
            command.args(["/T", "/F", "/PID", &self.0.to_string()]);
            let _ = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
        }

        /// Always false, since Windows has no such query.
        pub(crate) const fn is_alive(self) -> bool {
            false
        }
    }
}
