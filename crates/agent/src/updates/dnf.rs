//! Updates of Fedora, Red Hat and their relatives, through dnf 4 or dnf 5.
//!
//! `check-update` lists the updates. The advisories (`updateinfo list`; in dnf 5 `advisory list`) tell
//! which are security updates and how severe, and `rpm` lists the installed versions. Advisories are
//! matched with updates by name and architecture, whatever their version: an update is the newest version,
//! so it includes what every listed advisory is about.

use std::collections::HashMap;

use bailiwick_domain::update::{Severity, Update};

use super::call::{Call, Run, ask};
use super::{Failure, fetch_then_install, named};

/// The exit code of `check-update` if there are updates.
const UPDATES: i32 = 100;
/// The text that `needs-restarting` prints if the machine must be restarted.
const REBOOT: &str = "Reboot is required";

/// The name of the dnf on this machine.
fn dnf(run: &impl Run) -> Result<&'static str, Failure> {
    let found = ["dnf5", "dnf"].into_iter().find(|name| run.has(name));
    found.ok_or(Failure::Missing { program: "dnf" })
}

/// The call that fetches the metadata of the repositories.
pub(super) fn refresh(run: &impl Run) -> Result<Call, Failure> {
    Ok(Call::act(dnf(run)?, &["-q", "--refresh", "makecache"]))
}

/// The available updates.
pub(super) async fn updates(run: &mut impl Run) -> Result<Vec<Update>, Failure> {
    let program = dnf(run)?;
    let list = ask(run, Call::ask(program, &["-q", "-C", "check-update"]), &[0, UPDATES]).await?;
    let mut updates = parse_list(&list);
    if updates.is_empty() {
        return Ok(updates);
    }
    let noun = if program == "dnf5" { "advisory" } else { "updateinfo" };
    let advisories = ask(run, Call::ask(program, &["-q", "-C", noun, "list"]), &[0]).await?;
    let advisories = parse_advisories(&advisories);
    let format = "%{NAME}.%{ARCH} %{INSTALLTIME} %|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE}\\n";
    let packages = ask(run, Call::ask("rpm", &["-qa", "--qf", format]), &[0]).await?;
    let packages = parse_packages(&packages);
    for update in &mut updates {
        let package = qualified(update);
        update.installed_version = packages.get(&package).map(|(_, version)| (*version).to_owned());
        let Some(advisories) = advisories.get(&package) else { continue };
        update.security = advisories.iter().any(|advisory| advisory.is_security);
        update.severity = advisories.iter().filter_map(|advisory| advisory.severity).max();
        update.references = advisories.iter().map(|advisory| advisory.name.to_owned()).collect();
        update.references.dedup();
    }
    Ok(updates)
}

/// Whether the machine must be restarted. A dnf that cannot tell counts as no.
pub(super) async fn reboot_required(run: &mut impl Run) -> Result<bool, Failure> {
    let program = dnf(run)?;
    let arguments: &[&str] = if program == "dnf5" {
        &["-q", "-C", "needs-restarting"]
    } else {
        &["-q", "-C", "needs-restarting", "-r"]
    };
    // The exit code is 1 if so, but also if the subcommand does not exist, so the text decides.
    let said = run.run(Call::ask(program, arguments)).await?;
    Ok(said.stdout.contains(REBOOT))
}

/// Installs all updates, or some.
pub(super) async fn install(all: bool, updates: &[&Update], run: &mut impl Run) -> Result<i32, Failure> {
    let program = dnf(run)?;
    let names: Vec<String> =
        if all { Vec::new() } else { updates.iter().map(|update| qualified(update)).collect() };
    let fetch = Call::act(program, &["-q", "-y", "--downloadonly", "upgrade"]).with(names.iter().cloned());
    let install = Call::act(program, &["-q", "-y", "upgrade"]).with(names);
    fetch_then_install(fetch, install, &[0], run).await
}

fn qualified(update: &Update) -> String {
    format!("{}.{}", update.name, update.architecture.as_deref().unwrap_or_default())
}

/// Parses the output of `check-update`: `NAME.ARCHITECTURE VERSION REPOSITORY`; dnf 4 continues a long
/// row in the next line. Packages that replace others are in a separate part, and are not updates.
fn parse_list(list: &str) -> Vec<Update> {
    let mut updates = Vec::new();
    let mut row: Vec<&str> = Vec::new();
    for line in list.lines() {
        if line.starts_with("Obsoleting ") {
            break;
        }
        if !line.starts_with([' ', '\t']) {
            row.clear();
        }
        row.extend(line.split_whitespace().take(4));
        if let [package, version, repository] = row[..]
            && let Some((name, architecture)) = package.rsplit_once('.')
            && version.contains('-')
        {
            updates.push(Update {
                available_version: Some(version.to_owned()),
                architecture: Some(architecture.to_owned()),
                origin: Some(repository.to_owned()),
                ..named(name)
            });
        }
        if row.len() > 2 {
            row.clear();
        }
    }
    updates
}

struct Advisory<'t> {
    name: &'t str,
    is_security: bool,
    severity: Option<Severity>,
}

/// Parses the list of advisories, by `NAME.ARCHITECTURE`. In dnf 4, a line is `ADVISORY KIND PACKAGE`
/// with kinds such as `bugfix` and `Important/Sec.`; in dnf 5, it is `ADVISORY TYPE SEVERITY PACKAGE
/// DATE TIME`.
fn parse_advisories(list: &str) -> HashMap<String, Vec<Advisory<'_>>> {
    let mut advisories: HashMap<String, Vec<Advisory<'_>>> = HashMap::new();
    for line in list.lines() {
        let words: Vec<&str> = line.split_whitespace().take(7).collect();
        let (name, is_security, severity, package) = match words[..] {
            [name, kind, package] => {
                let severity = kind.strip_suffix("/Sec.");
                (name, severity.is_some(), severity.unwrap_or_default(), package)
            }
            [name, kind, severity, package, ..] => (name, kind == "security", severity, package),
            _ => continue,
        };
        let Some(package) = package_of(package) else { continue };
        let severity = Severity::parse(&severity.to_ascii_lowercase());
        advisories.entry(package).or_default().push(Advisory { name, is_security, severity });
    }
    advisories
}

/// The `NAME.ARCHITECTURE` of a package that is written as `NAME-[EPOCH:]VERSION-RELEASE.ARCHITECTURE`.
fn package_of(text: &str) -> Option<String> {
    let (rest, architecture) = text.rsplit_once('.')?;
    let (rest, _release) = rest.rsplit_once('-')?;
    let (name, _version) = rest.rsplit_once('-')?;
    Some(format!("{name}.{architecture}"))
}

/// Parses the installed packages that `rpm` lists, by `NAME.ARCHITECTURE`. If several versions of a
/// package are installed, as of kernels, the most recently installed one counts.
fn parse_packages(list: &str) -> HashMap<String, (u64, &str)> {
    let mut packages: HashMap<String, (u64, &str)> = HashMap::new();
    for line in list.lines() {
        let mut words = line.split_whitespace();
        let (Some(name), Some(time), Some(version)) = (words.next(), words.next(), words.next()) else {
            continue;
        };
        let time = time.parse().unwrap_or_default();
        let known = packages.entry(name.to_owned()).or_insert((time, version));
        if time > known.0 {
            *known = (time, version);
        }
    }
    packages
}

#[cfg(test)]
mod tests {
    use bailiwick_domain::command::UpdateChoice;
    use bailiwick_domain::update::UpdateSource;
    use proptest::prelude::*;

    use super::*;
    use crate::updates::recording::Recording;
    use crate::updates::{Refresh, install, scan};

    const DNF4_LIST: &str = "
bash.x86_64                       5.1.8-9.el9_4                 baseos
kernel.x86_64                     5.14.0-427.31.1.el9_4         baseos
openssl.x86_64                    1:3.0.7-28.el9_4              baseos
openssl-libs.i686                 1:3.0.7-28.el9_4              baseos
python3-setuptools-wheel-with-a-long-name.noarch
                                  53.0.0-12.el9_4.1             appstream
Obsoleting Packages
grub2-tools.x86_64                1:2.06-80.el9_4               baseos
    grub2-tools.x86_64            1:2.06-70.el9                 @baseos
";

    const DNF4_ADVISORIES: &str = "\
RHSA-2026:5101 Important/Sec. kernel-5.14.0-427.18.1.el9_4.x86_64
RHSA-2026:5928 Moderate/Sec.  kernel-5.14.0-427.31.1.el9_4.x86_64
RHBA-2026:4000 bugfix         bash-5.1.8-9.el9_4.x86_64
RHSA-2026:2447 Low/Sec.       openssl-1:3.0.7-28.el9_4.x86_64
RHEA-2026:1000 enhancement    nothing-1-1.noarch
FEDORA-EPEL-2026-12 Unknown/Sec. openssl-libs-1:3.0.7-28.el9_4.i686
";

    const PACKAGES: &str = "\
bash.x86_64 1700000000 5.1.8-6.el9
kernel.x86_64 1700000000 5.14.0-362.8.1.el9_3
kernel.x86_64 1710000000 5.14.0-427.13.1.el9_4
openssl.x86_64 1700000000 1:3.0.7-24.el9
gpg-pubkey.(none) 1700000000 fd431d51-4ae0493b
";

    const DNF5_LIST: &str = "\
NetworkManager.x86_64  1:1.50.3-1.fc41  updates
vim-data.noarch        2:9.1.1000-1.fc41 updates
Obsoleting packages
a.noarch               2-1              updates
    replacing          b.noarch
";

    const DNF5_ADVISORIES: &str = "\
Name                   Type        Severity  Package                               Issued
FEDORA-2026-1f2e3d4c5b security    Critical  vim-data-2:9.1.1000-1.fc41.noarch     2026-02-01 01:12:31
FEDORA-2026-1f2e3d4c5b security    Critical  vim-data-2:9.1.1000-1.fc41.noarch     2026-02-01 01:12:31
FEDORA-2026-aaaaaaaaaa enhancement None      NetworkManager-1:1.50.3-1.fc41.x86_64 2026-01-11 00:48:02
";

    fn brief(update: &Update) -> String {
        let severity = update.severity.map_or("-", Severity::as_str);
        let installed = update.installed_version.as_deref().unwrap_or("-");
        let available = update.available_version.as_deref().unwrap_or("-");
        let package = qualified(update);
        format!(
            "{package} {installed} {available} {} {severity} {}",
            update.security,
            update.references.join(",")
        )
    }

    #[tokio::test]
    async fn updates_of_dnf_4_have_the_severity_of_their_advisories() {
        let mut run = Recording::new([
            ("dnf -q --refresh makecache", 0, ""),
            ("dnf -q -C check-update", 100, DNF4_LIST),
            ("dnf -q -C updateinfo list", 0, DNF4_ADVISORIES),
            ("rpm -qa --qf", 0, PACKAGES),
            (
                "dnf -q -C needs-restarting -r",
                1,
                "Core libraries or services have been updated since boot-up:\n  * kernel\n\nReboot is required to fully utilize these updates.\n",
            ),
        ]);
        run.lacks.push("dnf5");
        let found = scan(UpdateSource::Dnf, Refresh::First, &mut run).await.unwrap();
        assert!(found.reboot_required && found.refreshed && run.is_over());
        assert_eq!(
            found.updates.iter().map(brief).collect::<Vec<_>>(),
            [
                "bash.x86_64 5.1.8-6.el9 5.1.8-9.el9_4 false - RHBA-2026:4000",
                "kernel.x86_64 5.14.0-427.13.1.el9_4 5.14.0-427.31.1.el9_4 true important RHSA-2026:5101,RHSA-2026:5928",
                "openssl.x86_64 1:3.0.7-24.el9 1:3.0.7-28.el9_4 true low RHSA-2026:2447",
                // A security update without a severity.
                "openssl-libs.i686 - 1:3.0.7-28.el9_4 true - FEDORA-EPEL-2026-12",
                "python3-setuptools-wheel-with-a-long-name.noarch - 53.0.0-12.el9_4.1 false - ",
            ]
        );
    }

    #[tokio::test]
    async fn updates_of_dnf_5_are_read_from_its_table() {
        let mut run = Recording::new([
            ("dnf5 -q -C check-update", 100, DNF5_LIST),
            ("dnf5 -q -C advisory list", 0, DNF5_ADVISORIES),
            ("rpm -qa --qf", 0, "vim-data.noarch 1 2:9.1.900-1.fc41\n"),
            (
                "dnf5 -q -C needs-restarting",
                0,
                "No core libraries or services have been updated since boot-up.\nReboot should not be necessary.\n",
            ),
        ]);
        let found = scan(UpdateSource::Dnf, Refresh::Not, &mut run).await.unwrap();
        assert!(!found.reboot_required && !found.refreshed);
        assert_eq!(
            found.updates.iter().map(brief).collect::<Vec<_>>(),
            [
                "NetworkManager.x86_64 - 1:1.50.3-1.fc41 false - FEDORA-2026-aaaaaaaaaa",
                "vim-data.noarch 2:9.1.900-1.fc41 2:9.1.1000-1.fc41 true critical FEDORA-2026-1f2e3d4c5b",
            ]
        );
    }

    #[tokio::test]
    async fn security_updates_are_installed_by_name() {
        let scanned = [
            ("dnf -q -C check-update", 100, DNF4_LIST),
            ("dnf -q -C updateinfo list", 0, DNF4_ADVISORIES),
            ("rpm -qa --qf", 0, PACKAGES),
            ("dnf -q -C needs-restarting -r", 1, "No such command: needs-restarting.\n"),
        ];
        let mut calls = vec![("dnf -q --refresh makecache", 0, "")];
        calls.extend(scanned);
        calls.push((
            "dnf -q -y --downloadonly upgrade kernel.x86_64 openssl.x86_64 openssl-libs.i686",
            0,
            "",
        ));
        calls.push((
            "dnf -q -y upgrade kernel.x86_64 openssl.x86_64 openssl-libs.i686",
            1,
            "Error: no space\n",
        ));
        calls.push(("dnf -q -C check-update", 0, "\n"));
        calls.push((
            "dnf -q -C needs-restarting -r",
            1,
            "Reboot is required to fully utilize these updates.\n",
        ));
        let mut run = Recording::new(calls);
        run.lacks.push("dnf5");
        let installation = install(UpdateSource::Dnf, &UpdateChoice::Security, &mut run).await.unwrap();
        assert_eq!(installation.exit_code, Some(1));
        assert!(installation.scan.updates.is_empty() && installation.scan.reboot_required && run.is_over());
        assert_eq!(run.shown, "Error: no space\n");
    }

    proptest! {
        #[test]
        fn any_output_of_dnf_is_read_without_panic(text in any::<String>()) {
            let _ = (parse_list(&text), parse_advisories(&text), parse_packages(&text), package_of(&text));
        }

        #[test]
        fn truncated_output_is_read_without_panic(skip in 0..600_usize, cut in 0..600_usize) {
            for text in [DNF4_LIST, DNF4_ADVISORIES, DNF5_LIST, DNF5_ADVISORIES, PACKAGES] {
                let torn: String = text.chars().skip(skip).take(cut).collect();
                let _ = (parse_list(&torn), parse_advisories(&torn), parse_packages(&torn));
            }
        }
    }
}
