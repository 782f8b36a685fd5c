//! Ending with the process that started the agent.

/// Has the agent asked to end when its parent ends, which is the process with this number. False if that
/// has ended already.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub fn end_with(parent: u32) -> std::io::Result<bool> {
    use nix::sys::prctl::set_pdeathsig;
    use nix::sys::signal::Signal;
    use nix::unistd::getppid;

    set_pdeathsig(Signal::SIGTERM)?;
    // It may have ended before it was asked for.
    Ok(u32::try_from(getppid().as_raw()) == Ok(parent))
}

/// Only Linux tells a process that its parent has ended.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub fn end_with(_: u32) -> std::io::Result<bool> {
    Ok(true)
}

/// Asks a process to end, as a service manager does.
#[cfg(unix)]
pub fn ask_to_end(process: u32) {
    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;

    if let Ok(process) = i32::try_from(process) {
        // It may have ended by itself.
        let _ = kill(Pid::from_raw(process), Signal::SIGTERM);
    }
}

/// Elsewhere nobody is asked.
#[cfg(not(unix))]
pub fn ask_to_end(_: u32) {}
