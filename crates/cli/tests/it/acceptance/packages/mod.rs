//! What `cargo xtask dist` has made, as an administrator uses it: packages in a fresh Debian, and the container image.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Instant;

use serde_json::{Value, json};

use crate::chaos::machine::{Host, is_administrator};
use crate::process::{PATIENCE, free_port, skip, wait_for};

/// What the fresh Debian has besides what every Debian has.
const INCLUDED: &str =
    "ca-certificates,curl,init-system-helpers,procps,sudo,systemd-standalone-sysusers,util-linux";
/// The data directory of a server of version 0.1.0, with a site. Its keys and its certificate are used nowhere else.
const DATA: &[u8] = include_bytes!("data-0.1.0.tar.gz");
/// How long an administrator may need from the package to the first command on another machine.
const GOAL_SECONDS: u64 = 300;

/// Where `cargo xtask dist` puts what it makes.
fn distribution() -> Option<PathBuf> {
    let program = Path::new(env!("CARGO_BIN_EXE_bailiwick"));
    let directory = program.parent()?.parent()?.join("distribution");
    if directory.join("SHA256SUMS").exists() {
        return Some(directory);
    }
    skip("what is shipped: run `cargo xtask dist` first");
    None
}

fn package(distribution: &Path, name: &str) -> PathBuf {
    let files = fs::read_dir(distribution).unwrap().flatten().map(|entry| entry.path());
    let is_it = |path: &PathBuf| {
        let file = path.file_name().unwrap().to_string_lossy();
        file.starts_with(&format!("{name}_")) && file.ends_with(".deb")
    };
    files.into_iter().find(is_it).unwrap()
}

fn done(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    let text = [&output.stdout[..], &output.stderr[..]].map(String::from_utf8_lossy).join("");
    assert!(output.status.success(), "{command:?}: {text}");
    output
}

/// A fresh Debian in a directory.
fn debian(root: &Path) {
    let mut command = Command::new("mmdebstrap");
    done(command.args(["--quiet", "--variant=minbase", "--include", INCLUDED, "bookworm"]).arg(root));
    fs::copy("/etc/resolv.conf", root.join("etc/resolv.conf")).unwrap();
}

/// A copy of a package with a lower version.
fn lowered(package: &Path, to: &Path, scratch: &Path) {
    let name = package.file_name().unwrap();
    let unpacked = scratch.join(name);
    done(Command::new("dpkg-deb").arg("-R").arg(package).arg(&unpacked));
    let control = unpacked.join("DEBIAN/control");
    let text = fs::read_to_string(&control).unwrap();
    let lines = text.lines().map(|line| if line.starts_with("Version:") { "Version: 0.0.1-1" } else { line });
    fs::write(&control, lines.collect::<Vec<_>>().join("\n") + "\n").unwrap();
    done(Command::new("dpkg-deb").args(["-Zgzip", "-z1", "-b"]).arg(&unpacked).arg(to.join(name)));
}

#[test]
#[ignore = "acceptance"]
fn packages_are_installed_upgraded_and_purged_in_a_fresh_debian() {
    let Some(distribution) = distribution().filter(|_| is_administrator()) else { return };
    let place = tempfile::tempdir().unwrap();
    let root = place.path().join("root");
    debian(&root);
    let (low, now) = (root.join("tmp/low"), root.join("tmp/now"));
    fs::create_dir_all(&low).unwrap();
    fs::create_dir_all(&now).unwrap();
    let mut version = String::new();
    for name in ["bailiwick", "bailiwick-agent"] {
        let package = package(&distribution, name);
        lowered(&package, &low, place.path());
        fs::copy(&package, now.join(package.file_name().unwrap())).unwrap();
        let shown = done(Command::new("dpkg-deb").arg("-f").arg(&package).arg("Version"));
        version = String::from_utf8_lossy(&shown.stdout).trim().to_owned();
    }
    fs::write(root.join("tmp/version"), version).unwrap();
    fs::write(root.join("tmp/data.tar.gz"), DATA).unwrap();
    fs::write(root.join("tmp/upgrade.sh"), include_str!("upgrade.sh")).unwrap();
    let mut inside = Command::new("unshare");
    inside.args(["--mount", "--pid", "--fork", "--kill-child", "chroot"]).arg(&root);
    let output = done(inside.args(["sh", "/tmp/upgrade.sh"]).stdin(Stdio::null()));
    assert!(String::from_utf8_lossy(&output.stdout).contains("everything held"));
}

/// A process that is killed with everything in its namespace when this is dropped.
struct Inside(Child);

impl Drop for Inside {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
#[ignore = "acceptance"]
fn an_administrator_needs_less_than_five_minutes_from_the_package_to_a_command_on_another_machine() {
    let Some(distribution) = distribution().filter(|_| is_administrator()) else { return };
    let place = tempfile::tempdir().unwrap();
    let (server, machine) = (place.path().join("server"), place.path().join("machine"));
    debian(&server);
    done(Command::new("cp").arg("-a").arg(&server).arg(&machine));
    let host = Host::new("fresh");
    let package = package(&distribution, "bailiwick");
    fs::copy(&package, server.join("root/bailiwick.deb")).unwrap();
    let url = format!("https://{}:8443", host.server());

    let began = Instant::now();
    // The lines of docs/guides/install.md, in its order; the settings are the ones that it shows.
    let settings = format!(
        "server:\n  address: 0.0.0.0\n  certificate_names: [bailiwick.example.com, {}]\n",
        host.server()
    );
    let lines = format!(
        "set -eu; mount -t proc proc /proc; cd /root\n\
         DEBIAN_FRONTEND=noninteractive apt-get install -y ./bailiwick.deb >/tmp/apt.log 2>&1\n\
         printf '{}' >/etc/bailiwick/bailiwick.yml\n\
         install -d -o bailiwick -g bailiwick -m 0700 /var/lib/bailiwick; cd /etc/bailiwick\n\
         as='setpriv --reuid bailiwick --regid bailiwick --clear-groups'\n\
         $as bailiwick migrate --data /var/lib/bailiwick\n\
         $as bailiwick serve --data /var/lib/bailiwick >/tmp/server.log 2>&1 &\n\
         until bailiwick server ready --data /var/lib/bailiwick; do sleep 0.2; done\n\
         bailiwick add-machine --reached-at {url} --data /var/lib/bailiwick >/tmp/line &\n\
         until [ -e /tmp/there ]; do sleep 0.2; done\n\
         bailiwick run --all --data /var/lib/bailiwick -- hostname -I >/tmp/ran 2>&1\n\
         touch /tmp/done; sleep 1000",
        settings.replace('\n', "\\n")
    );
    let mut command = Command::new("unshare");
    command.args(["--mount", "--pid", "--fork", "--kill-child", "chroot"]).arg(&server);
    let log = fs::File::create(place.path().join("server.log")).unwrap();
    command.args(["sh", "-c", &lines]).stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
    let _server = Inside(command.spawn().unwrap());
    let line = patiently("the line to paste", || {
        let text = fs::read_to_string(server.join("tmp/line")).unwrap_or_default();
        text.lines().find(|line| line.contains("curl")).map(str::to_owned)
    });

    // The other machine is a root and a network of its own.
    let pasted = format!("mount -t proc proc /proc; hostname db-3; {line}\nsleep 1000");
    let mut command = Command::new("ip");
    command.args([
        "netns",
        "exec",
        host.name(),
        "unshare",
        "--uts",
        "--mount",
        "--pid",
        "--fork",
        "--kill-child",
        "chroot",
    ]);
    let output = place.path().join("machine.log");
    let log = fs::File::create(&output).unwrap();
    command.arg(&machine).args(["sh", "-c", &pasted]);
    command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
    let _machine = Inside(command.spawn().unwrap());
    patiently("the machine", || {
        let text = fs::read_to_string(&output).unwrap_or_default();
        assert!(!text.contains("bailiwick: "), "{text}");
        text.contains("this machine is enrolled with").then_some(())
    });
    fs::write(server.join("tmp/there"), "").unwrap();
    patiently("the command", || server.join("tmp/done").exists().then_some(()));
    let ran = fs::read_to_string(server.join("tmp/ran")).unwrap();
    assert!(ran.contains("db-3") && ran.contains(&host.server().replace(".1", ".2")[..8]), "{ran}");
    patiently("the command that waits for the machine", || {
        let shown = fs::read_to_string(server.join("tmp/line")).unwrap_or_default();
        shown.contains("db-3 is there").then_some(())
    });
    let seconds = began.elapsed().as_secs();
    println!("from the package to a command on another machine: {seconds} s (goal: under {GOAL_SECONDS} s)");
}

/// Waits as long as installing packages may take.
fn patiently<T>(what: &str, mut condition: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = condition() {
            return found;
        }
        assert!(began.elapsed() < PATIENCE * 10, "timed out waiting for {what}");
        std::thread::park_timeout(std::time::Duration::from_millis(50));
    }
}

#[test]
#[ignore = "acceptance"]
fn lintian_has_nothing_to_say_that_is_not_explained() {
    let Some(distribution) = distribution() else { return };
    let packages = ["bailiwick", "bailiwick-agent"].map(|name| package(&distribution, name));
    let output = Command::new("lintian").args(["--allow-root", "--fail-on", "none"]).args(packages).output();
    let Ok(output) = output else { return skip("lintian") };
    assert_eq!(String::from_utf8_lossy(&output.stdout), "", "{}", String::from_utf8_lossy(&output.stderr));
}

/// Unpacks the image, and returns its configuration.
fn unpack(image: &Path, root: &Path, scratch: &Path) -> Value {
    fs::create_dir_all(root).unwrap();
    fs::create_dir_all(scratch).unwrap();
    done(Command::new("tar").arg("-xf").arg(image).arg("-C").arg(scratch));
    let read =
        |name: &str| -> Value { serde_json::from_slice(&fs::read(scratch.join(name)).unwrap()).unwrap() };
    let manifest = read("manifest.json");
    for layer in manifest[0]["Layers"].as_array().unwrap() {
        let layer = scratch.join(layer.as_str().unwrap());
        done(Command::new("tar").arg("-xf").arg(layer).arg("-C").arg(root));
    }
    read(manifest[0]["Config"].as_str().unwrap())["config"].clone()
}

#[test]
#[ignore = "acceptance"]
fn the_container_image_serves_with_a_read_only_root_and_checks_its_own_health() {
    let Some(distribution) = distribution().filter(|_| is_administrator()) else { return };
    if Command::new("runc").arg("--version").output().is_err() {
        return skip("runc");
    }
    let place = tempfile::tempdir().unwrap();
    let image = fs::read_dir(&distribution).unwrap().flatten().map(|entry| entry.path());
    let image = image.into_iter().find(|path| path.to_string_lossy().ends_with("_container.tar")).unwrap();
    let config = unpack(&image, &place.path().join("rootfs"), &place.path().join("image"));
    assert_eq!(config["User"], "65532:65532");
    assert!(!place.path().join("rootfs/usr/bin/bailiwick-agent").exists(), "there is an agent in the image");
    let words = |value: &Value| -> Vec<String> { serde_json::from_value(value.clone()).unwrap() };
    let mut arguments = [words(&config["Entrypoint"]), words(&config["Cmd"])].concat();
    let port = free_port();
    let listen = arguments.iter_mut().find(|word| word.ends_with(":8443")).unwrap();
    *listen = format!("0.0.0.0:{port}");

    done(Command::new("runc").arg("spec").current_dir(place.path()));
    let path = place.path().join("config.json");
    let mut spec: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let volume = place.path().join("volume");
    fs::create_dir(&volume).unwrap();
    std::os::unix::fs::chown(&volume, Some(65_532), Some(65_532)).unwrap();
    spec["process"]["terminal"] = json!(false);
    spec["process"]["user"] = json!({ "uid": 65_532, "gid": 65_532 });
    spec["process"]["args"] = json!(arguments);
    spec["process"]["env"] = config["Env"].clone();
    spec["process"]["cwd"] = config["WorkingDir"].clone();
    spec["root"]["readonly"] = json!(true);
    let mount =
        json!({ "destination": "/data", "type": "bind", "source": volume, "options": ["rbind", "rw"] });
    spec["mounts"].as_array_mut().unwrap().push(mount);
    spec["linux"]["namespaces"].as_array_mut().unwrap().retain(|namespace| namespace["type"] != "network");
    fs::write(&path, spec.to_string()).unwrap();

    let state = place.path().join("runc");
    let runc = |arguments: &[&str]| {
        let mut command = Command::new("runc");
        command.arg("--root").arg(&state).args(arguments).current_dir(place.path());
        command
    };
    let log = fs::File::create(place.path().join("log")).unwrap();
    let mut command = runc(&["run", "image"]);
    command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
    let running = Inside(command.spawn().unwrap());
    let health = words(&config["Healthcheck"]["Test"]);
    let check: Vec<&str> = health.iter().skip(1).map(String::as_str).collect();
    wait_for("the health check", || {
        let checked = runc(&[&["exec", "image"][..], &check].concat()).output().unwrap();
        checked.status.success().then_some(())
    });
    let written =
        runc(&["exec", "image", "/usr/bin/bailiwick", "migrate", "--data", "/other"]).output().unwrap();
    assert!(!written.status.success(), "the root could be written");
    let (status, _) = crate::process::curl(&["-k", &format!("https://127.0.0.1:{port}/v1/readyz")]);
    assert_eq!(status, 200);
    done(&mut runc(&["kill", "image", "TERM"]));
    let mut running = running;
    assert!(wait_for("the server's end", || running.0.try_wait().unwrap()).success());
}
