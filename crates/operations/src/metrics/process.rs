//! The server's process, as Linux shows it in `/proc/self` (proc(5)). The names are those that the client libraries of
//! Prometheus use.

use std::fs;

use super::family::Family;

/// The metrics of the process that Linux shows; none on other systems.
pub(super) fn families() -> Vec<Family> {
    let mut families = Vec::new();
    let mut add = |name: &str, help: &str, value: Option<f64>| {
        families.extend(value.map(|value| Family::gauge(name, help).with(&[], value)));
    };
    add("process_resident_memory_bytes", "The memory of the process that is in use.", resident_bytes());
    add("process_open_fds", "Open files, sockets among them.", open_files());
    families.extend(cpu_seconds().map(|seconds| {
        let help = "The time of processors that the process used.";
        Family::counter("process_cpu_seconds", help).with(&[], seconds)
    }));
    families
}

/// The number behind a name in `/proc/self/status`.
fn status(name: &str) -> Option<f64> {
    let text = fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    line.split_whitespace().next()?.parse().ok()
}

fn resident_bytes() -> Option<f64> {
    Some(status("VmRSS")? * 1_024.0)
}

fn open_files() -> Option<f64> {
    Some(fs::read_dir("/proc/self/fd").ok()?.count() as f64)
}

/// The times in user and in kernel mode, which `/proc/self/stat` has in hundredths of a second (`USER_HZ`).
fn cpu_seconds() -> Option<f64> {
    let text = fs::read_to_string("/proc/self/stat").ok()?;
    // The name of the program may contain spaces and parentheses.
    let (_, rest) = text.rsplit_once(')')?;
    let mut fields = rest.split_whitespace().skip(11);
    let user: f64 = fields.next()?.parse().ok()?;
    let system: f64 = fields.next()?.parse().ok()?;
    Some((user + system) / 100.0)
}
