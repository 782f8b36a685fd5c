//! Updates of Debian and its relatives, through apt.
//!
//! `apt list --upgradable` lists the updates. Whether one is a security update is derived from the
//! archives of its versions: `apt-cache policy` shows them for every version, so that a security update
//! is recognized even if a later version from an ordinary archive has replaced it. apt has no severities.

use std::collections::HashMap;
use std::path::Path;

use bailiwick_domain::update::{Update, UpdateName};

use super::call::{Call, Run, ask};
use super::{Failure, fetch_then_install, named};

/// The file by which packages demand a restart of the machine.
const REBOOT_REQUIRED: &str = "/run/reboot-required";

/// The call that fetches the package lists.
pub(super) fn refresh() -> Call {
    Call::act(
        "apt-get",
        &[
            "-q",
            "-o",
            "Acquire::Retries=1",
            "-o",
            "Acquire::http::Timeout=20",
            "-o",
            "Acquire::https::Timeout=20",
            "update",
        ],
    )
}

/// The available updates.
pub(super) async fn updates(run: &mut impl Run) -> Result<Vec<Update>, Failure> {
    let list = ask(run, Call::ask("apt", &["-q", "list", "--upgradable"]), &[0]).await?;
    let mut updates = parse_list(&list);
    let names: Vec<String> =
        updates.iter().map(qualified).filter(|n| n.parse::<UpdateName>().is_ok()).collect();
    if names.is_empty() {
        return Ok(updates);
    }
    let policy = ask(run, Call::ask("apt-cache", &["policy", "--"]).with(names), &[0]).await?;
    let fixes = parse_policy(&policy);
    for update in &mut updates {
        let fix = fixes.get(&qualified(update)).or_else(|| fixes.get(&update.name));
        update.security |= fix.copied().unwrap_or_default();
    }
    Ok(updates)
}

/// Whether a package demands a restart of the machine.
pub(super) fn reboot_required(run: &impl Run) -> bool {
    run.exists(Path::new(REBOOT_REQUIRED))
}

/// Installs all updates, with new packages where an update needs them, or some updates. Packages are
/// never removed, locally changed configuration files are kept, and only the packages themselves
/// restart services.
pub(super) async fn install(all: bool, updates: &[&Update], run: &mut impl Run) -> Result<i32, Failure> {
    if all {
        let call = |first: &[&str]| apt_get(&[first, &["--with-new-pkgs", "upgrade"]].concat());
        return fetch_then_install(call(&["--download-only"]), call(&[]), &[0], run).await;
    }
    let names: Vec<String> = updates.iter().map(|update| qualified(update)).collect();
    // apt marks a package that is installed by name as manually installed. Packages that were installed
    // as dependencies must keep their mark, or they would never be removed automatically.
    let asked = Call::ask("apt-mark", &["showauto", "--"]).with(names.iter().cloned());
    let automatic = ask(run, asked, &[0]).await?;
    let automatic: Vec<String> =
        automatic.split_whitespace().filter(|n| n.parse::<UpdateName>().is_ok()).map(str::to_owned).collect();
    let call = |first: &[&str]| {
        apt_get(&[first, &["--only-upgrade", "install", "--"]].concat()).with(names.iter().cloned())
    };
    let code = fetch_then_install(call(&["--download-only"]), call(&[]), &[0], run).await;
    if !automatic.is_empty() {
        let mark = Call::ask("apt-mark", &["auto", "--"]).with(automatic).in_any_case();
        let marked = run.run(mark).await.and_then(|end| end.ended("apt-mark", &[0]));
        if let Err(failure) = marked {
            run.note(&format!(
                "packages that were installed automatically could not be marked as such again: {failure}"
            ))
            .await?;
        }
    }
    code
}

/// The packages among `names` that are installed.
pub(super) async fn installed_packages(names: &[String], run: &mut impl Run) -> Result<Vec<String>, Failure> {
    let policy =
        ask(run, Call::ask("apt-cache", &["policy", "--"]).with(names.iter().cloned()), &[0]).await?;
    Ok(parse_installed(&policy))
}

/// The installed packages in the output of `apt-cache policy`, by the names that were asked for.
fn parse_installed(policy: &str) -> Vec<String> {
    let mut installed = Vec::new();
    let mut name = "";
    for line in policy.lines() {
        if let Some(version) = line.trim_start().strip_prefix("Installed: ") {
            if version.trim() != "(none)" {
                installed.push(name.to_owned());
            }
        } else if !line.starts_with(' ') {
            name = line.trim_end_matches(':');
        }
    }
    installed
}

/// A call of apt-get that installs without asking questions.
fn apt_get(arguments: &[&str]) -> Call {
    let options = [
        "Dpkg::Use-Pty=0",
        "DPkg::Lock::Timeout=300",
        "Dpkg::Options::=--force-confdef",
        "Dpkg::Options::=--force-confold",
    ];
    let options = options.into_iter().flat_map(|option| ["-o", option]).chain(["--no-remove"]);
    Call::act("apt-get", &["-q", "-y"])
        .with(options.chain(arguments.iter().copied()).map(str::to_owned))
        .env("DEBIAN_FRONTEND", "noninteractive")
        .env("APT_LISTCHANGES_FRONTEND", "none")
        .env("NEEDRESTART_MODE", "l")
        .env("UCF_FORCE_CONFFOLD", "1")
}

/// A package's name with its architecture, since a package may be installed for several.
fn qualified(update: &Update) -> String {
    match update.architecture.as_deref() {
        Some(architecture) if architecture != "all" => format!("{}:{architecture}", update.name),
        _ => update.name.clone(),
    }
}

/// Whether an archive contains security updates: `bookworm-security`, `jammy-infra-security`,
/// `buster/updates`.
fn is_security(archive: &str) -> bool {
    archive.ends_with("-security") || archive.ends_with("/updates")
}

/// Parses the output of `apt list --upgradable`, lines of the form `NAME/ARCHIVE,… VERSION ARCHITECTURE
/// [upgradable from: VERSION]`.
fn parse_list(list: &str) -> Vec<Update> {
    list.lines().filter_map(parse_line).collect()
}

fn parse_line(line: &str) -> Option<Update> {
    let (what, from) = line.trim_end().strip_suffix(']')?.split_once(" [upgradable from: ")?;
    let mut words = what.split_whitespace();
    let (name, archives) = words.next()?.split_once('/')?;
    let (version, architecture) = (words.next()?, words.next()?);
    Some(Update {
        installed_version: Some(from.to_owned()),
        available_version: Some(version.to_owned()),
        architecture: Some(architecture.to_owned()),
        origin: super::text(archives),
        security: archives.split(',').any(is_security),
        ..named(name)
    })
}

/// Parses the output of `apt-cache policy`: for each package, by the name that was asked for, whether
/// any version after the installed one and up to the candidate is a security update.
fn parse_policy(policy: &str) -> HashMap<String, bool> {
    let mut fixes = HashMap::new();
    let (mut name, mut candidate, mut is_between) = (String::new(), "", false);
    for line in policy.lines() {
        let text = line.trim_start();
        let indent = line.len() - text.len();
        if indent == 0 {
            name = text.trim_end_matches(':').to_owned();
            (candidate, is_between) = ("", false);
            fixes.insert(name.clone(), false);
        } else if let Some(version) = text.strip_prefix("Candidate: ") {
            candidate = version.trim();
        } else if text.starts_with("*** ") {
            is_between = false;
        } else if indent == 5 {
            is_between |= text.split_whitespace().next() == Some(candidate);
        } else if is_between && indent > 5 && has_fix(text) {
            fixes.insert(name.clone(), true);
        }
    }
    fixes
}

/// Whether a line such as `500 http://deb.debian.org/debian-security bookworm-security/main amd64
/// Packages` names an archive of security updates.
fn has_fix(source: &str) -> bool {
    let archive = source.split_whitespace().nth(2).and_then(|place| place.rsplit_once('/'));
    archive.is_some_and(|(archive, _)| is_security(archive))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::updates::recording::Recording;
    use crate::updates::{Refresh, scan};
    use bailiwick_domain::update::UpdateSource;

    const LIST: &str = "Listing...\n\
        apt/oldstable-security 2.6.2 amd64 [upgradable from: 2.6.1]\n\
        base-files/oldstable 12.4+deb12u15 amd64 [upgradable from: 12.4+deb12u11]\n\
        libc6/oldstable,oldstable-security 2.36-9+deb12u13 amd64 [upgradable from: 2.36-9+deb12u10]\n\
        libc6/oldstable,oldstable-security 2.36-9+deb12u13 i386 [upgradable from: 2.36-9+deb12u10]\n\
        perl-base/oldstable-updates 5.36.0-7+deb12u4 amd64 [upgradable from: 5.36.0-7+deb12u2]\n\
        tzdata/oldstable-updates 2026a-0+deb12u1 all [upgradable from: 2025b-0+deb12u1]\n\
        vim-tiny/oldstable 2:9.0.1378-2+deb12u2 amd64\n\
        N: There are 2 additional versions.\n";

    const POLICY: &str = "\
apt:
  Installed: 2.6.1
  Candidate: 2.6.2
  Version table:
     2.6.2 500
        500 http://deb.debian.org/debian-security bookworm-security/main amd64 Packages
 *** 2.6.1 500
        500 http://deb.debian.org/debian bookworm/main amd64 Packages
        100 /var/lib/dpkg/status
base-files:
  Installed: 12.4+deb12u11
  Candidate: 12.4+deb12u15
  Version table:
     13.8 -10
        -10 http://deb.debian.org/debian-security trixie-security/main amd64 Packages
     12.4+deb12u15 500
        500 http://deb.debian.org/debian bookworm/main amd64 Packages
 *** 12.4+deb12u11 100
        100 /var/lib/dpkg/status
     12.4+deb12u10 500
        500 http://deb.debian.org/debian-security bookworm-security/main amd64 Packages
perl-base:
  Installed: 5.36.0-7+deb12u2
  Candidate: 5.36.0-7+deb12u4
  Version table:
     5.36.0-7+deb12u4 500
        500 http://deb.debian.org/debian bookworm-updates/main amd64 Packages
     5.36.0-7+deb12u3 500
        500 http://deb.debian.org/debian-security bookworm-security/main amd64 Packages
 *** 5.36.0-7+deb12u2 100
        100 /var/lib/dpkg/status
tzdata:
  Installed: 2025b-0+deb12u1
  Candidate: 2026a-0+deb12u1
  Version table:
     2026a-0+deb12u1 500
        500 http://deb.debian.org/debian bookworm-updates/main amd64 Packages
 *** 2025b-0+deb12u1 100
        100 /var/lib/dpkg/status
";

    #[tokio::test]
    async fn a_scan_lists_the_updates_that_apt_lists() {
        let mut run = Recording::new([
            (
                "apt-get -q -o Acquire::Retries=1",
                0,
                "Hit:1 http://deb.debian.org/debian bookworm InRelease\n",
            ),
            ("apt -q list --upgradable", 0, LIST),
            (
                "apt-cache policy -- apt:amd64 base-files:amd64 libc6:amd64 libc6:i386 perl-base:amd64 tzdata",
                0,
                POLICY,
            ),
        ]);
        run.files.push("/run/reboot-required");
        let found = scan(UpdateSource::Apt, Refresh::First, &mut run).await.unwrap();
        assert!(found.reboot_required && found.refreshed);
        let brief: Vec<String> = found
            .updates
            .iter()
            .map(|u| {
                let version = u.available_version.as_deref().unwrap();
                format!("{}:{} {version} {}", u.name, u.architecture.as_deref().unwrap(), u.security)
            })
            .collect();
        assert_eq!(
            brief,
            [
                "apt:amd64 2.6.2 true",
                // Versions that are pinned away or already installed do not count.
                "base-files:amd64 12.4+deb12u15 false",
                "libc6:amd64 2.36-9+deb12u13 true",
                "libc6:i386 2.36-9+deb12u13 true",
                // The security update is in the version between.
                "perl-base:amd64 5.36.0-7+deb12u4 true",
                "tzdata:all 2026a-0+deb12u1 false",
            ]
        );
        let libc = &found.updates[2];
        assert_eq!(libc.installed_version.as_deref(), Some("2.36-9+deb12u10"));
        assert_eq!(libc.origin.as_deref(), Some("oldstable,oldstable-security"));
        assert_eq!((libc.severity, &libc.title), (None, &None));
    }

    #[test]
    fn only_installed_packages_are_read_from_apt_policy() {
        let policy =
            format!("vim:\n  Installed: (none)\n  Candidate: 9.0\n{POLICY}awk:\n  Installed: (none)\n");
        assert_eq!(parse_installed(&policy), ["apt", "base-files", "perl-base", "tzdata"]);
        assert_eq!(parse_installed("N: Unable to locate package nosuchpkg\n"), [""; 0]);
    }

    #[tokio::test]
    async fn a_failed_refresh_reports_the_last_known_updates() {
        let mut run = Recording::new([
            ("apt-get -q", 100, "E: Could not open lock file\n"),
            ("apt -q list --upgradable", 0, "Listing...\n"),
        ]);
        let found = scan(UpdateSource::Apt, Refresh::First, &mut run).await.unwrap();
        assert!(!found.refreshed && found.updates.is_empty() && !found.reboot_required);
        assert!(run.shown.contains("could not refresh its list"), "{}", run.shown);
        let mut run = Recording::new([("apt -q list --upgradable", 100, "")]);
        let failed = scan(UpdateSource::Apt, Refresh::Not, &mut run).await.unwrap_err();
        assert_eq!(failed.to_string(), "apt ended with exit code 100");
    }

    proptest! {
        #[test]
        fn any_output_of_apt_is_read_without_panic(list in any::<String>(), policy in any::<String>()) {
            let _ = (parse_list(&list), parse_policy(&policy), parse_installed(&policy));
        }

        #[test]
        fn truncated_output_is_read_without_panic(cut in 0..2_000_usize, skip in 0..2_000_usize) {
            for text in [LIST, POLICY] {
                let torn: String = text.chars().skip(skip).take(cut).collect();
                let _ = (parse_list(&torn), parse_policy(&torn));
            }
        }
    }
}
