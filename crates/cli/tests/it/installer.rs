//! Machines that are added with the line that the server shows, and agents that are uninstalled. The script runs for real,
//! with directories of its own in place of the machine's.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::process::{Place, Server, curl, skip, wait_for};

/// The directories of a machine that the script writes to.
const DIRECTORIES: [&str; 4] = ["/usr/local/bin", "/etc/bailiwick", "/var/lib", "/var/log"];

/// A machine that can be given an agent: a mount namespace, in which its own directories hide this machine's.
struct Machine<'a> {
    place: &'a Place,
    root: PathBuf,
}

impl<'a> Machine<'a> {
    /// `None` if such a machine cannot be made here, which is said.
    fn new(place: &'a Place, name: &str) -> Option<Self> {
        let works = Command::new("unshare").args(["-m", "true"]).stderr(Stdio::null()).status();
        if !works.is_ok_and(|status| status.success()) {
            skip(
                "root, and unshare: the script that installs the agent writes to the directories of the machine",
            );
            return None;
        }
        let root = place.path().join(name);
        for directory in DIRECTORIES {
            fs::create_dir_all(root.join(&directory[1..])).unwrap();
        }
        fs::create_dir_all("/etc/bailiwick").unwrap();
        Some(Self { place, root })
    }

    fn path(&self, path: &str) -> PathBuf {
        self.root.join(&path[1..])
    }

    /// Runs a line of the shell on the machine.
    fn run(&self, line: &str) -> Output {
        let mut script = String::new();
        for directory in DIRECTORIES {
            script.push_str(&format!("mount --bind '{}' {directory}\n", self.path(directory).display()));
        }
        // No systemd of this machine is used.
        script.push_str("if [ -d /run/systemd ]; then mount -t tmpfs none /run/systemd; fi\n");
        script.push_str("sudo() { \"$@\"; }\n");
        script.push_str(line);
        let mut command = Command::new("unshare");
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("BAILIWICK_")) {
            command.env_remove(name);
        }
        // Processes that stay must not keep the pipes of this one.
        let out = self.root.join("output");
        let file = fs::File::create(&out).unwrap();
        let status = command
            .args(["-m", "sh", "-euc", &script])
            .stdin(Stdio::null())
            .stdout(file.try_clone().unwrap())
            .stderr(file)
            .current_dir(self.place.path())
            .status()
            .unwrap();
        Output { status, stdout: fs::read(out).unwrap(), stderr: Vec::new() }
    }

    /// The ids of the processes of its agent.
    fn agents(&self) -> Vec<String> {
        let pattern = format!("{}.*agent", self.program().display());
        let output = Command::new("pgrep").args(["-f", &pattern]).output().unwrap();
        String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()
    }

    /// The copy of the program that the agent of this machine is.
    fn program(&self) -> PathBuf {
        self.root.join("real-program")
    }
}

impl Drop for Machine<'_> {
    fn drop(&mut self) {
        for pid in self.agents() {
            let _ = Command::new("kill").args(["-KILL", &pid]).status();
        }
        // It is empty if the test made it. Another one is not removed.
        let _ = fs::remove_dir("/etc/bailiwick");
    }
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn make_executable(path: &Path) {
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// A server that hands out a program. In place of the static program of the package it is a script, which executes this
/// build of the agent.
fn server(place: &Place, machine: &Machine<'_>) -> Server {
    let programs = place.path().join("programs");
    fs::create_dir_all(&programs).unwrap();
    fs::hard_link(env!("CARGO_BIN_EXE_bailiwick"), machine.program())
        .or_else(|_| fs::copy(env!("CARGO_BIN_EXE_bailiwick"), machine.program()).map(drop))
        .unwrap();
    let file = programs.join(format!("bailiwick-agent-linux-{}", std::env::consts::ARCH));
    let script = format!(
        "#!/bin/sh\n[ \"$1\" != --version ] || {{ echo bailiwick-agent 0.0.0; exit; }}\nexec '{}' agent \"$@\"\n",
        machine.program().display()
    );
    fs::write(&file, script).unwrap();
    make_executable(&file);
    fs::write(place.path().join("bailiwick.yml"), format!("agent: {{programs: '{}'}}\n", programs.display()))
        .unwrap();
    place.up()
}

fn enrolment_key(place: &Place) -> String {
    let made =
        place.json(&["keys", "create", "--kind", "enrol", "--name", "new", "--enrolment", r#"{"uses": 1}"#]);
    made["secret"].as_str().unwrap().to_owned()
}

fn line(place: &Place) -> String {
    let shown = place.json(&["agents", "installer", "--reached-at", &place.url()]);
    shown["line"].as_str().unwrap().to_owned()
}

#[test]
fn the_line_of_the_server_installs_an_agent_which_can_be_uninstalled() {
    let place = Place::new();
    let Some(machine) = Machine::new(&place, "machine") else { return };
    let mut server = server(&place, &machine);
    let key = enrolment_key(&place);
    let line = line(&place).replace("KEY", &key);

    // Another server at the same address, with another certificate, is not believed.
    let wrong = line.replace("sha256//", "sha256//A");
    let refused = machine.run(&wrong);
    assert!(text(&refused).contains("curl: (90)"), "{}", text(&refused));
    assert!(!machine.path("/usr/local/bin/bailiwick-agent").exists());

    let installed = machine.run(&line);
    assert!(installed.status.success(), "{}", text(&installed));
    assert!(text(&installed).contains("this machine is enrolled with"), "{}", text(&installed));
    assert!(!text(&installed).contains(&key), "the key was printed");
    assert!(!machine.path("/etc/bailiwick/enrol.key").exists(), "the used key was left behind");
    let node = wait_for("the node", || {
        let nodes = place.json(&["nodes", "list", "--status", "online"]);
        nodes["items"][0]["name"].as_str().map(str::to_owned)
    });
    let ran = place.run(&["run", "--nodes", &node, "--", "echo", "it works"]);
    assert!(String::from_utf8_lossy(&ran.stdout).contains("it works"), "{ran:?}");

    // Once more: the program is replaced, and nothing else changes. A key that is used up works for ten more minutes, for
    // a machine that lost the answer.
    let again = machine.run(&line);
    assert!(again.status.success(), "{}", text(&again));
    assert!(text(&again).contains("An agent is enrolled here already"), "{}", text(&again));
    assert_eq!(place.json(&["nodes", "list"])["items"].as_array().unwrap().len(), 1);

    // While the agent runs, it is not uninstalled.
    let leave =
        "/usr/local/bin/bailiwick-agent leave --data /var/lib/bailiwick-agent --ca /etc/bailiwick/server.pem";
    let refused = machine.run(leave);
    assert!(text(&refused).contains("another agent uses this data directory"), "{}", text(&refused));
    // Nor by somebody who has a copy of its files.
    let copied = "cp -a /var/lib/bailiwick-agent /var/lib/copy && /usr/local/bin/bailiwick-agent leave --data /var/lib/copy --ca /etc/bailiwick/server.pem";
    let refused = machine.run(copied);
    assert!(text(&refused).contains("agent_connected"), "{}", text(&refused));

    for pid in machine.agents() {
        assert!(Command::new("kill").arg(&pid).status().unwrap().success());
    }
    wait_for("the agent's end", || machine.agents().is_empty().then_some(()));
    let left = machine.run(leave);
    assert!(left.status.success(), "{}", text(&left));
    assert!(text(&left).contains("has deleted this agent and its key"), "{}", text(&left));
    assert!(!machine.path("/var/lib/bailiwick-agent/credential.json").exists());
    let again = machine.run(leave);
    assert!(text(&again).contains("no server has to be told"), "{}", text(&again));

    let agents = place.json(&["agents", "list"]);
    assert_eq!(agents["items"].as_array().unwrap().len(), 0, "{agents}");
    let nodes = place.json(&["nodes", "list"]);
    assert_eq!(nodes["items"][0]["name"], node.as_str());
    assert_eq!(nodes["items"][0]["status"], "unknown");
    let entries = place.json(&["audit", "list", "--operation", "agents.left"]);
    assert_eq!(entries["items"].as_array().unwrap().len(), 1, "{entries}");
    server.signal("TERM");
    server.wait();
}

#[test]
fn the_installer_is_only_for_machines_that_enrol_and_for_agents() {
    let place = Place::new();
    let programs = place.path().join("programs");
    fs::create_dir_all(&programs).unwrap();
    fs::write(programs.join("bailiwick-agent-linux-x86_64"), "abc").unwrap();
    fs::write(place.path().join("bailiwick.yml"), format!("agent: {{programs: '{}'}}\n", programs.display()))
        .unwrap();
    let _server = place.up();
    let get = |path: &str, key: &str| {
        let header = format!("Authorization: Bearer {key}");
        curl(&["-k", "-H", &header, &format!("{}{path}", place.url())])
    };
    let enrol = enrolment_key(&place);
    let reader = place.json(&["keys", "create", "--name", "reader", "--scopes", "nodes:read"]);
    let reader = reader["secret"].as_str().unwrap();
    for path in ["/v1/installer", "/v1/installer/linux-x86_64"] {
        assert_eq!(curl(&["-k", &format!("{}{path}", place.url())]).0, 401);
        assert_eq!(get(path, reader).0, 403);
        assert_eq!(get(path, &enrol).0, 200);
        let posted = curl(&["-k", "-X", "POST", &format!("{}{path}", place.url())]);
        assert_eq!(posted.0, 405);
    }
    assert_eq!(get("/v1/installer/linux-x86_64", &enrol), (200, "abc".to_owned()));
    let (status, body) = get("/v1/installer/plan9-vax", &enrol);
    assert_eq!(status, 404);
    assert!(body.contains("there are linux-x86_64"), "{body}");
    assert_eq!(get("/v1/installer?x=1", &enrol).0, 400);
    // Downloads use nothing up: the key still enrols one machine.
    let keys = place.json(&["keys", "list"]);
    let key = keys["items"].as_array().unwrap().iter().find(|key| key["kind"] == "enrol").unwrap();
    assert_eq!(key["enrolment"]["used"], 0, "{key}");
    place.json(&["keys", "disable", key["id"].as_str().unwrap()]);
    assert_eq!(get("/v1/installer/linux-x86_64", &enrol).0, 401);
}

#[test]
fn a_server_without_programs_says_what_to_do() {
    let place = Place::new();
    fs::write(place.path().join("bailiwick.yml"), "agent: {programs: /nonexistent}\n").unwrap();
    let _server = place.up();
    let shown = place.json(&["agents", "installer", "--reached-at", &place.url()]);
    assert!(shown["line"].is_null() && shown["programs"].as_array().unwrap().is_empty(), "{shown}");
    let header = format!("Authorization: Bearer {}", enrolment_key(&place));
    let (status, body) = curl(&["-k", "-H", &header, &format!("{}/v1/installer", place.url())]);
    assert_eq!(status, 404);
    assert!(body.contains("install the package bailiwick on it, or set agent.programs"), "{body}");
}
