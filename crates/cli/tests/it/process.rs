//! `bailiwick` as a process of its own, in a directory of its own.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// How long anything may take before the test gives up.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until `condition` gives something.
pub fn wait_for<T>(what: &str, mut condition: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = condition() {
            return found;
        }
        assert!(Instant::now() < end, "timed out waiting for {what}");
        std::thread::yield_now();
        std::thread::park_timeout(Duration::from_millis(10));
    }
}

/// Says that a test is skipped because something is missing, past the harness, which keeps what a
/// passing test says to itself; fails where nothing may be missing.
pub fn skip(missing: &str) {
    let required = std::env::var("BAILIWICK_TEST_REQUIRE_ALL").is_ok_and(|value| value == "1");
    assert!(!required, "missing, and BAILIWICK_TEST_REQUIRE_ALL=1 requires it: {missing}");
    let _ = writeln!(std::io::stderr(), "SKIPPED, missing: {missing}");
}

/// A directory to work in, and a port that was free a moment ago.
pub struct Place {
    pub directory: TempDir,
    pub port: u16,
}

/// A server that runs; it is killed when this is dropped.
pub struct Server {
    child: Child,
    place: PathBuf,
}

/// A port that is free now.
pub fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Place {
    pub fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap(), port: free_port() }
    }

    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    pub fn url(&self) -> String {
        format!("https://127.0.0.1:{}", self.port)
    }

    /// The program, with nothing of this machine's settings.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bailiwick"));
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("BAILIWICK_")) {
            command.env_remove(name);
        }
        command.env("BAILIWICK_SESSION", self.path().join("session.json"));
        command.current_dir(self.path()).args(arguments).stdin(Stdio::null());
        command
    }

    /// Runs the program to its end.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs the program with `--json` and reads its answer; it must succeed.
    pub fn json(&self, arguments: &[&str]) -> Value {
        let output = self.run(&[arguments, &["--json"]].concat());
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{arguments:?}: {text}{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_str(&text).unwrap()
    }

    /// Starts `bailiwick up` and waits until it answers.
    pub fn up(&self) -> Server {
        self.start(&["up", "--no-agent", "--listen", &format!("127.0.0.1:{}", self.port)])
    }

    /// Starts the program and waits until a server answers at this place's port.
    pub fn start(&self, arguments: &[&str]) -> Server {
        self.start_command(self.command(arguments))
    }

    /// Starts a command that becomes the program, and waits until a server answers at this place's port.
    pub fn start_command(&self, mut command: Command) -> Server {
        let (out, err) = (self.path().join("out"), self.path().join("err"));
        let child =
            command.stdout(File::create(out).unwrap()).stderr(File::create(err).unwrap()).spawn().unwrap();
        let mut server = Server { child, place: self.path().to_owned() };
        let port = self.port;
        wait_for("the server", || {
            if let Some(status) = server.child.try_wait().unwrap() {
                panic!("the server ended with {status}: {}{}", server.out(), server.err());
            }
            // The log says so when everything is open; the sockets are bound before.
            (server.err().contains("serving") && std::net::TcpStream::connect(("127.0.0.1", port)).is_ok())
                .then_some(())
        });
        server
    }

    /// What is in `first-run.json`.
    pub fn first_run(&self) -> Value {
        serde_json::from_slice(&std::fs::read(self.path().join("bailiwick-data/first-run.json")).unwrap())
            .unwrap()
    }

    /// The organization key of the first start.
    pub fn key(&self) -> String {
        self.first_run()["organization_key"].as_str().unwrap().to_owned()
    }

    /// The root key of the first start.
    pub fn root_key(&self) -> String {
        self.first_run()["root_key"].as_str().unwrap().to_owned()
    }
}

impl Server {
    /// What it wrote to standard output.
    pub fn out(&self) -> String {
        std::fs::read_to_string(self.place.join("out")).unwrap_or_default()
    }

    /// What it wrote to standard error: its log.
    pub fn err(&self) -> String {
        std::fs::read_to_string(self.place.join("err")).unwrap_or_default()
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal by name.
    pub fn signal(&self, name: &str) {
        let status =
            Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    /// Waits for its end.
    pub fn wait(&mut self) -> std::process::ExitStatus {
        wait_for("the server's end", || self.child.try_wait().unwrap())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `curl` with arguments; its answer's body, and the status behind it on a line of its own.
pub fn curl(arguments: &[&str]) -> (u16, String) {
    let output = Command::new("curl").args(["-s", "-w", "\n%{http_code}"]).args(arguments).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let (body, status) = text.rsplit_once('\n').unwrap();
    (status.parse().unwrap(), body.to_owned())
}
