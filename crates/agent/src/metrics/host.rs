//! Reads the metrics of the host. Their names are those of OpenTelemetry's semantic conventions.

use std::collections::BTreeMap;

use bailiwick_link::observations::{Reading, Value};
use sysinfo::{CpuRefreshKind, DiskRefreshKind, Disks, MemoryRefreshKind, Networks, RefreshKind, System};

use super::key;

/// The most file systems and the most network interfaces that are reported.
const REPORTED_MAX: usize = 16;
/// File systems that are no storage of their own.
const PSEUDO: [&str; 8] =
    ["autofs", "devtmpfs", "efivarfs", "iso9660", "overlay", "ramfs", "squashfs", "tmpfs"];
/// How the names of interfaces begin that containers and virtual machines make, and that come and go with these.
const TRANSIENT: [&str; 7] = ["br-", "cali", "lxc", "tap", "veth", "vmnet", "vnet"];

/// The host whose metrics are read.
pub trait Host: Send {
    /// Reads all metrics. It may block on files and system calls.
    fn read(&mut self) -> Vec<Reading>;
}

/// The machine on which the agent runs.
pub struct ThisHost {
    system: System,
    disks: Disks,
    networks: Networks,
}

impl Default for ThisHost {
    /// Begins to measure how busy the processors are.
    fn default() -> Self {
        let refresh = RefreshKind::nothing()
            .with_cpu(CpuRefreshKind::nothing().with_cpu_usage())
            .with_memory(MemoryRefreshKind::everything());
        Self { system: System::new_with_specifics(refresh), disks: Disks::new(), networks: Networks::new() }
    }
}

impl Host for ThisHost {
    fn read(&mut self) -> Vec<Reading> {
        self.system.refresh_cpu_usage();
        self.system.refresh_memory();
        self.disks.refresh_specifics(true, DiskRefreshKind::nothing().with_storage());
        self.networks.refresh(true);
        let mut readings = self.processor_and_memory();
        readings.extend(file_systems(self.mounts()));
        let interfaces = self.networks.iter().map(|(name, data)| Interface {
            name: name.clone(),
            received: data.total_received(),
            transmitted: data.total_transmitted(),
            receive_errors: data.total_errors_on_received(),
            transmit_errors: data.total_errors_on_transmitted(),
            is_loopback: data.ip_networks().iter().any(|network| network.addr.is_loopback()),
        });
        readings.extend(self::interfaces(interfaces.collect()));
        readings
    }
}

impl ThisHost {
    fn processor_and_memory(&self) -> Vec<Reading> {
        let system = &self.system;
        let mut readings = vec![
            ratio("system.cpu.utilization", f64::from(system.global_cpu_usage()) / 100.0),
            quantity("system.uptime", "s", System::uptime() as f64),
        ];
        // Windows knows no load.
        if cfg!(unix) {
            let load = System::load_average();
            for (name, load) in [
                ("system.cpu.load_average.1m", load.one),
                ("system.cpu.load_average.5m", load.five),
                ("system.cpu.load_average.15m", load.fifteen),
            ] {
                readings.push(quantity(name, "{thread}", load));
            }
        }
        readings.extend(usage(
            ["system.memory.usage", "system.memory.limit", "system.memory.utilization"].map(str::to_owned),
            system.used_memory(),
            system.total_memory(),
        ));
        // Without swap space, there is nothing to say about it.
        if system.total_swap() > 0 {
            readings.push(quantity("system.paging.usage", "By", system.used_swap() as f64));
            let used = system.used_swap() as f64 / system.total_swap() as f64;
            readings.push(ratio("system.paging.utilization", used));
        }
        readings
    }

    fn mounts(&self) -> Vec<Mount> {
        let mount = |disk: &sysinfo::Disk| Mount {
            device: disk.name().to_string_lossy().into_owned(),
            mount_point: disk.mount_point().to_string_lossy().into_owned(),
            kind: disk.file_system().to_string_lossy().into_owned(),
            total: disk.total_space(),
            available: disk.available_space(),
        };
        // Containers have files of the host mounted.
        self.disks.iter().filter(|disk| disk.mount_point().is_dir()).map(mount).collect()
    }
}

fn quantity(key: &str, unit: &str, value: f64) -> Reading {
    Reading { key: key.to_owned(), unit: unit.to_owned(), value: Some(Value::Quantity(value)) }
}

/// A part of a whole, from 0 to 1, with four decimals: more take much more room and say nothing.
fn ratio(key: &str, value: f64) -> Reading {
    quantity(key, "1", (value.clamp(0.0, 1.0) * 10_000.0).round() / 10_000.0)
}

fn count(key: String, unit: &str, value: u64) -> Reading {
    let value = Some(Value::Count(i64::try_from(value).unwrap_or(i64::MAX)));
    Reading { key, unit: unit.to_owned(), value }
}

/// Usage, limit and utilization of something that has `total` bytes.
fn usage([usage, limit, utilization]: [String; 3], used: u64, total: u64) -> Vec<Reading> {
    if total == 0 {
        return Vec::new();
    }
    vec![
        quantity(&usage, "By", used as f64),
        quantity(&limit, "By", total as f64),
        ratio(&utilization, used as f64 / total as f64),
    ]
}

/// A mounted file system.
struct Mount {
    device: String,
    mount_point: String,
    kind: String,
    total: u64,
    available: u64,
}

/// The metrics of file systems. A file system that is mounted several times is reported at its shortest mount point.
fn file_systems(mounts: Vec<Mount>) -> Vec<Reading> {
    let mut by_device: BTreeMap<String, Mount> = BTreeMap::new();
    for mount in mounts {
        // The root of a container is an overlay.
        let is_pseudo = PSEUDO.contains(&mount.kind.as_str()) && mount.mount_point != "/";
        if mount.total == 0 || is_pseudo {
            continue;
        }
        let length = |mount: &Mount| (mount.mount_point.len(), mount.mount_point.clone());
        match by_device.get(&mount.device) {
            Some(other) if length(other) <= length(&mount) => {}
            _ => drop(by_device.insert(mount.device.clone(), mount)),
        }
    }
    let mut mounts: Vec<Mount> = by_device.into_values().collect();
    mounts.sort_by(|one, other| one.mount_point.cmp(&other.mount_point));
    let names = ["system.filesystem.usage", "system.filesystem.limit", "system.filesystem.utilization"];
    let readings = mounts.iter().filter_map(|mount| {
        let keys = names.map(|name| key::of_file_system(name, &mount.mount_point));
        let [Some(used), Some(limit), Some(utilization)] = keys else { return None };
        Some(usage([used, limit, utilization], mount.total.saturating_sub(mount.available), mount.total))
    });
    readings.take(REPORTED_MAX).flatten().collect()
}

/// A network interface.
struct Interface {
    name: String,
    received: u64,
    transmitted: u64,
    receive_errors: u64,
    transmit_errors: u64,
    is_loopback: bool,
}

/// The metrics of network interfaces.
fn interfaces(mut interfaces: Vec<Interface>) -> Vec<Reading> {
    let is_transient = |name: &str| TRANSIENT.iter().any(|beginning| name.starts_with(beginning));
    interfaces.retain(|interface| {
        !interface.is_loopback && interface.name != "lo" && !is_transient(&interface.name)
    });
    interfaces.sort_by(|one, other| one.name.cmp(&other.name));
    let readings = interfaces.iter().take(REPORTED_MAX).flat_map(|interface| {
        [
            ("system.network.io.receive", "By", interface.received),
            ("system.network.io.transmit", "By", interface.transmitted),
            ("system.network.errors.receive", "{error}", interface.receive_errors),
            ("system.network.errors.transmit", "{error}", interface.transmit_errors),
        ]
        .into_iter()
        .filter_map(|(name, unit, value)| Some(count(key::of_interface(name, &interface.name)?, unit, value)))
    });
    readings.collect()
}

#[cfg(test)]
mod tests;
