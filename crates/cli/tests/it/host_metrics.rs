//! The metrics of a host, from a real agent to a real server that is away for some time, while which the agent is
//! killed.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::postgres::Database;
use crate::process::{Place, curl};

/// How a server is away.
pub struct Outage<'a> {
    /// Where the observations are stored, as the server's configuration says it.
    pub database: &'a str,
    /// The agent's arguments for its transport.
    pub transport: &'a [&'a str],
    /// How many seconds lie between two readings.
    pub every: u64,
    /// How many readings there are in each part of the time that the server is away: before the agent is killed, and
    /// after that.
    pub readings: usize,
}

/// An agent that runs; it is killed when this is dropped.
struct Agent<'a> {
    place: &'a Place,
    outage: &'a Outage<'a>,
    log: PathBuf,
    child: Child,
}

impl<'a> Agent<'a> {
    fn start(place: &'a Place, outage: &'a Outage<'a>, log: &str) -> Self {
        let url = format!("http://127.0.0.1:{}", place.port);
        let every = outage.every.to_string();
        let arguments = ["agent", "--server", &url, "--enrol-file", "enrolment", "--data", "agent"];
        let more = ["--log-level", "debug", "--log-json", "--host-metrics-seconds", &every];
        let log = place.path().join(log);
        let file = std::fs::File::create(&log).unwrap();
        let mut command = place.command(&[arguments.as_slice(), &more, outage.transport].concat());
        let child = command.stdout(Stdio::null()).stderr(file).spawn().unwrap();
        Self { place, outage, log, child }
    }

    /// When the host was read, as the log says it: these readings are on the disk.
    fn kept(&self) -> Vec<String> {
        let log = std::fs::read_to_string(&self.log).unwrap();
        // The last line may not be complete yet.
        let complete = log.rsplit_once('\n').map_or("", |(complete, _)| complete);
        let lines = complete.lines().filter(|line| line.contains("metrics of the host were read"));
        let time = |line: &str| {
            let line: Value = serde_json::from_str(line).unwrap();
            let at = line["at"].as_str().or_else(|| line["fields"]["at"].as_str());
            at.unwrap_or_else(|| panic!("no time in {line}")).to_owned()
        };
        lines.map(time).collect()
    }

    /// Waits until the host was read some times more.
    fn read_more(&self, times: usize) {
        let before = self.kept().len();
        self.outage.wait("readings of the host", || self.kept().len() >= before + times);
    }

    /// Kills it without warning, and returns what it had kept.
    fn kill(mut self) -> Vec<String> {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.kept()
    }

    /// The times and values of what the server has stored, by metric.
    fn stored(&self) -> BTreeMap<String, Vec<(String, f64)>> {
        let mut stored: BTreeMap<String, Vec<(String, f64)>> = BTreeMap::new();
        let authorization = format!("Authorization: Bearer {}", self.place.key());
        let mut cursor = String::new();
        loop {
            let url = format!("http://127.0.0.1:{}/v1/observations?limit=1000{cursor}", self.place.port);
            let (status, text) = curl(&["-H", &authorization, &url]);
            assert_eq!(status, 200, "{text}");
            let page: Value = serde_json::from_str(&text).unwrap();
            for item in page["items"].as_array().unwrap() {
                let (at, value) = (item["at"].as_str().unwrap(), item["value"].as_f64().unwrap());
                let metric = item["metric"].as_str().unwrap().to_owned();
                stored.entry(metric).or_default().push((at.to_owned(), value));
            }
            let Some(next) = page["next_cursor"].as_str() else { return stored };
            cursor = format!("&cursor={next}");
        }
    }

    fn stored_times(&self, metric: &str) -> Vec<String> {
        self.stored().remove(metric).unwrap_or_default().into_iter().map(|(at, _)| at).collect()
    }
}

impl Drop for Agent<'_> {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Outage<'_> {
    fn wait(&self, what: &str, is_so: impl Fn() -> bool) {
        // A debug build beside other tests is slow.
        let patience = Duration::from_secs(90 + self.every * (self.readings as u64 + 2));
        let end = Instant::now() + patience;
        while !is_so() {
            assert!(Instant::now() < end, "timed out waiting for {what}");
            std::thread::park_timeout(Duration::from_millis(50));
        }
    }

    /// Has a server be away, and the agent be killed meanwhile; then what was read is stored exactly once.
    pub fn happen(&self) {
        let place = Place::new();
        let config =
            format!("server:\n  tls: off\nlog:\n  level: warn,bailiwick_server=info\n{}", self.database);
        std::fs::write(place.path().join("bailiwick.yml"), config).unwrap();
        let server = place.up();
        let enrolment = json!({ "name": "Rack", "kind": "enrol", "enrolment": { "uses": 1 } }).to_string();
        let authorization = format!("Authorization: Bearer {}", place.key());
        let (status, made) = curl(&[
            "-H",
            &authorization,
            "-H",
            "Content-Type: application/json",
            "-d",
            &enrolment,
            &format!("http://127.0.0.1:{}/v1/keys", place.port),
        ]);
        assert_eq!(status, 201, "{made}");
        let made: Value = serde_json::from_str(&made).unwrap();
        std::fs::write(place.path().join("enrolment"), made["secret"].as_str().unwrap()).unwrap();

        let agent = Agent::start(&place, self, "agent-1.log");
        self.wait("the first observations", || agent.stored_times("system.uptime").len() >= 2);
        server.signal("KILL");
        drop(server);
        agent.read_more(self.readings);
        let mut kept = agent.kill();
        let agent = Agent::start(&place, self, "agent-2.log");
        agent.read_more(self.readings);

        let _server = place.up();
        kept.extend(agent.kept());
        let last = kept.last().unwrap().clone();
        self.wait("what was read while the server was away", || {
            agent.stored_times("system.uptime").contains(&last)
        });
        let stored = agent.stored();
        let of = |metric: &str| stored.get(metric).unwrap_or_else(|| panic!("no {metric}: {stored:?}"));
        for metric in [
            "system.cpu.utilization",
            "system.cpu.load_average.1m",
            "system.memory.usage",
            "system.uptime",
            "bailiwick.agent.batches_dropped",
        ] {
            let times: Vec<&str> =
                of(metric).iter().map(|(at, _)| at.as_str()).filter(|at| *at <= last.as_str()).collect();
            assert!(times.is_sorted_by(|one, next| one < next), "{metric} is there twice: {times:?}");
            let missing: Vec<&String> = kept.iter().filter(|at| !times.contains(&at.as_str())).collect();
            assert_eq!(missing, [] as [&String; 0], "{metric} is missing at these times");
            // Of the last batch, the log may lack the line that says that it was kept.
            let more = times.iter().filter(|at| !kept.iter().any(|kept| kept == *at)).count();
            assert!(more <= 1, "{metric} is there at times at which it was not read: {times:?} {kept:?}");
        }
        assert!(kept.len() >= 2 + 2 * self.readings);
        assert!(of("bailiwick.agent.batches_dropped").iter().all(|(_, dropped)| *dropped == 0.0));
        // After the outage, it goes on.
        let before = of("system.uptime").len();
        self.wait("further observations", || agent.stored_times("system.uptime").len() > before);
    }
}

#[test]
fn readings_of_a_time_without_a_server_are_stored_once() {
    Outage { database: "", transport: &[], every: 1, readings: 4 }.happen();
}

#[test]
fn readings_of_an_agent_that_polls_are_stored_once() {
    Outage { database: "", transport: &["--transport", "http"], every: 1, readings: 4 }.happen();
}

#[test]
fn readings_of_a_time_without_a_server_are_stored_once_on_postgresql() {
    if let Some(database) = Database::of("host_metrics") {
        Outage { database: &database.config(), transport: &[], every: 1, readings: 4 }.happen();
    }
}
