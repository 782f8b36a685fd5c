//! The product as its users run it: the release program in a separate process.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use bailiwick_server::data::FirstRunFile;
use tempfile::TempDir;

/// How long a start or a stop may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// The interval for checking whether a server is ready.
const GLANCE: Duration = Duration::from_millis(1);

/// A child process that is killed when this value is dropped.
pub(crate) struct Process(pub(crate) Child);

impl Process {
    /// Sends SIGTERM, as a service manager does, and waits until the process has ended.
    pub(crate) fn stop(mut self) -> anyhow::Result<()> {
        let asked = Command::new("kill").arg("-TERM").arg(self.0.id().to_string()).status()?;
        ensure!(asked.success(), "the server could not be told to stop");
        let until = Instant::now() + PATIENCE;
        while self.0.try_wait()?.is_none() {
            ensure!(Instant::now() < until, "the server did not stop in time");
            std::thread::sleep(GLANCE);
        }
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // The process may have ended already, so errors are ignored.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A server's storage: a data directory, and possibly a database elsewhere.
pub(crate) struct Home {
    program: PathBuf,
    /// The URL of a database outside the data directory.
    database: Option<String>,
    directory: TempDir,
}

/// A running `bailiwick up`.
pub(crate) struct Running {
    pub(crate) process: Process,
    pub(crate) address: SocketAddr,
    /// An address where it answers without TLS.
    pub(crate) plain: SocketAddr,
    /// The time from the start of the process until the server reported ready; with TLS, until its socket
    /// was bound.
    pub(crate) ready: Duration,
}

impl Home {
    /// A home with an empty data directory.
    pub(crate) fn new(database: Option<String>) -> anyhow::Result<Self> {
        Ok(Self { program: program()?, database, directory: tempfile::tempdir()? })
    }

    /// The same home with another program, if one is given.
    pub(crate) fn running(self, program: Option<PathBuf>) -> Self {
        Self { program: program.unwrap_or(self.program), ..self }
    }

    fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    /// The SQLite file in the data directory.
    pub(crate) fn sqlite(&self) -> PathBuf {
        self.data().join("bailiwick.db")
    }

    /// The server's self-signed certificate.
    pub(crate) fn certificate(&self) -> PathBuf {
        self.data().join("tls").join("certificate.pem")
    }

    /// The organization and keys that the first start created.
    pub(crate) fn first_run(&self) -> anyhow::Result<FirstRunFile> {
        let text = std::fs::read(self.data().join("first-run.json"))?;
        Ok(serde_json::from_slice(&text)?)
    }

    /// Starts a server, with plain HTTP if `plain`, otherwise with its default settings.
    pub(crate) fn start(&self, plain: bool) -> anyhow::Result<Running> {
        let said = self.data().join("server.json");
        // A file from an earlier server does not describe this one.
        if said.exists() {
            std::fs::remove_file(&said)?;
        }
        // As under a service manager, the log goes to a file.
        let log = std::fs::File::create(self.directory.path().join("log"))?;
        let mut command = Command::new(&self.program);
        let ours = std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("BAILIWICK_"));
        for (name, _) in ours {
            command.env_remove(name);
        }
        let mut integration = None;
        if plain {
            command.env("BAILIWICK_SERVER__TLS", "off");
        } else {
            let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
            command.env("BAILIWICK_FLAGS__ENABLE_INTEGRATION_API", "true");
            command.env("BAILIWICK_SERVER__INTEGRATION_PORT", port.to_string());
            integration = Some(SocketAddr::from(([127, 0, 0, 1], port)));
        }
        if let Some(database) = &self.database {
            command.env("BAILIWICK_DATABASE__URL", database);
        }
        command
            .args(["up", "--no-agent", "--listen", "127.0.0.1:0", "--data", "data"])
            .current_dir(self.directory.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log);
        let began = Instant::now();
        let child = command.spawn().with_context(|| format!("cannot start {}", self.program.display()))?;
        let mut process = Process(child);
        let address = address(&mut process.0, &said).with_context(|| self.log())?;
        if plain {
            ask_whether_ready(address).with_context(|| self.log())?;
        } else {
            // The socket is bound before the server reports its address, and answers once the server is
            // ready.
            drop(TcpStream::connect(address)?);
        }
        let plain = integration.unwrap_or(address);
        Ok(Running { process, address, plain, ready: began.elapsed() })
    }

    /// The last lines of a server's log, which say why it ended.
    fn log(&self) -> String {
        let log = std::fs::read_to_string(self.directory.path().join("log")).unwrap_or_default();
        let lines: Vec<_> = log.lines().collect();
        lines[lines.len().saturating_sub(5)..].join("\n")
    }
}

/// Waits for the address that a server reports after its start.
fn address(process: &mut Child, said: &Path) -> anyhow::Result<SocketAddr> {
    let until = Instant::now() + PATIENCE;
    while Instant::now() < until {
        // The file is written atomically.
        if let Ok(text) = std::fs::read(said) {
            let said: serde_json::Value = serde_json::from_slice(&text)?;
            let url =
                said["url"].as_str().context("server.json does not contain the address of the server")?;
            let (_, authority) =
                url.split_once("://").context("server.json does not contain the address of the server")?;
            return Ok(authority.parse()?);
        }
        if let Some(status) = process.try_wait()? {
            bail!("the server ended with {status}");
        }
        std::thread::sleep(GLANCE);
    }
    bail!("the server did not start in time")
}

/// Waits until the server reports ready.
fn ask_whether_ready(address: SocketAddr) -> anyhow::Result<()> {
    let request =
        format!("GET /v1/readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").into_bytes();
    let until = Instant::now() + PATIENCE;
    while Instant::now() < until {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(&request)?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        if answer.starts_with(b"HTTP/1.1 200 ") {
            return Ok(());
        }
        std::thread::sleep(GLANCE);
    }
    bail!("the server did not become ready in time")
}

/// The path of the program, which is beside this one. If cargo runs this, the program is built first, so
/// that no outdated one is measured.
fn program() -> anyhow::Result<PathBuf> {
    if let Some(cargo) = std::env::var_os("CARGO") {
        let mut build = Command::new(cargo);
        build.args(["build", "--quiet", "--package", "bailiwick-cli", "--bin", "bailiwick"]);
        // Removes variables that cargo sets for this program. Some build scripts depend on them and would
        // rebuild.
        let of_this = |name: &str| ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(|of| name.starts_with(of));
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_str().is_some_and(of_this)) {
            build.env_remove(name);
        }
        if !cfg!(debug_assertions) {
            build.arg("--release");
        }
        ensure!(build.status()?.success(), "cargo could not build bailiwick");
    }
    let path = std::env::current_exe()?.with_file_name(format!("bailiwick{}", std::env::consts::EXE_SUFFIX));
    ensure!(path.exists(), "{} does not exist: run `cargo build --release -p bailiwick-cli`", path.display());
    Ok(path)
}
