//! Facts: reads what machine the agent runs on.

mod linux;

use std::net::IpAddr;
use std::path::Path;

use bailiwick_domain::facts::{Disk, Facts};
use bailiwick_domain::time::Timestamp;
use sysinfo::{CpuRefreshKind, Disks, MemoryRefreshKind, Networks, RefreshKind, System};

use crate::shells;

/// The boot time is computed from a clock that may be set meanwhile. Two boot times that differ by no
/// more than this many seconds are treated as the same boot.
const SAME_BOOT_SECONDS: i64 = 30;

/// Reads the facts about this machine. It blocks on files and system calls, so do not call it in an
/// async task.
pub fn read() -> Facts {
    let refresh = RefreshKind::nothing()
        .with_cpu(CpuRefreshKind::nothing())
        .with_memory(MemoryRefreshKind::nothing().with_ram());
    let system = System::new_with_specifics(refresh);
    let root = Path::new("/");
    let release = linux::release(root);
    let booted = i64::try_from(System::boot_time()).ok().filter(|seconds| *seconds > 0);
    let mut facts = Facts {
        hostname: System::host_name(),
        os: Some(operating_system().to_owned()),
        os_description: release.name.or_else(System::long_os_version),
        os_version: release.version.or_else(System::os_version),
        kernel: System::kernel_version(),
        architecture: Some(architecture().to_owned()),
        cpu_model: system.cpus().first().map(|cpu| cpu.brand().trim().to_owned()),
        cpu_cores: u32::try_from(system.cpus().len()).ok().filter(|cores| *cores > 0),
        memory_bytes: Some(system.total_memory()).filter(|bytes| *bytes > 0),
        disks: disks(),
        addresses: addresses(),
        booted_at: booted.map(|seconds| Timestamp::from_micros(0).plus_seconds(seconds)),
        virtualization: linux::virtualization(root),
        time_zone: linux::time_zone(root),
        agent_version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        // Known once the agent is connected.
        transport: None,
        shells: shells::present(),
        reboot_required: linux::reboot_required(root),
        // The front tells it.
        front: None,
    };
    facts.bound();
    facts
}

/// Reads the facts again. A boot time that is nearly the same stays the same.
pub fn read_again(before: &Facts) -> Facts {
    let mut facts = read();
    if let (Some(old), Some(new)) = (before.booted_at, facts.booted_at) {
        let seconds = new.as_micros().abs_diff(old.as_micros()) / 1_000_000;
        if seconds <= SAME_BOOT_SECONDS.unsigned_abs() {
            facts.booted_at = Some(old);
        }
    }
    facts
}

/// The operating system, as OpenTelemetry names it.
const fn operating_system() -> &'static str {
    if cfg!(target_os = "macos") { "darwin" } else { std::env::consts::OS }
}

/// The architecture, as OpenTelemetry names it.
fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "arm" => "arm32",
        "powerpc" => "ppc32",
        "powerpc64" => "ppc64",
        other => other,
    }
}

fn disks() -> Vec<Disk> {
    let mut disks: Vec<Disk> = Disks::new_with_refreshed_list()
        .iter()
        .filter(|disk| disk.total_space() > 0)
        .map(|disk| Disk {
            device: disk.name().to_string_lossy().into_owned(),
            mount_point: disk.mount_point().to_string_lossy().into_owned(),
            file_system: disk.file_system().to_string_lossy().into_owned(),
            total_bytes: disk.total_space(),
        })
        .collect();
    disks.sort_by(|one, two| one.mount_point.cmp(&two.mount_point));
    disks
}

fn addresses() -> Vec<IpAddr> {
    let networks = Networks::new_with_refreshed_list();
    let all = networks.values().flat_map(|network| network.ip_networks());
    let mut addresses: Vec<IpAddr> =
        all.map(|network| network.addr).filter(|a| !a.is_loopback() && !a.is_unspecified()).collect();
    addresses.sort_unstable();
    addresses.dedup();
    addresses
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn the_facts_of_this_machine_are_correct() {
        let facts = read();
        let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap();
        assert_eq!(facts.kernel.as_deref(), Some(kernel.trim()));
        assert_eq!(facts.os.as_deref(), Some("linux"));
        let memory = std::fs::read_to_string("/proc/meminfo").unwrap();
        let total = memory.lines().find_map(|line| line.strip_prefix("MemTotal:")).unwrap();
        let kibibytes: u64 = total.trim().trim_end_matches("kB").trim().parse().unwrap();
        assert_eq!(facts.memory_bytes, Some(kibibytes * 1024));
        assert!(facts.cpu_cores.unwrap() >= 1 && facts.booted_at.is_some() && facts.hostname.is_some());
        assert!(facts.virtualization.is_some());
        assert!(facts.addresses.iter().all(|address| !address.is_loopback()));
        assert_eq!(read_again(&facts), facts);
    }
}
