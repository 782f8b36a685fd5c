//! Facts that Linux provides in files. On other systems the files do not exist, and the facts are
//! absent.

use std::fs;
use std::path::Path;

/// The contents of `/etc/os-release`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Release {
    /// The name and version for people.
    pub(super) name: Option<String>,
    /// The version.
    pub(super) version: Option<String>,
}

/// Reads `etc/os-release` under `root`, or the one in `usr/lib`.
pub(super) fn release(root: &Path) -> Release {
    let read = |path: &str| fs::read_to_string(root.join(path)).ok();
    let text = read("etc/os-release").or_else(|| read("usr/lib/os-release")).unwrap_or_default();
    let find = |name: &str| {
        let value = text.lines().find_map(|line| line.trim().strip_prefix(name)?.strip_prefix('='))?;
        let value = unquote(value.trim());
        (!value.is_empty()).then_some(value)
    };
    Release { name: find("PRETTY_NAME"), version: find("VERSION_ID") }
}

/// Removes the quotes and escapes from a value in a shell assignment.
fn unquote(value: &str) -> String {
    let inner = ['"', '\''].iter().find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote));
    let mut text = String::new();
    let mut characters = inner.unwrap_or(value).chars();
    while let Some(character) = characters.next() {
        text.extend(if character == '\\' { characters.next() } else { Some(character) });
    }
    text
}

/// How DMI strings begin on known virtual machines, and the names of those.
const FIRMWARE: [(&str, &str); 18] = [
    ("Google Compute Engine", "google"),
    ("Amazon EC2", "amazon"),
    ("KVM", "kvm"),
    ("OpenStack", "kvm"),
    ("KubeVirt", "kvm"),
    ("QEMU", "qemu"),
    ("VMware", "vmware"),
    ("VMW", "vmware"),
    ("innotek GmbH", "oracle"),
    ("VirtualBox", "oracle"),
    ("Oracle Corporation", "oracle"),
    ("Xen", "xen"),
    ("Bochs", "bochs"),
    ("Parallels", "parallels"),
    ("BHYVE", "bhyve"),
    ("Hyper-V", "microsoft"),
    ("Apple Virtualization", "apple"),
    ("Nutanix", "kvm"),
];
/// The DMI files to read, in this order.
const TABLES: [&str; 5] = ["product_name", "sys_vendor", "board_vendor", "bios_vendor", "product_version"];
/// Parts of the path of a container's control group, and the names of the container managers.
const GROUPS: [(&str, &str); 4] =
    [("docker", "docker"), ("libpod", "podman"), ("kubepods", "kubernetes"), ("lxc", "lxc")];

/// The kind of container or virtual machine: `none` for neither; `None` if it cannot be determined.
pub(super) fn virtualization(root: &Path) -> Option<String> {
    let read = |path: &str| fs::read_to_string(root.join(path)).ok();
    let kernel = read("proc/sys/kernel/osrelease")?;
    container(root, &kernel).or_else(|| machine(root)).or_else(|| Some("none".to_owned()))
}

fn container(root: &Path, kernel: &str) -> Option<String> {
    let exists = |path: &str| root.join(path).exists();
    if kernel.contains("Microsoft") || kernel.contains("WSL") {
        return Some("wsl".to_owned());
    }
    if exists("proc/vz") && !exists("proc/bc") {
        return Some("openvz".to_owned());
    }
    if exists("run/.containerenv") {
        return Some("podman".to_owned());
    }
    if exists(".dockerenv") {
        return Some("docker".to_owned());
    }
    // The container manager may name itself in the environment of the first process, which only root
    // may read.
    let environment = fs::read(root.join("proc/1/environ")).unwrap_or_default();
    let named = environment
        .split(|byte| *byte == 0)
        .find_map(|variable| variable.strip_prefix(b"container="))
        .map(|name| String::from_utf8_lossy(name).into_owned());
    let noted = || fs::read_to_string(root.join("run/systemd/container")).ok();
    if let Some(name) = named.or_else(noted).map(|name| name.trim().to_owned()).filter(|n| !n.is_empty()) {
        return Some(name);
    }
    let groups = fs::read_to_string(root.join("proc/1/cgroup")).unwrap_or_default();
    GROUPS.iter().find(|(part, _)| groups.contains(part)).map(|(_, name)| (*name).to_owned())
}

fn machine(root: &Path) -> Option<String> {
    for table in TABLES {
        let text = fs::read_to_string(root.join("sys/class/dmi/id").join(table)).unwrap_or_default();
        if let Some((_, name)) = FIRMWARE.iter().find(|(start, _)| text.trim().starts_with(start)) {
            return Some((*name).to_owned());
        }
        if table == "sys_vendor" && text.trim() == "Microsoft Corporation" {
            let product = fs::read_to_string(root.join("sys/class/dmi/id/product_name")).unwrap_or_default();
            if product.trim() == "Virtual Machine" {
                return Some("microsoft".to_owned());
            }
        }
    }
    if let Ok(name) = fs::read_to_string(root.join("sys/hypervisor/type")) {
        return Some(name.trim().to_owned());
    }
    if root.join("proc/xen").exists() {
        return Some("xen".to_owned());
    }
    let tree = fs::read(root.join("proc/device-tree/hypervisor/compatible")).unwrap_or_default();
    if tree.starts_with(b"linux,kvm") {
        return Some("kvm".to_owned());
    }
    let processor = fs::read_to_string(root.join("proc/cpuinfo")).unwrap_or_default();
    if processor.contains("User Mode Linux") {
        return Some("uml".to_owned());
    }
    let flags = processor.lines().find(|line| line.starts_with("flags")).unwrap_or_default();
    flags.split_ascii_whitespace().any(|flag| flag == "hypervisor").then(|| "vm-other".to_owned())
}

/// The name of the time zone in the IANA database.
pub(super) fn time_zone(root: &Path) -> Option<String> {
    let link = fs::read_link(root.join("etc/localtime")).ok();
    let linked = link.and_then(|path| Some(path.to_str()?.split_once("zoneinfo/")?.1.to_owned()));
    let written = || fs::read_to_string(root.join("etc/timezone")).ok().map(|text| text.trim().to_owned());
    linked.or_else(written).filter(|zone| !zone.is_empty())
}

/// Whether the machine must be restarted. `None` on systems that have no file for that.
pub(super) fn reboot_required(root: &Path) -> Option<bool> {
    if ["run/reboot-required", "var/run/reboot-required"].iter().any(|path| root.join(path).exists()) {
        return Some(true);
    }
    root.join("var/lib/dpkg").is_dir().then_some(false)
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    fn root(files: &[(&str, &str)]) -> TempDir {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        root
    }

    #[test]
    fn os_release_is_read_with_and_without_quotes() {
        let debian = "PRETTY_NAME=\"Debian GNU/Linux 13 (trixie)\"\nNAME=\"Debian\"\nVERSION_ID='13'\n";
        let found = release(root(&[("etc/os-release", debian)]).path());
        assert_eq!(found.name.as_deref(), Some("Debian GNU/Linux 13 (trixie)"));
        assert_eq!(found.version.as_deref(), Some("13"));
        let found = release(root(&[("usr/lib/os-release", "VERSION_ID=3.2\\$0\nPRETTY_NAME=\n")]).path());
        assert_eq!((found.name, found.version.as_deref()), (None, Some("3.2$0")));
        assert_eq!(release(root(&[]).path()), Release::default());
    }

    #[test]
    fn containers_and_virtual_machines_are_detected() {
        const KERNEL: (&str, &str) = ("proc/sys/kernel/osrelease", "6.12.0-1-amd64\n");
        const DMI: &str = "sys/class/dmi/id/product_name";
        for (files, expected) in [
            (vec![], "none"),
            (vec![(".dockerenv", ""), (DMI, "KVM")], "docker"),
            (vec![("run/.containerenv", "")], "podman"),
            (vec![("proc/1/environ", "A=b\0container=lxc\0")], "lxc"),
            (vec![("run/systemd/container", "systemd-nspawn\n")], "systemd-nspawn"),
            (vec![("proc/1/cgroup", "0::/kubepods/x")], "kubernetes"),
            (vec![(DMI, "VMware Virtual Platform\n")], "vmware"),
            (
                vec![(DMI, "Virtual Machine"), ("sys/class/dmi/id/sys_vendor", "Microsoft Corporation\n")],
                "microsoft",
            ),
            (vec![("sys/class/dmi/id/sys_vendor", "QEMU\n")], "qemu"),
            (vec![("sys/hypervisor/type", "xen\n")], "xen"),
            (vec![("proc/device-tree/hypervisor/compatible", "linux,kvm\0")], "kvm"),
            (vec![("proc/cpuinfo", "flags\t\t: fpu hypervisor lm\n")], "vm-other"),
            (vec![("proc/cpuinfo", "flags\t\t: fpu lm\n"), (DMI, "PowerEdge R760")], "none"),
        ] {
            let files: Vec<_> = files.into_iter().chain([KERNEL]).collect();
            let root = root(&files);
            assert_eq!(virtualization(root.path()).as_deref(), Some(expected), "{files:?}");
        }
        // Without Linux, there is no answer.
        assert_eq!(virtualization(root(&[]).path()), None);
        let windows = root(&[("proc/sys/kernel/osrelease", "5.15.0-microsoft-standard-WSL2")]);
        assert_eq!(virtualization(windows.path()).as_deref(), Some("wsl"));
    }

    #[test]
    fn a_required_reboot_and_the_time_zone_are_detected() {
        let zone = root(&[("etc/timezone", "Europe/Berlin\n")]);
        assert_eq!(time_zone(zone.path()).as_deref(), Some("Europe/Berlin"));
        assert_eq!(reboot_required(root(&[("run/reboot-required", "")]).path()), Some(true));
        assert_eq!(reboot_required(root(&[("var/lib/dpkg/status", "")]).path()), Some(false));
        assert_eq!(reboot_required(root(&[]).path()), None);
    }
}
