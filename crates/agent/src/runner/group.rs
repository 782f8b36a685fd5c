//! The processes of a command: a process group of its own, so that what it started ends with it.

#[cfg(unix)]
pub(super) use unix::Group;
#[cfg(not(unix))]
pub(super) use windows::Group;

#[cfg(unix)]
mod unix {
    use nix::sys::signal::{Signal, killpg};
    use nix::unistd::Pid;

    /// A process group.
    #[derive(Clone, Copy, Debug)]
    pub(in super::super) struct Group(Pid);

    impl Group {
        /// The one that a process leads.
        pub(in super::super) fn of(leader: u32) -> Option<Self> {
            // 0 and 1 would mean the agent's own group, and every process.
            i32::try_from(leader).ok().filter(|pid| *pid > 1).map(|pid| Self(Pid::from_raw(pid)))
        }

        /// Asks its processes to end.
        pub(in super::super) fn terminate(self) {
            // What is gone already needs no signal.
            let _ = killpg(self.0, Signal::SIGTERM);
        }

        /// Ends its processes.
        pub(in super::super) fn kill(self) {
            let _ = killpg(self.0, Signal::SIGKILL);
        }

        /// Whether one of its processes is there.
        pub(in super::super) fn is_alive(self) -> bool {
            killpg(self.0, None::<Signal>).is_ok()
        }
    }
}

#[cfg(not(unix))]
mod windows {
    use std::process::{Command, Stdio};

    /// A process and those that it started.
    #[derive(Clone, Copy, Debug)]
    pub(in super::super) struct Group(u32);

    impl Group {
        /// The ones of a process.
        pub(in super::super) const fn of(leader: u32) -> Option<Self> {
            Some(Self(leader))
        }

        /// Windows has nothing by which to ask a program without a window to end.
        pub(in super::super) const fn terminate(self) {}

        /// Ends them.
        pub(in super::super) fn kill(self) {
            let mut command = Command::new("taskkill");
            command.args(["/T", "/F", "/PID", &self.0.to_string()]);
            let _ = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
        }

        /// Not known.
        pub(in super::super) const fn is_alive(self) -> bool {
            false
        }
    }
}
