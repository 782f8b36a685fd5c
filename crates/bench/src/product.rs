//! The product as its users run it: the release program in a process of its own.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use bailiwick_server::data::FirstRunFile;
use tempfile::TempDir;

/// A process that ends with this value.
pub(crate) struct Process(pub(crate) Child);

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A `bailiwick up` on an empty data directory.
pub(crate) struct Product {
    pub(crate) process: Process,
    pub(crate) address: SocketAddr,
    /// What the first start made.
    pub(crate) first_run: FirstRunFile,
    _data: TempDir,
}

impl Product {
    /// Starts it; with plain HTTP if `plain`, else as it comes.
    pub(crate) fn start(plain: bool) -> anyhow::Result<Self> {
        let program = program()?;
        let data = tempfile::tempdir()?;
        // As under a service manager: the log goes to a file.
        let log = std::fs::File::create(data.path().join("log"))?;
        let mut command = Command::new(&program);
        let ours = std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("BAILIWICK_"));
        for (name, _) in ours {
            command.env_remove(name);
        }
        if plain {
            command.env("BAILIWICK_SERVER__TLS", "off");
        }
        let child = command
            .args(["up", "--listen", "127.0.0.1:0", "--data", "data"])
            .current_dir(data.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .with_context(|| format!("starting {}", program.display()))?;
        let mut process = Process(child);
        let first_run = first_run(&mut process.0, &data.path().join("data").join("first-run.json"))?;
        let (_, authority) = first_run.url.split_once("://").context("the server's address")?;
        let address = authority.parse()?;
        // Its socket is bound before that file is written, and answers once it serves.
        drop(std::net::TcpStream::connect(address)?);
        Ok(Self { process, address, first_run, _data: data })
    }
}

fn first_run(process: &mut Child, path: &std::path::Path) -> anyhow::Result<FirstRunFile> {
    let patience = Instant::now() + Duration::from_secs(30);
    while Instant::now() < patience {
        // The file is written whole or not at all.
        if let Ok(text) = std::fs::read(path) {
            return Ok(serde_json::from_slice(&text)?);
        }
        if let Some(status) = process.try_wait()? {
            bail!("the server ended: {status}");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    bail!("the server did not start")
}

/// The program, beside this one. Where cargo runs this, it is built first, so that no old one is
/// measured.
fn program() -> anyhow::Result<PathBuf> {
    if let Some(cargo) = std::env::var_os("CARGO") {
        let mut build = Command::new(cargo);
        build.args(["build", "--quiet", "--package", "bailiwick-cli", "--bin", "bailiwick"]);
        if !cfg!(debug_assertions) {
            build.arg("--release");
        }
        ensure!(build.status()?.success(), "cargo could not build bailiwick");
    }
    let path = std::env::current_exe()?.with_file_name(format!("bailiwick{}", std::env::consts::EXE_SUFFIX));
    ensure!(path.exists(), "{} is not there: cargo build --release -p bailiwick-cli", path.display());
    Ok(path)
}
