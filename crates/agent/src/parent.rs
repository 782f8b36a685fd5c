//! Lets an agent end together with the process that started it.

/// Asks Linux to send SIGTERM to this process when its parent ends. `parent` is the parent's process id.
/// False if the parent has ended already.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub fn end_with(parent: u32) -> std::io::Result<bool> {
    use nix::sys::prctl::set_pdeathsig;
    use nix::sys::signal::Signal;
    use nix::unistd::getppid;

    set_pdeathsig(Signal::SIGTERM)?;
    // The parent may have ended before the call.
    Ok(u32::try_from(getppid().as_raw()) == Ok(parent))
}

/// Does nothing: only Linux can tell a process that its parent has ended.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub fn end_with(_: u32) -> std::io::Result<bool> {
    Ok(true)
}

/// Sends SIGTERM to a process, as a service manager does.
#[cfg(unix)]
pub fn ask_to_end(process: u32) {
    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;

    if let Ok(process) = i32::try_from(process) {
        // The process may have ended by itself.
        let _ = kill(Pid::from_raw(process), Signal::SIGTERM);
    }
}

/// Does nothing on other systems.
#[cfg(not(unix))]
pub fn ask_to_end(_: u32) {}
