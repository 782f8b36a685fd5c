//! What a machine has to give: a network that can be cut, and a disk that can be full. Both take an
//! administrator.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::sched::{CloneFlags, setns};

use crate::process::skip;

/// Whether the test may do what only an administrator may, who in a container may not be one; if not,
/// that is said.
pub fn is_administrator() -> bool {
    let tried = Command::new("unshare").args(["--net", "--mount", "ip", "link"]).output();
    let is = tried.is_ok_and(|output| output.status.success());
    if !is {
        skip("an administrator and `ip`: namespaces and file systems are made here");
    }
    is
}

fn done(program: &str, arguments: &[&str]) {
    let output = Command::new(program).args(arguments).output().unwrap();
    let why = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {arguments:?}: {why}");
}

/// A host of its own, behind a cable to this one; it is removed with this.
pub struct Host {
    name: String,
    /// The last but one number of its network's addresses.
    subnet: u8,
}

impl Host {
    /// Makes one with a name of at most ten letters.
    pub fn new(name: &str) -> Self {
        // One that no other test or run on this machine has: making a namespace twice fails.
        let free = (0..250).map(|n| u8::try_from((std::process::id() + n) % 250).unwrap()).find(|subnet| {
            let name = format!("{name}{subnet}");
            Command::new("ip").args(["netns", "add", &name]).output().unwrap().status.success()
        });
        let subnet = free.expect("a network namespace can be made");
        let host = Self { name: format!("{name}{subnet}"), subnet };
        let (name, cable) = (host.name.as_str(), host.cable());
        done("ip", &["link", "add", &cable, "type", "veth", "peer", "name", "up0", "netns", name]);
        done("ip", &["address", "add", &format!("{}/24", host.server()), "dev", &cable]);
        done("ip", &["link", "set", &cable, "up"]);
        done("ip", &["-n", name, "address", "add", &format!("10.213.{subnet}.2/24"), "dev", "up0"]);
        done("ip", &["-n", name, "link", "set", "up0", "up"]);
        host
    }

    fn cable(&self) -> String {
        format!("v{}", self.name)
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The address of this machine as that host sees it.
    pub fn server(&self) -> String {
        format!("10.213.{}.1", self.subnet)
    }

    /// Pulls the cable: nobody is told, nothing arrives.
    pub fn cut(&self) {
        done("ip", &["link", "set", &self.cable(), "down"]);
    }

    /// Plugs it in again.
    pub fn mend(&self) {
        done("ip", &["link", "set", &self.cable(), "up"]);
    }

    /// Something that has a thread open its sockets there.
    pub fn entrance(&self) -> impl Fn() + Send + Sync + 'static {
        let namespace = File::open(Path::new("/run/netns").join(&self.name)).unwrap();
        move || setns(&namespace, CloneFlags::CLONE_NEWNET).unwrap()
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // What it left open keeps it from going, not from being forgotten.
        let _ = Command::new("ip").args(["link", "delete", &self.cable()]).status();
        let _ = Command::new("ip").args(["netns", "delete", &self.name]).status();
    }
}

/// A small disk; it is removed with this.
pub struct Disk {
    place: PathBuf,
}

impl Disk {
    /// Mounts one with so many bytes at a directory, which is made.
    pub fn mount(place: PathBuf, bytes: u64) -> Self {
        std::fs::create_dir_all(&place).unwrap();
        let (size, path) = (format!("size={bytes},mode=0700"), place.to_str().unwrap().to_owned());
        done("mount", &["-t", "tmpfs", "-o", &size, "tmpfs", &path]);
        Self { place }
    }

    fn filler(&self) -> PathBuf {
        self.place.join("filler")
    }

    /// Leaves no room on it.
    pub fn fill(&self) {
        let mut file = File::create(self.filler()).unwrap();
        for block in [1 << 16, 1 << 12, 1] {
            while file.write_all(&vec![0; block]).is_ok() {}
        }
    }

    /// Makes room again.
    pub fn make_room(&self) {
        std::fs::remove_file(self.filler()).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.place).status();
    }
}
