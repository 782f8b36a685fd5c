//! A server on one core and its attackers on the other: what another caller notices of them.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use bailiwick_link::opamp::AgentToServer;
use bailiwick_link::weight::weigh;
use prost::Message as _;
use serde_json::json;

use crate::process::{Place, Server, curl};

/// How long an attack goes on.
const ATTACK: Duration = Duration::from_secs(20);
/// How often another caller asks meanwhile.
const EVERY: Duration = Duration::from_millis(20);
/// The most memory of the server, in MB.
const MEMORY_MB: u64 = 300;
/// The most bytes of a message of an OpAMP client that is not our agent.
const CLIENT_MAX: usize = 256 << 10;
/// The most memory that its message may take, in bytes.
const MESSAGE_MEMORY_MAX: usize = 2 << 20;
/// The longest that all but one in a hundred may take.
const P99: Duration = Duration::from_millis(10);
/// The same while one key reads large pages: each takes the server's only core for milliseconds.
const P99_LARGE_PAGES: Duration = Duration::from_millis(25);

/// A server on the first core, with an attacker and an observer who measures response times.
pub struct Battle {
    place: Place,
    server: Server,
    /// A key of the attackers' organization.
    pub attacker: String,
    /// A key of another organization, whose owner has nothing to do with the attack.
    bystander: String,
}

/// What the bystander noticed.
#[derive(Debug, Default)]
struct Noticed {
    times: Vec<Duration>,
    refused: usize,
}

/// An answer of plain HTTP: its status.
fn ask(address: SocketAddr, request: &str) -> Option<u16> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(30))).ok()?;
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = [0; 4_096];
    let count = stream.read(&mut answer).ok()?;
    std::str::from_utf8(&answer[..count]).ok()?.split(' ').nth(1)?.parse().ok()
}

impl Battle {
    pub fn begin() -> Self {
        let place = Place::new();
        std::fs::write(place.path().join("bailiwick.yml"), "server:\n  tls: off\n").unwrap();
        let server = place.up();
        let pid = server.id().to_string();
        let pinned =
            std::process::Command::new("taskset").args(["-a", "-p", "-c", "0", &pid]).output().unwrap();
        assert!(pinned.status.success(), "{pinned:?}");
        let own = std::process::id().to_string();
        let pinned =
            std::process::Command::new("taskset").args(["-a", "-p", "-c", "1", &own]).output().unwrap();
        assert!(pinned.status.success(), "{pinned:?}");
        let mut battle = Self { attacker: place.key(), bystander: String::new(), place, server };
        let two = json!({ "name": "Two", "slug": "two" }).to_string();
        assert_eq!(battle.post(&battle.place.root_key(), "/v1/organizations", &two).0, 201);
        let key = json!({ "name": "Bystander", "scopes": ["*:*"] }).to_string();
        let (status, made) = battle.post(&battle.place.root_key(), "/v1/keys?organization=two", &key);
        assert_eq!(status, 201, "{made}");
        let made: serde_json::Value = serde_json::from_str(&made).unwrap();
        battle.bystander = made["secret"].as_str().unwrap().to_owned();
        battle
    }

    pub fn address(&self) -> SocketAddr {
        ([127, 0, 0, 1], self.place.port).into()
    }

    fn post(&self, key: &str, path: &str, body: &str) -> (u16, String) {
        self.send(key, path, "application/json", body)
    }

    fn send(&self, key: &str, path: &str, kind: &str, body: &str) -> (u16, String) {
        let (key, kind) = (format!("X-API-KEY: {key}"), format!("Content-Type: {kind}"));
        let url = format!("http://{}{path}", self.address());
        curl(&["-m", "30", "-H", &key, "-H", &kind, "--data-binary", body, &url])
    }

    /// The most memory that the server has had, in MB.
    fn peak_mb(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.server.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1_024
    }

    /// Asks steadily who the bystander is, until `stop`.
    fn look_on(&self, stop: &Arc<AtomicBool>) -> JoinHandle<Noticed> {
        let (address, stop) = (self.address(), Arc::clone(stop));
        let request = format!(
            "GET /v1/whoami HTTP/1.1\r\nHost: x\r\nX-API-KEY: {}\r\nConnection: close\r\n\r\n",
            self.bystander
        );
        std::thread::spawn(move || {
            let mut noticed = Noticed::default();
            let mut next = Instant::now();
            while !stop.load(Ordering::Relaxed) {
                let began = Instant::now();
                let status = ask(address, &request);
                noticed.times.push(began.elapsed());
                noticed.refused += usize::from(status != Some(200));
                next += EVERY;
                std::thread::park_timeout(next.saturating_duration_since(Instant::now()));
            }
            noticed
        })
    }

    /// Runs an attack, and prints and checks what the bystander noticed of it. `attack` is called again
    /// and again until the time is over.
    pub fn withstand(&self, name: &str, most: Duration, mut attack: impl FnMut(&Self)) {
        let stop = Arc::new(AtomicBool::new(false));
        let began = Instant::now();
        let looking_on = self.look_on(&stop);
        let (mut imports, mut logins) = (Vec::new(), Vec::new());
        let text = "name,type,address\nbystander,generic,10.0.0.1\n";
        let login = json!({
            "email": "admin@localhost",
            "password": self.place.first_run()["admin"]["password"],
        });
        let mut next = Duration::from_secs(5);
        while began.elapsed() < ATTACK {
            attack(self);
            if began.elapsed() >= next {
                next += Duration::from_secs(5);
                let path = "/v1/nodes/import?existing=update";
                imports.push(self.send(&self.bystander, path, "text/csv", text).0);
                logins.push(self.post("", "/v1/sessions", &login.to_string()).0);
            }
        }
        stop.store(true, Ordering::Relaxed);
        let mut noticed = looking_on.join().unwrap();
        noticed.times.sort_unstable();
        let at = |share: usize| noticed.times[(noticed.times.len() - 1) * share / 100];
        let (p50, p99, longest, peak) = (at(50), at(99), at(100), self.peak_mb());
        println!(
            "{name}: whoami {} times, p50 {p50:?}, p99 {p99:?}, max {longest:?}, refused {}; peak {peak} MB; \
             imports of another organization {imports:?}; logins {logins:?}",
            noticed.times.len(),
            noticed.refused
        );
        assert_eq!(noticed.refused, 0, "{name}");
        assert!(peak < MEMORY_MB, "{name}: {peak} MB");
        assert!(p99 <= most, "{name}: {p99:?}");
        assert!(!imports.is_empty() && imports.iter().all(|status| *status == 200), "{name}: {imports:?}");
        assert!(!logins.is_empty() && logins.iter().all(|status| *status == 201), "{name}: {logins:?}");
    }
}

/// Keeps so many requests open, each of these in turn; one that was ended is begun again.
fn keep_open(held: &mut Vec<TcpStream>, many: usize, address: SocketAddr, requests: &[Vec<u8>]) {
    held.retain(|stream| {
        let mut byte = [0];
        let open = stream.set_nonblocking(true).is_ok();
        // A connection that was answered or closed can be read at once; it is opened again.
        open && matches!(stream.peek(&mut byte), Err(error) if error.kind() == std::io::ErrorKind::WouldBlock)
    });
    for request in requests.iter().cycle().take(many.saturating_sub(held.len())) {
        let Ok(mut stream) = TcpStream::connect(address) else { break };
        // The server may refuse a request and stop reading it.
        let patience = stream.set_write_timeout(Some(Duration::from_secs(1)));
        if patience.is_ok() && stream.write_all(request).is_ok() {
            held.push(stream);
        }
    }
    std::thread::park_timeout(Duration::from_millis(50));
}

fn head(path: &str, key: Option<&str>, kind: &str) -> String {
    let key = key.map(|key| format!("X-API-KEY: {key}\r\n")).unwrap_or_default();
    format!("POST {path} HTTP/1.1\r\nHost: x\r\n{key}Content-Type: {kind}\r\nContent-Length: 500\r\n\r\n{{")
}

fn slow(name: &str, many: usize, head: impl Fn(&Battle) -> String) {
    let battle = Battle::begin();
    let (requests, mut held) = ([head(&battle).into_bytes()], Vec::new());
    battle.withstand(name, P99, |battle| keep_open(&mut held, many, battle.address(), &requests));
}

#[test]
#[ignore = "acceptance"]
fn the_server_withstands_slow_logins() {
    slow("64 slow logins", 64, |_| head("/v1/sessions", None, "application/json"));
}

#[test]
#[ignore = "acceptance"]
fn the_server_withstands_slow_bodies_of_one_key() {
    slow("1,024 slow bodies of one key", 1_024, |battle| {
        head("/v1/whoami/can", Some(&battle.attacker), "application/json")
    });
}

#[test]
#[ignore = "acceptance"]
fn the_server_withstands_slow_imports_of_one_organization() {
    slow("two slow imports of one organization", 2, |battle| {
        head("/v1/nodes/import", Some(&battle.attacker), "text/csv")
    });
}

/// A message of so many bytes whose description has as many attributes as fit: what takes the most memory.
fn flood(bytes: usize) -> Vec<u8> {
    let attributes: Vec<u8> = std::iter::repeat_n([0x0a, 0], (bytes - 64) / 2).flatten().collect();
    let mut message = AgentToServer { instance_uid: vec![7; 16], ..Default::default() }.encode_to_vec();
    message.push(0x1a);
    prost::encoding::encode_varint(attributes.len() as u64, &mut message);
    message.extend(attributes);
    message
}

/// The heaviest such message that is still decoded.
fn heaviest() -> Vec<u8> {
    let (mut fits, mut too_heavy) = (64, CLIENT_MAX);
    while too_heavy - fits > 2 {
        let middle = usize::midpoint(fits, too_heavy) & !1;
        match weigh::<AgentToServer>(&flood(middle), MESSAGE_MEMORY_MAX) {
            Ok(_) => fits = middle,
            Err(_) => too_heavy = middle,
        }
    }
    flood(fits)
}

#[test]
#[ignore = "acceptance"]
fn the_server_withstands_polls_with_the_worst_message() {
    let battle = Battle::begin();
    let mut requests = Vec::new();
    for n in 0..4 {
        let key = json!({ "name": format!("Attacker {n}"), "scopes": ["agents:*", "nodes:*"] }).to_string();
        let (status, made) = battle.post(&battle.attacker, "/v1/keys", &key);
        assert_eq!(status, 201, "{made}");
        let made: serde_json::Value = serde_json::from_str(&made).unwrap();
        let key = made["secret"].as_str().unwrap();
        for body in [heaviest(), flood(CLIENT_MAX)] {
            let length = body.len();
            let head = format!(
                "POST /v1/opamp HTTP/1.1\r\nHost: x\r\nX-API-KEY: {key}\r\n\
                 Content-Type: application/x-protobuf\r\nContent-Length: {length}\r\n\r\n"
            );
            requests.push([head.into_bytes(), body].concat());
        }
    }
    let mut held = Vec::new();
    battle.withstand("512 polls with the worst message", P99, |battle| {
        keep_open(&mut held, 512, battle.address(), &requests);
    });
}

/// Requests to read, which one key repeats.
fn reads(key: &str, paths: &[&str]) -> Vec<Vec<u8>> {
    let request =
        |path: &&str| format!("GET {path} HTTP/1.1\r\nHost: x\r\nX-API-KEY: {key}\r\n\r\n").into_bytes();
    paths.iter().map(request).collect()
}

#[test]
#[ignore = "acceptance"]
fn the_server_withstands_heavy_reads_of_one_key() {
    let battle = Battle::begin();
    let mut nodes = String::from("name,type,address,labels\n");
    for n in 0..9_000 {
        nodes.push_str(&format!("node-{n},generic,10.0.{}.{},env=prod\n", n / 250, n % 250));
    }
    let file = battle.place.path().join("nodes.csv");
    std::fs::write(&file, nodes).unwrap();
    let (status, answer) =
        battle.send(&battle.attacker, "/v1/nodes/import", "text/csv", &format!("@{}", file.display()));
    assert_eq!(status, 200, "{answer}");
    let none: Vec<String> = (0..16).map(|n| format!("!k{n}")).collect();
    let list = format!("/v1/nodes?limit=1000&labels={}", none.join(","));
    let requests = reads(&battle.attacker, &[&list, "/v1/nodes/export?limit=10000"]);
    let mut held = Vec::new();
    battle.withstand("250 lists and exports of 9,000 nodes", P99, |battle| {
        keep_open(&mut held, 250, battle.address(), &requests);
    });
}

/// Schedules as large as they may be.
fn add_large_schedules(battle: &Battle) {
    for n in 0..200 {
        let run = json!({ "kind": "command", "shell": "sh", "command": "\u{1}".repeat(43_000) });
        let body = json!({ "name": format!("Large {n}"), "cron": "0 0 1 1 *", "run": run, "targets": { "labels": "a=b" } });
        let file = battle.place.path().join("large.json");
        std::fs::write(&file, body.to_string()).unwrap();
        let (status, answer) =
            battle.post(&battle.attacker, "/v1/schedules", &format!("@{}", file.display()));
        assert_eq!(status, 201, "{answer}");
    }
}

#[test]
#[ignore = "acceptance"]
fn the_server_withstands_large_pages_of_one_key() {
    let battle = Battle::begin();
    add_large_schedules(&battle);
    let requests = reads(&battle.attacker, &["/v1/schedules?limit=1000"]);
    let mut held = Vec::new();
    battle.withstand("30 pages of large schedules", P99_LARGE_PAGES, |battle| {
        keep_open(&mut held, 30, battle.address(), &requests);
    });
}

#[test]
#[ignore = "acceptance"]
fn the_server_withstands_answers_that_are_not_read() {
    let battle = Battle::begin();
    add_large_schedules(&battle);
    let requests = reads(&battle.attacker, &["/v1/schedules?limit=1000"]);
    let mut held: Vec<TcpStream> = Vec::new();
    battle.withstand("512 answers that are not read", P99_LARGE_PAGES, |battle| {
        for request in requests.iter().cycle().take(20.min(512_usize.saturating_sub(held.len()))) {
            let mut stream = TcpStream::connect(battle.address()).unwrap();
            stream.write_all(request).unwrap();
            held.push(stream);
        }
        std::thread::park_timeout(Duration::from_millis(50));
    });
}
