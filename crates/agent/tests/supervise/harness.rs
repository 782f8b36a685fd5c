//! A supervisor with a timer that the test holds in its hand, and programs to run.

use std::collections::BTreeMap;
use std::future::Future;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use bailiwick_agent::supervise::{Executables, Outside, Patience, Supervisor, Timer};
use bailiwick_domain::agent::{AgentStatus, AgentType, ProgramHealth};
use bailiwick_domain::id::AgentId;
use bailiwick_domain::outside::{Clock, Entropy};
use bailiwick_domain::time::Timestamp;
use bailiwick_link::desired::{Desired, Program};
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::{Mutex, Semaphore, mpsc};

/// How long anything is waited for before the test fails.
const PATIENCE: Duration = Duration::from_secs(60);

struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods, reason = "this is the clock that is passed to everything else")]
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap())
    }
}

struct NoChance;

impl Entropy for NoChance {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

/// A timer whose waits end when the test says so.
struct HandTimer {
    asked: mpsc::UnboundedSender<Duration>,
    over: Semaphore,
}

impl Timer for HandTimer {
    fn sleep(&self, how_long: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            self.asked.send(how_long).unwrap();
            self.over.acquire().await.unwrap().forget();
        })
    }
}

/// A supervisor and its surroundings.
pub struct Bench {
    pub supervisor: Supervisor,
    pub directory: TempDir,
    timer: Arc<HandTimer>,
    asked: Mutex<mpsc::UnboundedReceiver<Duration>>,
}

/// The id of the `n`th agent row.
pub fn id(n: u8) -> AgentId {
    format!("01932f4e-7b5a-7c3d-8e9f-0a1b2c3d4e{n:02x}").parse().unwrap()
}

/// A program by its JSON.
pub fn program(json: Value) -> Program {
    serde_json::from_value(json).unwrap()
}

impl Bench {
    /// With the programs of this machine.
    pub fn new() -> Self {
        Self::with(|_| Executables::of_this_machine(BTreeMap::new()))
    }

    /// With a script instead of `node_exporter`.
    pub fn with_script(script: &str) -> Self {
        Self::with(|home| scripted(home, script))
    }

    pub fn with(executables: impl FnOnce(&Path) -> Executables) -> Self {
        Self::at(tempfile::tempdir().unwrap(), executables)
    }

    /// The same after the agent was started again, with a script instead of `node_exporter`.
    pub fn again_with_script(self, script: &str) -> Self {
        let Self { directory, .. } = self;
        Self::at(directory, |home| scripted(home, script))
    }

    fn at(directory: TempDir, executables: impl FnOnce(&Path) -> Executables) -> Self {
        let (told, asked) = mpsc::unbounded_channel();
        let timer = Arc::new(HandTimer { asked: told, over: Semaphore::new(0) });
        let patience = Patience {
            start: Duration::from_secs(20),
            stop: Duration::from_millis(300),
            ask_again: Duration::from_millis(10),
            log: Duration::from_millis(10),
        };
        let supervisor = Supervisor::new(Outside {
            executables: executables(directory.path()),
            directory: directory.path().join("programs"),
            clock: Arc::new(SystemClock),
            entropy: Arc::new(NoChance),
            timer: timer.clone(),
            patience,
        });
        Self { supervisor: supervisor.unwrap(), directory, timer, asked: Mutex::new(asked) }
    }

    /// The next wait that was asked for.
    pub async fn wait_asked(&self) -> Duration {
        tokio::time::timeout(PATIENCE, async { self.asked.lock().await.recv().await })
            .await
            .expect("no program is waiting for a restart")
            .unwrap()
    }

    /// Ends one wait.
    pub fn end_wait(&self) {
        self.timer.over.add_permits(1);
    }

    /// Applies a desired state.
    pub fn apply(&self, programs: impl IntoIterator<Item = (AgentId, Program)>) {
        self.supervisor.apply(Desired { programs: programs.into_iter().collect(), front: None }).unwrap();
    }

    pub fn health(&self, id: AgentId) -> ProgramHealth {
        self.supervisor.health().remove(&id).expect("the health has no entry for the program")
    }

    /// Waits until a program is so.
    pub async fn until(&self, id: AgentId, is: impl Fn(&ProgramHealth) -> bool) -> ProgramHealth {
        let mut news = self.supervisor.news();
        let seen = async {
            loop {
                let health = self.health(id);
                if is(&health) {
                    return health;
                }
                news.wait().await;
            }
        };
        let seen = tokio::time::timeout(PATIENCE, seen).await;
        seen.unwrap_or_else(|_| panic!("timed out; the health is still {:#?}", self.health(id)))
    }

    /// Waits until a program has a status.
    pub async fn until_status(&self, id: AgentId, status: AgentStatus) -> ProgramHealth {
        self.until(id, |health| health.status == status).await
    }

    /// The process of a program.
    pub fn process(&self, id: AgentId) -> u32 {
        let note = self.directory.path().join("programs").join(id.to_string()).join("process");
        let note = std::fs::read_to_string(note).unwrap();
        note.split(' ').next().unwrap().parse().unwrap()
    }
}

/// A script instead of exporters.
fn scripted(home: &Path, script: &str) -> Executables {
    let path = write_script(home, "node_exporter", script);
    let configured = [AgentType::NodeExporter, AgentType::PostgresExporter].map(|k| (k, path.clone()));
    Executables { configured: configured.into(), directories: Vec::new() }
}

/// Makes a script that can be executed.
pub fn write_script(home: &Path, name: &str, script: &str) -> PathBuf {
    let path = home.join(name);
    std::fs::write(&path, script).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path
}

/// Whether a process is there and no zombie.
pub fn lives(process: u32) -> bool {
    std::fs::read_to_string(format!("/proc/{process}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

/// What a process was started with, its environment or its arguments.
pub fn told(process: u32, what: &str) -> String {
    String::from_utf8_lossy(&std::fs::read(format!("/proc/{process}/{what}")).unwrap()).replace('\0', "\n")
}

/// What is answered at a port, head and body; `None` if nobody listens.
pub fn fetch(port: u16, headers: &str) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    write!(stream, "GET /metrics HTTP/1.0\r\nHost: localhost\r\n{headers}\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    Some(answer)
}

/// Polls a condition for which there is no notification.
pub async fn until(what: &str, is: impl Fn() -> bool) {
    let began = Instant::now();
    while !is() {
        assert!(began.elapsed() < PATIENCE, "timed out waiting until {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn skip(missing: &str) {
    let required = std::env::var("BAILIWICK_TEST_REQUIRE_ALL").is_ok_and(|value| value == "1");
    assert!(!required, "missing, and BAILIWICK_TEST_REQUIRE_ALL=1 requires it: {missing}");
    // Not `eprintln!`, which the test runner hides if the test passes.
    let _ = writeln!(std::io::stderr(), "SKIPPED: {missing}");
}

/// Whether a program is on this machine; if not, the test is skipped, loudly.
pub fn have(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let have = std::env::split_paths(&path).any(|directory| directory.join(program).is_file());
    if !have {
        skip(&format!("there is no {program}"));
    }
    have
}

/// The PostgreSQL of the test run, as a watched service and the user who may ask it; `None`, loudly,
/// where there is none.
pub fn postgres() -> Option<(Value, String)> {
    let Some(url) = std::env::var("BAILIWICK_TEST_POSTGRES").ok().filter(|url| !url.is_empty()) else {
        skip("no PostgreSQL; `cargo xtask test` starts one");
        return None;
    };
    let rest = url.split_once("://").unwrap().1;
    let (user, place) = rest.split_once('@').unwrap();
    let host = place.split(['/', '?']).next().unwrap().replace("%2F", "/").replace("%2f", "/");
    let service = if host.starts_with('/') {
        serde_json::json!({ "name": "test", "socket": host })
    } else {
        let (address, port) = host.split_once(':').unwrap_or((&host, "5432"));
        serde_json::json!({ "name": "test", "address": address, "port": port.parse::<u16>().unwrap() })
    };
    Some((service, user.split(':').next().unwrap().to_owned()))
}
