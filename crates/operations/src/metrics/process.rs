//! The server's process, as Linux shows it in `/proc/self` (proc(5)). The names are those that the client libraries of
//! Prometheus use.

use std::fs;

use super::family::Family;

/// How many ticks a second has in `/proc/self/stat` (`USER_HZ`).
const TICKS: f64 = 100.0;

/// The metrics of the process that Linux shows; none on other systems.
pub(super) fn families() -> Vec<Family> {
    let mut families = Vec::new();
    let mut add = |name: &str, help: &str, value: Option<f64>| {
        families.extend(value.map(|value| Family::gauge(name, help).with(&[], value)));
    };
    add("process_resident_memory_bytes", "The memory of the process that is in use.", resident_bytes());
    add("process_virtual_memory_bytes", "The address space of the process.", virtual_bytes());
    add("process_threads", "Threads of the process.", status("Threads"));
    add("process_max_fds", "The most files and sockets that may be open.", most_files());
    add("process_start_time_seconds", "When the process started, in seconds since 1970.", started());
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

fn virtual_bytes() -> Option<f64> {
    Some(status("VmSize")? * 1_024.0)
}

/// The soft limit of open files.
fn most_files() -> Option<f64> {
    let text = fs::read_to_string("/proc/self/limits").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// The start of the machine, from `/proc/stat`, and that of the process after it.
fn started() -> Option<f64> {
    let text = fs::read_to_string("/proc/stat").ok()?;
    let machine: f64 = text.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()?;
    // The 22nd field; the first of `fields` is the third.
    Some(machine + fields()?.get(19)?.parse::<f64>().ok()? / TICKS)
}

/// The fields of `/proc/self/stat` from the third on.
fn fields() -> Option<Vec<String>> {
    let text = fs::read_to_string("/proc/self/stat").ok()?;
    // The name of the program may contain spaces and parentheses.
    let (_, rest) = text.rsplit_once(')')?;
    Some(rest.split_whitespace().map(str::to_owned).collect())
}

fn open_files() -> Option<f64> {
    Some(fs::read_dir("/proc/self/fd").ok()?.count() as f64)
}

/// The times in user and in kernel mode.
fn cpu_seconds() -> Option<f64> {
    let fields = fields()?;
    let user: f64 = fields.get(11)?.parse().ok()?;
    let system: f64 = fields.get(12)?.parse().ok()?;
    Some((user + system) / TICKS)
}
