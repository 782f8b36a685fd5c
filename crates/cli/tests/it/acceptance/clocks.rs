//! The real server and a real agent, each with a clock that is moved by a day in either direction and back,
//! while schedules, commands, keys and sessions are live.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::process::{Place, curl, skip, wait_for};

const DAY: i64 = 86_400;
/// How long a schedule of every minute may take to run again after the clock was moved.
const SCHEDULE_PATIENCE: Duration = Duration::from_secs(120);

/// Adds the number of seconds that stands in the file `CLOCK_SHIM` to the time of day. It calls the kernel
/// itself: what looks symbols up while an allocator starts may wait for itself.
pub const SHIM: &str = r#"
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const char *path;
static volatile long long offset, looked_at;

__attribute__((constructor)) static void begin(void) { path = getenv("CLOCK_SHIM"); }

static long long seconds(void) {
    struct timespec now;
    syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
    long long at = now.tv_sec * 1000LL + now.tv_nsec / 1000000;
    if (path && at - looked_at > 50) {
        char text[32];
        looked_at = at;
        int file = syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
        if (file >= 0) {
            long length = syscall(SYS_read, file, text, sizeof text - 1);
            syscall(SYS_close, file);
            if (length > 0) {
                text[length] = 0;
                offset = atoll(text);
            }
        }
    }
    return offset;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    int result = syscall(SYS_clock_gettime, clock, time);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) time->tv_sec += seconds();
    return result;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
    struct timespec now;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &now);
    time->tv_sec = now.tv_sec;
    time->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *result) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (result) *result = now.tv_sec;
    return now.tv_sec;
}
"#;

/// Builds the shim; `None` without a compiler.
fn build(directory: &Path) -> Option<PathBuf> {
    let (source, library) = (directory.join("shim.c"), directory.join("shim.so"));
    std::fs::write(&source, SHIM).unwrap();
    let gcc = Command::new("gcc")
        .args(["-shared", "-fPIC", "-O1", "-o"])
        .args([&library, &source])
        .output()
        .ok()?;
    assert!(gcc.status.success(), "{}", String::from_utf8_lossy(&gcc.stderr));
    Some(library)
}

/// A program with a clock of its own; it is killed when this is dropped.
struct Program {
    child: Child,
    clock: PathBuf,
    log: PathBuf,
}

impl Program {
    fn start(place: &Place, shim: &Path, name: &str, mut command: Command) -> Self {
        let (clock, log) =
            (place.path().join(format!("{name}.clock")), place.path().join(format!("{name}.log")));
        std::fs::write(&clock, "0").unwrap();
        let file = File::create(&log).unwrap();
        let child = command
            .env("LD_PRELOAD", shim)
            .env("CLOCK_SHIM", &clock)
            .stdout(file.try_clone().unwrap())
            .stderr(file)
            .spawn()
            .unwrap();
        Self { child, clock, log }
    }

    /// Moves its clock, from now on.
    fn move_clock(&self, seconds: i64) {
        let new = self.clock.with_extension("new");
        std::fs::write(&new, seconds.to_string()).unwrap();
        std::fs::rename(new, &self.clock).unwrap();
    }

    fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How long it takes until a condition holds, within `patience`.
fn timed(what: &str, patience: Duration, condition: impl Fn() -> bool) -> Duration {
    let begin = Instant::now();
    while !condition() {
        assert!(begin.elapsed() < patience, "timed out waiting for {what}");
        std::thread::park_timeout(Duration::from_millis(200));
    }
    begin.elapsed()
}

struct Fleet<'a> {
    place: &'a Place,
    node: String,
    schedule: String,
    key: String,
    jar: String,
}

impl Fleet<'_> {
    fn status(&self, arguments: &[&str]) -> u16 {
        let url = format!("{}/v1/whoami", self.place.url());
        curl(&[&["-k"], arguments, &[&url]].concat()).0
    }

    fn key_status(&self) -> u16 {
        self.status(&["-H", &format!("Authorization: Bearer {}", self.key)])
    }

    fn session_status(&self) -> u16 {
        self.status(&["-b", &self.jar])
    }

    fn last_command(&self) -> Value {
        self.place.json(&["schedules", "get", &self.schedule])["last_command_id"].clone()
    }

    /// Looks whether all goes on, and says how long it took.
    fn goes_on(&self, when: &str) {
        let last = self.last_command();
        let command = timed("a command", Duration::from_secs(60), || {
            self.place.run(&["run", "--nodes", &self.node, "--", "true"]).status.success()
        });
        let schedule = timed("the schedule", SCHEDULE_PATIENCE, || self.last_command() != last);
        let found = self.place.json(&["schedules", "get", &self.schedule]);
        assert_eq!(found["last_error"], Value::Null, "{found:#}");
        println!("{when}: a command ended after {command:.1?}, the schedule ran after {schedule:.1?}");
    }
}

#[test]
#[ignore = "acceptance"]
fn the_server_works_on_after_its_clock_moves_by_a_day() {
    let place = Place::new();
    let Some(shim) = build(place.path()) else { return skip("gcc") };
    let listen = format!("127.0.0.1:{}", place.port);
    let command = place.command(&["up", "--no-agent", "--listen", &listen]);
    let server = Program::start(&place, &shim, "server", command);
    wait_for("the server", || server.log().contains("serving").then_some(()));
    let enrols =
        place.json(&["keys", "create", "--kind", "enrol", "--name", "Machines", "--enrolment", "uses=1"]);
    let certificate = place.path().join("bailiwick-data/tls/certificate.pem");
    let mut command = place.command(&["agent", "--data", "agent", "--server", &place.url(), "--ca"]);
    command.arg(&certificate).env("BAILIWICK_ENROL_KEY", enrols["secret"].as_str().unwrap());
    let agent = Program::start(&place, &shim, "agent", command);
    let node = wait_for("the node", || {
        let nodes = place.json(&["nodes", "list"]);
        let node = &nodes["items"][0];
        (node["status"] == "online").then(|| node["id"].as_str().unwrap().to_owned())
    });

    let body = json!({
        "name": "Every minute", "cron": "* * * * *", "targets": { "nodes": [node] },
        "run": { "kind": "command", "shell": "sh", "command": "true" },
    });
    let owner = format!("Authorization: Bearer {}", place.key());
    let post = |path: &str, body: &Value| {
        let (url, body) = (format!("{}{path}", place.url()), body.to_string());
        let json = "Content-Type: application/json";
        let (status, answer) = curl(&["-k", "-H", &owner, "-H", json, "-d", &body, &url]);
        assert_eq!(status, 201, "{answer}");
        serde_json::from_str::<Value>(&answer).unwrap()
    };
    let schedule = post("/v1/schedules", &body)["id"].as_str().unwrap().to_owned();
    let key = json!({ "name": "Two hours", "scopes": [], "ttl_seconds": 7_200 });
    let key = post("/v1/keys", &key)["secret"].as_str().unwrap().to_owned();
    let jar = place.path().join("jar").to_str().unwrap().to_owned();
    let first = place.first_run();
    let login =
        json!({ "email": first["admin"]["email"], "password": first["admin"]["password"] }).to_string();
    let url = format!("{}/v1/sessions", place.url());
    let (status, answer) =
        curl(&["-k", "-c", &jar, "-H", "Content-Type: application/json", "-d", &login, &url]);
    assert_eq!(status, 201, "{answer}");
    let fleet = Fleet { place: &place, node, schedule, key, jar };
    fleet.goes_on("with right clocks");

    for (name, program) in [("server", &server), ("agent", &agent)] {
        for seconds in [DAY, -DAY] {
            program.move_clock(seconds);
            fleet.goes_on(&format!("the {name}'s clock moved by {seconds} s"));
            // What has an end ends by the server's clock, and by no other.
            let is_past = name == "server" && seconds > 0;
            assert_eq!(fleet.key_status(), if is_past { 401 } else { 200 });
            assert_eq!(fleet.session_status(), if is_past { 401 } else { 200 });
            program.move_clock(0);
            fleet.goes_on(&format!("the {name}'s clock put right again"));
            assert_eq!((fleet.key_status(), fleet.session_status()), (200, 200));
        }
    }
}
