//! The processes of a command: a process group of its own, so that what it started ends with it.

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
        /// The one that a process leads.
        pub(crate) fn of(leader: u32) -> Option<Self> {
            // 0 and 1 would mean the agent's own group, and every process.
            i32::try_from(leader).ok().filter(|pid| *pid > 1).map(|pid| Self(Pid::from_raw(pid)))
        }

        /// Asks its processes to end.
        pub(crate) fn terminate(self) {
            // What is gone already needs no signal.
            let _ = killpg(self.0, Signal::SIGTERM);
        }

        /// Ends its processes.
        pub(crate) fn kill(self) {
            let _ = killpg(self.0, Signal::SIGKILL);
        }

        /// Whether one of its processes is there.
        pub(crate) fn is_alive(self) -> bool {
            killpg(self.0, None::<Signal>).is_ok()
        }
    }
}

#[cfg(not(unix))]
mod windows {
    use std::process::{Command, Stdio};

    /// A process and those that it started.
    #[derive(Clone, Copy, Debug)]
    pub(crate) struct Group(u32);

    impl Group {
        /// The ones of a process.
        pub(crate) const fn of(leader: u32) -> Option<Self> {
            Some(Self(leader))
        }

        /// Windows has nothing by which to ask a program without a window to end.
        pub(crate) const fn terminate(self) {}

        /// Ends them.
        pub(crate) fn kill(self) {
            let mut command = Command::new("taskkill");
            command.args(["/T", "/F", "/PID", &self.0.to_string()]);
            let _ = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
        }

        /// Not known.
        pub(crate) const fn is_alive(self) -> bool {
            false
        }
    }
}
