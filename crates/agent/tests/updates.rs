//! Updates by apt, for real: on this machine's own lists, which are only looked at, and in a root
//! directory of its own, with a repository, a database of packages and all, where updates are
//! installed.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use bailiwick_agent::runner::{Capture, Captures, Patience, Stop};
use bailiwick_agent::updates::{Failure, Programs, Refresh, install, scan};
use bailiwick_domain::command::UpdateChoice;
use bailiwick_domain::update::{UpdateScan, UpdateSource};
use bailiwick_link::commands::End;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

const TIMEOUT: Duration = Duration::from_secs(300);

fn has_apt() -> bool {
    Path::new("/usr/bin/apt").exists() && Path::new("/usr/bin/dpkg-deb").exists()
}

fn text(capture: &Capture) -> String {
    let bytes = capture.pieces().into_iter().flat_map(|piece| piece.bytes).collect();
    String::from_utf8(bytes).unwrap()
}

/// A root directory with apt's and dpkg's own files, and a repository.
struct Root {
    directory: TempDir,
    captures: Arc<Captures>,
    stop: Stop,
}

impl Root {
    /// With `hello` and `other` 1.0 installed, the first because something else needs it, and 2.0 of
    /// both in a repository: of `hello` in an archive of fixes.
    fn new() -> Self {
        let root = Self {
            directory: tempfile::tempdir().unwrap(),
            captures: Captures::new(1 << 20),
            stop: Stop::default(),
        };
        for directory in [
            "etc/apt/apt.conf.d",
            "etc/apt/preferences.d",
            "var/lib/apt/lists/partial",
            "var/cache/apt/archives/partial",
            "var/log/apt",
            "var/lib/dpkg/info",
            "var/lib/dpkg/updates",
            "var/lib/dpkg/triggers",
        ] {
            fs::create_dir_all(root.path(directory)).unwrap();
        }
        let mut status = String::new();
        for name in ["hello", "other"] {
            write!(status, "Package: {name}\nStatus: install ok installed\nMaintainer: A <a@example.com>\nArchitecture: all\nVersion: 1.0\nDescription: {name}\n\n").unwrap();
            root.write(&format!("var/lib/dpkg/info/{name}.list"), "/.\n");
        }
        root.write("var/lib/dpkg/status", &status);
        root.write(
            "var/lib/apt/extended_states",
            "Package: hello\nArchitecture: amd64\nAuto-Installed: 1\n\n",
        );
        root.write("apt.conf", &root.configuration());
        let mut sources = String::new();
        for (archive, name) in [("stable-security", "hello"), ("stable", "other")] {
            root.publish(archive, name, "2.0");
            let repository = root.path("repository").display().to_string();
            writeln!(sources, "deb [trusted=yes] file:{repository} {archive} main").unwrap();
        }
        root.write("etc/apt/sources.list", &sources);
        root
    }

    fn path(&self, path: &str) -> PathBuf {
        self.directory.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn configuration(&self) -> String {
        let root = self.directory.path().display();
        format!(
            "Dir \"{root}/\";\n\
             Dir::State::status \"{root}/var/lib/dpkg/status\";\n\
             Dir::Bin::methods \"/usr/lib/apt/methods\";\n\
             Dir::Bin::dpkg \"/usr/bin/dpkg\";\n\
             APT::Architecture \"amd64\";\n\
             APT::Architectures {{ \"amd64\"; }};\n\
             APT::Sandbox::User \"\";\n\
             Acquire::Languages \"none\";\n\
             DPkg::Options:: \"--root={root}\";\n\
             DPkg::Options:: \"--force-not-root\";\n\
             DPkg::Options:: \"--force-script-chrootless\";\n\
             DPkg::Options:: \"--log={root}/var/log/dpkg.log\";\n"
        )
    }

    /// Gives a version of a package, before it is published, a script that dpkg runs at its end: it
    /// makes the file `begun` and waits for the file `go`.
    fn wait_in(&self, name: &str, version: &str) {
        let file = format!("source/{name}-{version}/DEBIAN/postinst");
        self.write(
            &file,
            "#!/bin/sh\nset -e\necho waits\ntouch \"$DPKG_ROOT/begun\"\n\
             until [ -e \"$DPKG_ROOT/go\" ]; do sleep 0.02; done\necho has waited\n",
        );
        fs::set_permissions(self.path(&file), fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// What dpkg says of a package: its state and its version.
    fn state(&self, name: &str) -> String {
        let status = fs::read_to_string(self.path("var/lib/dpkg/status")).unwrap();
        let of = |field: &str| {
            let package = status.split("\n\n").find(|part| part.contains(&format!("Package: {name}\n")));
            let line = package.unwrap().lines().find_map(|line| line.strip_prefix(field));
            line.unwrap().trim().to_owned()
        };
        format!("{} {}", of("Status:"), of("Version:"))
    }

    /// Waits until this is so.
    async fn until(&self, what: &str, condition: impl Fn(&Self) -> bool) {
        let end = tokio::time::Instant::now() + TIMEOUT;
        while !condition(self) {
            assert!(tokio::time::Instant::now() < end, "timed out waiting until {what}: {}", self.shown());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Puts a package into an archive of the repository.
    fn publish(&self, archive: &str, name: &str, version: &str) {
        let control = format!(
            "Package: {name}\nVersion: {version}\nArchitecture: all\nMaintainer: A <a@example.com>\nDescription: {name}\n"
        );
        let source = format!("source/{name}-{version}");
        self.write(&format!("{source}/DEBIAN/control"), &control);
        self.write(&format!("{source}/usr/share/{name}/version"), version);
        let file = format!("pool/{name}_{version}_all.deb");
        let deb = self.path("repository").join(&file);
        fs::create_dir_all(deb.parent().unwrap()).unwrap();
        let built =
            Command::new("dpkg-deb").arg("--build").arg(self.path(&source)).arg(&deb).output().unwrap();
        assert!(built.status.success(), "{built:?}");
        let bytes = fs::read(&deb).unwrap();
        let packages =
            format!("{control}Filename: {file}\nSize: {}\nSHA256: {}\n\n", bytes.len(), sha256(&bytes));
        let index = "main/binary-amd64/Packages";
        self.write(&format!("repository/dists/{archive}/{index}"), &packages);
        let release = format!(
            "Origin: Test\nLabel: Test\nSuite: {archive}\nCodename: {archive}\nArchitectures: amd64\nComponents: main\nDate: Thu, 01 Jan 2026 00:00:00 UTC\nSHA256:\n {} {} {index}\n",
            sha256(packages.as_bytes()),
            packages.len()
        );
        self.write(&format!("repository/dists/{archive}/Release"), &release);
    }

    fn apt_config(&self) -> String {
        self.path("apt.conf").display().to_string()
    }

    fn programs(&self) -> Programs<'_> {
        Programs::new(TIMEOUT, Patience::default(), &self.captures, &self.stop)
            .env("APT_CONFIG", &self.apt_config())
    }

    /// What apt says itself.
    fn apt(&self, program: &str, arguments: &[&str]) -> String {
        apt(program, arguments, Some(&self.apt_config()))
    }

    fn shown(&self) -> String {
        text(&self.captures.stdout.lock()) + &text(&self.captures.stderr.lock())
    }

    fn version(&self, name: &str) -> Option<String> {
        fs::read_to_string(self.path(&format!("usr/share/{name}/version"))).ok()
    }
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn apt(program: &str, arguments: &[&str], configuration: Option<&str>) -> String {
    let mut command = Command::new(program);
    command.args(arguments).env("LC_ALL", "C");
    if let Some(path) = configuration {
        command.env("APT_CONFIG", path);
    }
    String::from_utf8(command.output().unwrap().stdout).unwrap()
}

/// A scan as `apt list --upgradable` writes it.
fn as_apt_lists(scan: &UpdateScan) -> Vec<String> {
    let mut lines: Vec<String> = scan
        .updates
        .iter()
        .map(|update| {
            format!(
                "{}/{} {} {} [upgradable from: {}]",
                update.name,
                update.origin.as_deref().unwrap(),
                update.available_version.as_deref().unwrap(),
                update.architecture.as_deref().unwrap(),
                update.installed_version.as_deref().unwrap(),
            )
        })
        .collect();
    lines.sort();
    lines
}

fn upgradable(list: &str) -> Vec<String> {
    let mut lines: Vec<String> =
        list.lines().filter(|line| line.contains("[upgradable from")).map(str::to_owned).collect();
    lines.sort();
    lines
}

#[tokio::test]
async fn a_scan_of_this_machine_lists_the_updates_that_apt_lists() {
    if !has_apt() {
        return;
    }
    let (captures, stop) = (Captures::new(1 << 20), Stop::default());
    let mut programs = Programs::new(TIMEOUT, Patience::default(), &captures, &stop);
    let found = scan(UpdateSource::Apt, Refresh::Not, &mut programs).await.unwrap();
    assert_eq!(as_apt_lists(&found), upgradable(&apt("apt", &["list", "--upgradable"], None)));
    assert_eq!(found.reboot_required, Path::new("/run/reboot-required").exists());
    assert!(!found.refreshed);
}

#[tokio::test]
async fn updates_are_found_and_installed_by_apt() {
    if !has_apt() {
        return;
    }
    let root = Root::new();
    // Before the lists were fetched there is nothing.
    let before = scan(UpdateSource::Apt, Refresh::Not, &mut root.programs()).await.unwrap();
    assert!(before.updates.is_empty());
    let found = scan(UpdateSource::Apt, Refresh::First, &mut root.programs()).await.unwrap();
    assert!(found.refreshed, "{}", root.shown());
    let expected = [
        "hello/stable-security 2.0 all [upgradable from: 1.0]",
        "other/stable 2.0 all [upgradable from: 1.0]",
    ];
    assert_eq!(as_apt_lists(&found), expected);
    assert_eq!(as_apt_lists(&found), upgradable(&root.apt("apt", &["list", "--upgradable"])));
    assert_eq!(found.updates.iter().map(|update| update.security).collect::<Vec<_>>(), [true, false]);

    // Those that close holes, and only those; what nobody asked for by name stays so.
    let security = install(UpdateSource::Apt, &UpdateChoice::Security, &mut root.programs()).await.unwrap();
    assert_eq!(security.exit_code, Some(0), "{}", root.shown());
    assert_eq!((root.version("hello").as_deref(), root.version("other")), (Some("2.0"), None));
    assert_eq!(as_apt_lists(&security.scan), expected[1..]);
    assert!(root.shown().contains("Setting up hello (2.0)"), "{}", root.shown());
    assert_eq!(root.apt("apt-mark", &["showauto"]), "hello\n");

    // By name: of one that is there and one that nobody knows nothing is installed, and that is a failure.
    let names = |names: &[&str]| UpdateChoice::Names(names.iter().map(|&name| name.to_owned()).collect());
    for wrong in [&["other", "nosuchpkg"][..], &["nosuchpkg"]] {
        let failed = install(UpdateSource::Apt, &names(wrong), &mut root.programs()).await.unwrap();
        assert_eq!(failed.exit_code, Some(1));
        assert_eq!(failed.error, "nothing was installed: there is no update for nosuchpkg");
        assert_eq!(root.version("other"), None);
        assert_eq!(as_apt_lists(&failed.scan), expected[1..]);
    }
    // One that is there, and one that is up to date, which is no failure.
    let both = install(UpdateSource::Apt, &names(&["other", "hello"]), &mut root.programs()).await.unwrap();
    assert_eq!((both.exit_code, both.error.as_str()), (Some(0), ""), "{}", root.shown());
    assert_eq!((root.version("other").as_deref(), both.scan.updates.len()), (Some("2.0"), 0));
    assert!(root.shown().contains("hello is installed, and there is no update for it"));
    let same = install(UpdateSource::Apt, &names(&["hello"]), &mut root.programs()).await.unwrap();
    assert_eq!((same.exit_code, same.error.as_str()), (None, ""));

    // All.
    root.publish("stable-security", "hello", "3.0");
    let all = install(UpdateSource::Apt, &UpdateChoice::All, &mut root.programs()).await.unwrap();
    assert_eq!((all.exit_code, all.scan.updates.len()), (Some(0), 0), "{}", root.shown());
    assert_eq!(root.version("hello").as_deref(), Some("3.0"));
    let nothing = install(UpdateSource::Apt, &UpdateChoice::All, &mut root.programs()).await.unwrap();
    assert_eq!(nothing.exit_code, None);
    assert!(root.shown().ends_with("there are no updates to install\n"));
}

#[tokio::test]
async fn a_failed_installation_reports_the_remaining_updates() {
    if !has_apt() {
        return;
    }
    let root = Root::new();
    scan(UpdateSource::Apt, Refresh::First, &mut root.programs()).await.unwrap();
    fs::write(root.path("repository/pool/hello_2.0_all.deb"), "no package").unwrap();
    let failed = install(UpdateSource::Apt, &UpdateChoice::Security, &mut root.programs()).await.unwrap();
    assert_eq!(failed.exit_code, Some(100), "{}", root.shown());
    assert_eq!(failed.scan.updates.len(), 2);
    assert_eq!(root.version("hello"), None);
}

#[tokio::test]
async fn a_scan_ends_when_it_is_cancelled() {
    if !has_apt() {
        return;
    }
    let root = Root::new();
    root.stop.cancelled.cancel();
    let stopped = scan(UpdateSource::Apt, Refresh::First, &mut root.programs()).await.unwrap_err();
    let Failure::Stopped(outcome) = stopped else { panic!("{stopped}") };
    assert_eq!(outcome.end, End::Cancelled);
    assert!(fs::read_dir(root.path("var/lib/apt/lists")).unwrap().count() <= 2);
}

#[tokio::test]
async fn a_cancelled_installation_leaves_no_half_installed_package() {
    if !has_apt() {
        return;
    }
    let root = Root::new();
    root.wait_in("hello", "2.0");
    root.publish("stable-security", "hello", "2.0");
    let cancels = async {
        root.until("dpkg runs", |root| root.path("begun").exists()).await;
        root.stop.cancelled.cancel();
        root.write("go", "");
    };
    let choice = UpdateChoice::Names(vec!["hello".into()]);
    let mut programs = root.programs();
    let (stopped, ()) = tokio::join!(install(UpdateSource::Apt, &choice, &mut programs), cancels);
    let Failure::Stopped(outcome) = stopped.unwrap_err() else { panic!("{}", root.shown()) };
    assert_eq!((outcome.end, outcome.exit_code), (End::Cancelled, Some(0)));
    let expected = "the command was cancelled; the running program was allowed to finish (exit status: 0)";
    assert_eq!(outcome.error, expected);
    assert_eq!(root.state("hello"), "install ok installed 2.0");
    assert!(root.shown().contains("has waited"), "{}", root.shown());
    // What puts things in order is done all the same.
    assert_eq!(root.apt("apt-mark", &["showauto"]), "hello\n");

    // Cancelled before dpkg runs, nothing is begun.
    let late = install(UpdateSource::Apt, &UpdateChoice::All, &mut root.programs()).await.unwrap_err();
    assert!(matches!(late, Failure::Stopped(outcome) if outcome.end == End::Cancelled));
    assert_eq!(root.state("other"), "install ok installed 1.0");
}

#[tokio::test]
async fn an_installation_continues_when_the_agent_stops() {
    if !has_apt() {
        return;
    }
    let root = Root::new();
    root.wait_in("hello", "2.0");
    root.publish("stable-security", "hello", "2.0");
    let leaves = async {
        root.until("dpkg runs", |root| root.path("begun").exists()).await;
        root.stop.leaving.cancel();
    };
    let mut programs = root.programs();
    let (stopped, ()) = tokio::join!(install(UpdateSource::Apt, &UpdateChoice::All, &mut programs), leaves);
    let Failure::Stopped(outcome) = stopped.unwrap_err() else { panic!("{}", root.shown()) };
    assert_eq!(outcome.end, End::Lost);
    assert_eq!(outcome.error, "the agent was stopped while the command was running; it continues on its own");
    root.write("go", "");
    root.until("all is installed", |root| {
        ["hello", "other"].iter().all(|name| root.state(name) == "install ok installed 2.0")
    })
    .await;
}

#[tokio::test]
async fn package_managers_run_in_a_clean_environment() {
    if !has_apt() {
        return;
    }
    let root = Root::new();
    // apt prints its configuration, which a hook of it made of its environment.
    root.write("etc/apt/apt.conf.d/hook", "APT::Update::Pre-Invoke { \"/usr/bin/env\"; };\n");
    scan(UpdateSource::Apt, Refresh::First, &mut root.programs()).await.unwrap();
    let shown = root.shown();
    assert!(shown.contains("LC_ALL=C\n") && shown.contains("PATH=/usr/sbin:"), "{shown}");
    assert!(!shown.contains("CARGO"), "{shown}");
}
