//! A temporary PostgreSQL: a cluster in a temporary directory, reached only by a socket in it.

use std::fs;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::cargo::Failed;

/// How long the cluster may take to start.
const PATIENCE: Duration = Duration::from_secs(60);

/// A shell script that creates a cluster, runs it, and removes it when standard input is closed: when
/// `Postgres` is dropped, and also if this program is killed or stopped with Ctrl-C, when no destructor
/// would run. The background job does not inherit the shell's standard input, so that nothing else keeps it
/// open. Arguments: the directory of the programs, the temporary directory, then the arguments of
/// `postgres`.
const KEEPER: &str = r#"
programs=$1 home=$2
shift 2
cd "$home" || exit 1
trap '' INT TERM HUP
if "$programs/initdb" --pgdata=data --username=postgres --auth=trust --encoding=UTF8 \
    --locale=C --no-sync >log 2>&1
then
    "$programs/postgres" -D data -k "$home" -c listen_addresses= -c max_connections=300 \
        "$@" >>log 2>&1 &
    postgres=$!
    cat >/dev/null
    kill -INT "$postgres" 2>/dev/null
    wait "$postgres"
else
    echo FAILED >>log
    cat >/dev/null
fi
cd / && rm -rf "$home"
"#;

/// Whether writes survive a power failure.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Writes {
    /// Writes may be lost, which does not matter in tests. This is faster.
    Quick,
    /// Writes are kept, as in production. For benchmarks.
    Durable,
}

impl Writes {
    const fn settings(self) -> &'static [&'static str] {
        match self {
            Self::Quick => &["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"],
            Self::Durable => &[],
        }
    }
}

/// Finds the newest PostgreSQL: the directory that contains `initdb` and `postgres`.
pub(crate) fn find() -> Option<PathBuf> {
    let complete = |directory: &PathBuf| ["initdb", "postgres"].iter().all(|p| directory.join(p).is_file());
    let path = std::env::var_os("PATH").unwrap_or_default();
    if let Some(directory) = std::env::split_paths(&path).find(complete) {
        return Some(directory);
    }
    // Debian keeps the programs here, outside of PATH.
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .ok()?
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let version = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .filter(|(_, directory)| complete(directory))
        .collect();
    versions.sort();
    versions.pop().map(|(_, directory)| directory)
}

/// A running cluster, which is stopped and removed when this is dropped.
pub(crate) struct Postgres {
    keeper: Child,
    home: PathBuf,
    url: String,
}

impl Postgres {
    /// Creates and starts a cluster.
    pub(crate) fn start(programs: &Path, writes: Writes) -> Result<Self, Failed> {
        let failed = |what: &str, error: std::io::Error| Failed(format!("could not {what}: {error}"));
        let home = directory().map_err(|e| failed("make a temporary directory", e))?;
        // PostgreSQL refuses to run as root. The owner of a new directory is the user who runs this.
        let owner = fs::metadata(&home).map_err(|e| failed("read the temporary directory", e))?.uid();
        let mut command = if owner == 0 {
            let (user, group) = user("postgres").inspect_err(|_| remove(&home))?;
            chown(&home, Some(user), Some(group))
                .map_err(|e| failed("change the owner of the temporary directory", e))?;
            let mut command = Command::new("setpriv");
            command.args([
                format!("--reuid={user}"),
                format!("--regid={group}"),
                "--clear-groups".into(),
                "sh".into(),
            ]);
            command
        } else {
            Command::new("sh")
        };
        command.arg("-c").arg(KEEPER).arg("keeper").arg(programs).arg(&home).args(writes.settings());
        let keeper = command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            // A process group of its own, so that Ctrl-C in the terminal does not reach it.
            .process_group(0)
            .spawn()
            .inspect_err(|_| remove(&home))
            .map_err(|e| failed("start PostgreSQL", e))?;
        let url = format!("postgres://postgres@{}/postgres", encoded(&home.to_string_lossy()));
        let mut postgres = Self { keeper, home, url };
        postgres.wait_until_ready()?;
        eprintln!("xtask: PostgreSQL runs in {}", postgres.home.display());
        Ok(postgres)
    }

    /// The URL of a database on it whose user may create other databases.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    fn wait_until_ready(&mut self) -> Result<(), Failed> {
        let end = Instant::now() + PATIENCE;
        loop {
            // The last line of this file is the state.
            let state = fs::read_to_string(self.home.join("data/postmaster.pid")).unwrap_or_default();
            if state.lines().last().is_some_and(|line| line.trim() == "ready") {
                return Ok(());
            }
            let log = fs::read_to_string(self.home.join("log")).unwrap_or_default();
            let ended = self.keeper.try_wait().is_ok_and(|status| status.is_some());
            if ended || log.contains("FAILED") || log.contains("FATAL") || Instant::now() > end {
                return Err(Failed(format!("PostgreSQL did not start:\n{log}")));
            }
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
        // Already gone, unless the keeper itself was killed.
        remove(&self.home);
    }
}

fn remove(home: &Path) {
    let _ = fs::remove_dir_all(home);
}

/// Creates a directory that only its owner can read. Its name is short, because the path of a socket may
/// have at most 107 bytes.
fn directory() -> std::io::Result<PathBuf> {
    let mut tries = 0;
    loop {
        let home = std::env::temp_dir().join(format!("bailiwick-pg-{}-{tries}", std::process::id()));
        match fs::DirBuilder::new().mode(0o700).create(&home) {
            Ok(()) => return Ok(home),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists && tries < 100 => tries += 1,
            Err(error) => return Err(error),
        }
    }
}

/// The ids of a user and its group.
fn user(name: &str) -> Result<(u32, u32), Failed> {
    let passwd = fs::read_to_string("/etc/passwd").unwrap_or_default();
    passwd
        .lines()
        .find_map(|line| {
            let mut fields = line.split(':');
            if fields.next() != Some(name) {
                return None;
            }
            Some((fields.nth(1)?.parse().ok()?, fields.next()?.parse().ok()?))
        })
        .ok_or_else(|| Failed(format!("PostgreSQL does not run as root, and there is no user `{name}`")))
}

/// Encodes a path as the host of a URL.
fn encoded(path: &str) -> String {
    path.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_percent_encoded() {
        assert_eq!(encoded("/tmp/a b"), "%2Ftmp%2Fa%20b");
    }
}
