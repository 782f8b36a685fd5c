//! Detects the source of updates of a machine.

use bailiwick_domain::update::UpdateSource;

/// The source of updates: according to the operating system's own description (`/etc/os-release`), or
/// else to the programs that exist. So a Fedora on which apt is installed still counts as Fedora.
pub fn source(os_release: &str, has: impl Fn(&str) -> bool) -> Option<UpdateSource> {
    if cfg!(windows) {
        return Some(UpdateSource::Windows);
    }
    let value = |name: &str| {
        let line = os_release.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='))?;
        Some(line.trim().trim_matches(['"', '\'']))
    };
    let families = [value("ID"), value("ID_LIKE")].into_iter().flatten().flat_map(str::split_whitespace);
    let of = |family: &str| match family {
        "debian" | "ubuntu" => Some(UpdateSource::Apt),
        "fedora" | "rhel" | "centos" => Some(UpdateSource::Dnf),
        "suse" | "opensuse" => Some(UpdateSource::Zypper),
        _ => None,
    };
    let programs = [
        (UpdateSource::Apt, ["apt-get", "apt-get"]),
        (UpdateSource::Dnf, ["dnf5", "dnf"]),
        (UpdateSource::Zypper, ["zypper", "zypper"]),
    ];
    let is_there = |source: UpdateSource| {
        programs.iter().any(|(of, names)| *of == source && names.iter().any(|name| has(name)))
    };
    let said = families.filter_map(of).find(|source| is_there(*source));
    said.or_else(|| programs.into_iter().map(|(source, _)| source).find(|source| is_there(*source)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(not(windows))]
    fn the_package_manager_is_chosen_by_the_os_release() {
        let of = |release: &str, programs: &[&str]| source(release, |name| programs.contains(&name));
        let all = ["apt-get", "dnf5", "dnf", "zypper"];
        for (release, expected) in [
            ("ID=debian\n", UpdateSource::Apt),
            ("NAME=Ubuntu\nID=ubuntu\nID_LIKE=debian\n", UpdateSource::Apt),
            ("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n", UpdateSource::Apt),
            ("ID=fedora\n", UpdateSource::Dnf),
            ("ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n", UpdateSource::Dnf),
            ("ID=\"opensuse-leap\"\nID_LIKE=\"suse opensuse\"\n", UpdateSource::Zypper),
        ] {
            assert_eq!(of(release, &all), Some(expected), "{release}");
        }
        assert_eq!(of("ID=fedora", &["apt-get"]), Some(UpdateSource::Apt));
        assert_eq!(of("ID=fedora", &["dnf"]), Some(UpdateSource::Dnf));
        assert_eq!(of("", &["zypper"]), Some(UpdateSource::Zypper));
        assert_eq!(of("ID=alpine", &["apk"]), None);
    }
}
