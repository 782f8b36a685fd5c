//! Observations on real servers that are killed: nothing that was acknowledged is lost, and nothing is doubled.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use bailiwick_domain::time::Timestamp;
use bailiwick_swarm::recording::{observations, shuffled};
use reqwest::Client;
use serde_json::{Value, json};

use crate::postgres::Database;
use crate::process::{Place, Server, skip, wait_for};

/// A client that sends observations.
struct Sender {
    runtime: tokio::runtime::Runtime,
    client: Client,
}

impl Sender {
    fn new() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        // A connection that was kept would belong to a server that was killed.
        let client = Client::builder().no_proxy().pool_max_idle_per_host(0).build().unwrap();
        Self { runtime, client }
    }

    /// Posts to a path of a server; `None` if there was no answer.
    fn post(&self, place: &Place, key: &str, path: &str, media: &str, body: String) -> Option<(u16, Value)> {
        let url = format!("http://127.0.0.1:{}{path}", place.port);
        self.runtime.block_on(async {
            let request = self.client.post(url).bearer_auth(key).header("content-type", media).body(body);
            let response = request.send().await.ok()?;
            let status = response.status().as_u16();
            Some((status, response.json().await.ok()?))
        })
    }

    fn json(&self, place: &Place, key: &str, path: &str, body: &Value) -> Value {
        let (status, answer) = self.post(place, key, path, "application/json", body.to_string()).unwrap();
        assert!((200..300).contains(&status), "{path}: {answer:#}");
        answer
    }

    /// Sends rows as JSON lines. Whether they were acknowledged.
    fn rows(&self, place: &Place, key: &str, rows: &[Value]) -> bool {
        let lines: Vec<String> = rows.iter().map(ToString::to_string).collect();
        match self.post(place, key, "/v1/observations", "application/x-ndjson", lines.join("\n")) {
            Some((200, answer)) => {
                assert_eq!(answer["refused"], 0, "{answer:#}");
                true
            }
            Some((status, answer)) => panic!("{status}: {answer:#}"),
            None => false,
        }
    }

    /// What was exported of a node, as rows.
    fn exported(&self, place: &Place, key: &str, node: &str, window: [&str; 2]) -> Vec<Value> {
        let [from, until] = window;
        let (mut rows, mut cursor) = (Vec::new(), String::new());
        loop {
            let url = format!(
                "http://127.0.0.1:{}/v1/observations/export?node={node}&from={from}&until={until}{cursor}",
                place.port
            );
            let page: Value = self.runtime.block_on(async {
                self.client.get(&url).bearer_auth(key).send().await.unwrap().json().await.unwrap()
            });
            let lines = page["data"].as_str().unwrap_or_else(|| panic!("{page:#}")).lines();
            rows.extend(lines.map(|line| serde_json::from_str::<Value>(line).unwrap()));
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return rows,
            }
        }
    }
}

/// Places for servers on one database, with the same peppers.
fn places(count: usize, database: &str) -> Vec<(Place, Server)> {
    let mut started: Vec<(Place, Server)> = Vec::new();
    for _ in 0..count {
        let place = Place::new();
        std::fs::write(place.path().join("bailiwick.yml"), format!("server:\n  tls: off\n{database}"))
            .unwrap();
        if let Some((first, _)) = started.first() {
            let data = |place: &Place| place.path().join("bailiwick-data");
            std::fs::create_dir(data(&place)).unwrap();
            for file in ["peppers", "first-run.json"] {
                std::fs::copy(data(first).join(file), data(&place).join(file)).unwrap();
            }
        }
        let server = place.up();
        started.push((place, server));
    }
    started
}

fn recording() -> Option<String> {
    let above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let directory = above.map(|path| path.join("shared/data")).find(|path| path.is_dir())?;
    std::fs::read_to_string(directory.join("okuma-multus-u3000.shdr")).ok()
}

/// The figures of the recording: parts, unattributed parts, and times in milliseconds.
const FIGURES: [i64; 5] = [4, 1, 1_357_376, 1_803_750, 3_180_823];

fn figures(sender: &Sender, place: &Place, node: &str) -> [i64; 5] {
    let names = ["parts_total", "parts_unattributed", "in_cycle_ms", "no_data_ms", "all_ms"];
    let body = json!({ "from": "2022-08-08T13:37:18.850Z", "until": "2022-08-08T14:30:19.673Z", "nodes": [node],
        "metrics": names });
    let report = sender.json(place, &place.key(), "/v1/reports/production", &body);
    assert_eq!(report["complete"], true);
    names.map(|name| report["total"]["values"][name].as_f64().unwrap().round() as i64)
}

/// Sends the recording in each order and in batches of several sizes, each to a node of its own, and kills a server in
/// the middle of each.
fn send_and_kill(name: &str, mut servers: Vec<(Place, Server)>) {
    let Some(text) = recording() else { return skip("the recording in shared/data") };
    let sender = Sender::new();
    let at = |row: &Value| row["at"].as_str().unwrap().parse::<Timestamp>().unwrap();
    let mut nodes = Vec::new();
    for (order, batch) in
        [("file", 10_000), ("time", 1_000), ("mixed", 997), ("mixed", 100), ("file", 10), ("mixed", 1)]
    {
        let node = format!("okuma-{order}-{batch}");
        let first = &servers[0].0;
        sender.json(
            first,
            &first.key(),
            "/v1/nodes",
            &json!({ "type": "generic", "name": node, "address": node }),
        );
        let mut rows = observations(&text, &node);
        match order {
            "time" => rows.sort_by_key(at),
            "mixed" => rows = shuffled(rows, batch as u64),
            _ => {}
        }
        let begin = Instant::now();
        let batches: Vec<&[Value]> = rows.chunks(batch).collect();
        for (number, rows) in batches.iter().enumerate() {
            let place = number % servers.len();
            if number == batches.len() / 2 {
                // It is killed while it takes in a batch. What it did not acknowledge is sent again.
                let server = &mut servers[place];
                let _ = sender.rows(&server.0, &server.0.key(), rows);
                server.1.signal("KILL");
                server.1.wait();
                server.1 = server.0.up();
            }
            let (place, _) = &servers[place];
            assert!(sender.rows(place, &place.key(), rows));
        }
        let seconds = begin.elapsed().as_secs_f64();
        for (place, _) in &servers {
            assert_eq!(figures(&sender, place, &node), FIGURES, "{name}: {node}");
        }
        println!("{name}: {} observations, {order} order, batches of {batch}: {seconds:.1} s", rows.len());
        nodes.push(node);
    }
    // The same after a restart.
    for (place, server) in &mut servers {
        server.signal("TERM");
        server.wait();
        *server = place.up();
        for node in &nodes {
            assert_eq!(figures(&sender, place, node), FIGURES, "{name}: {node} after a restart");
        }
    }
}

#[test]
#[ignore = "acceptance"]
fn the_recording_has_its_figures_on_servers_that_are_killed() {
    send_and_kill("SQLite", places(1, ""));
    for count in [1, 2] {
        let Some(database) = Database::of(&format!("recording{count}")) else { return };
        send_and_kill(&format!("PostgreSQL, {count} servers"), places(count, &database.config()));
    }
}

/// The time of a numbered reading.
fn time(number: i64) -> String {
    Timestamp::from_micros(1_750_000_000_000_000 + number * 1_000).to_string()
}

fn kill_many_times(name: &str, database: &str, rounds: usize) {
    let sender = Sender::new();
    let mut servers = places(1, database);
    let (place, server) = &mut servers[0];
    let key = place.key();
    sender.json(place, &key, "/v1/nodes", &json!({ "type": "generic", "name": "mill", "address": "mill" }));
    let (mut sent, mut acknowledged) = (0_i64, Vec::new());
    for _ in 0..rounds {
        let pid = server.id().to_string();
        // So that the kill comes at another moment of a batch each time.
        let pause = format!("sleep 0.0{:02}; kill -KILL {pid}", sent % 61);
        let mut killer = Command::new("sh").args(["-c", &pause]).spawn().unwrap();
        loop {
            let numbers = sent..sent + 50;
            sent = numbers.end;
            let row = |n: i64| json!({ "node": "mill", "metric": "part_count", "at": time(n), "value": n });
            let rows: Vec<Value> = numbers.clone().map(row).collect();
            if !sender.rows(place, &key, &rows) {
                break;
            }
            acknowledged.extend(numbers);
        }
        assert!(killer.wait().unwrap().success());
        server.wait();
        *server = place.up();
    }
    let rows = sender.exported(place, &key, "mill", [&time(0), &time(sent + 1)]);
    let mut found: Vec<i64> = rows.iter().map(|row| row["value"].as_i64().unwrap()).collect();
    let count = found.len();
    found.sort_unstable();
    found.dedup();
    assert_eq!(found.len(), count, "no observation is there twice");
    let lost: Vec<&i64> = acknowledged.iter().filter(|number| found.binary_search(number).is_err()).collect();
    assert!(lost.is_empty(), "{} of {} acknowledged observations are lost", lost.len(), acknowledged.len());
    for row in &rows {
        assert_eq!(row["at"], time(row["value"].as_i64().unwrap()));
    }
    println!(
        "{name}: {rounds} kills, {} acknowledged, {count} stored, none lost or doubled",
        acknowledged.len()
    );
}

#[test]
#[ignore = "acceptance"]
fn a_hundred_kills_lose_and_double_no_observation() {
    kill_many_times("SQLite", "", 100);
    if let Some(database) = Database::of("kills") {
        kill_many_times("PostgreSQL", &database.config(), 100);
    }
}

#[test]
#[ignore = "acceptance"]
fn every_acknowledgement_follows_a_sync_of_the_log() {
    if Command::new("strace").arg("-V").output().is_err() {
        return skip("strace");
    }
    let place = Place::new();
    std::fs::write(place.path().join("bailiwick.yml"), "server:\n  tls: off\n").unwrap();
    let trace = place.path().join("trace");
    let program = place.command(&[]).get_program().to_owned();
    let mut traced = Command::new("strace");
    traced.args(["-f", "-y", "-s", "16", "-e", "trace=fsync,fdatasync,write,writev,sendto,sendmsg", "-o"]);
    let listen = format!("127.0.0.1:{}", place.port);
    traced.arg(&trace).arg(program).args(["up", "--no-agent", "--listen", &listen]).current_dir(place.path());
    let mut server = place.start_command(traced);
    let sender = Sender::new();
    let key = place.key();
    sender.json(&place, &key, "/v1/nodes", &json!({ "type": "generic", "name": "mill", "address": "mill" }));
    let length = || std::fs::read_to_string(&trace).map(|text| text.lines().count()).unwrap_or_default();
    let before = length();
    const BATCHES: usize = 200;
    for number in 0..BATCHES as i64 {
        let row = json!({ "node": "mill", "metric": "part_count", "at": time(number), "value": number });
        assert!(sender.rows(&place, &key, &[row]));
    }
    let answers =
        |text: &str| text.lines().skip(before).filter(|line| line.contains("\"HTTP/1.1 200 OK")).count();
    let text = wait_for("the trace", || {
        std::fs::read_to_string(&trace).ok().filter(|text| answers(text) >= BATCHES)
    });
    // strace stops with the program that it follows.
    Command::new("pkill").args(["-TERM", "-P", &server.id().to_string()]).status().unwrap();
    server.wait();
    let (mut is_synced, mut answered) = (false, 0);
    for line in text.lines().skip(before) {
        if (line.contains("fsync(") || line.contains("fdatasync(")) && line.contains("observations.db-wal") {
            is_synced = true;
        } else if line.contains("\"HTTP/1.1 200 OK") {
            assert!(is_synced, "answer {answered} was sent before the log was synced: {line}");
            (is_synced, answered) = (false, answered + 1);
        }
    }
    println!("{answered} acknowledgements, each after a sync of observations.db-wal");
}

/// What another engine works out from an export: times in cycle in milliseconds, and parts.
const SQL: &str = "
import duckdb, sys
said = duckdb.sql(f\"\"\"
    SELECT metric, CAST(\"at\" AS TIMESTAMPTZ) AS time, value, row_number() OVER () AS place
    FROM read_json('{sys.argv[1]}', format='newline_delimited',
        columns={{node: 'VARCHAR', metric: 'VARCHAR', \"at\": 'VARCHAR', value: 'VARCHAR'}})\"\"\")
contacts = duckdb.sql('SELECT time, lead(time) OVER (ORDER BY time) AS next FROM (SELECT DISTINCT time FROM said)')
states = duckdb.sql(\"\"\"
    SELECT time, value, lead(time) OVER (ORDER BY time, place) AS next FROM said WHERE metric = 'execution'\"\"\")
pieces = duckdb.sql(\"\"\"
    SELECT greatest(s.time, c.time) AS start, least(coalesce(s.next, c.next), c.next) AS stop
    FROM states s JOIN contacts c ON c.time < coalesce(s.next, c.next) AND c.next > s.time
    WHERE s.value = 'ACTIVE' AND c.next - c.time <= INTERVAL 60 SECOND\"\"\")
ms = duckdb.sql('SELECT sum(epoch_us(stop) - epoch_us(start)) / 1000.0 FROM pieces WHERE stop > start').fetchall()[0][0]
parts = duckdb.sql(\"\"\"
    SELECT sum(greatest(made, 0)) FROM (
        SELECT CAST(value AS BIGINT) - lag(CAST(value AS BIGINT)) OVER (ORDER BY time) AS made
        FROM said WHERE metric = 'part_count')\"\"\").fetchall()[0][0]
print(round(ms), parts)
";

#[test]
#[ignore = "acceptance"]
fn another_engine_works_out_the_same_from_an_export() {
    let servers = places(1, "");
    let (place, _) = &servers[0];
    let (sender, key) = (Sender::new(), place.key());
    sender.json(place, &key, "/v1/nodes", &json!({ "type": "generic", "name": "mill", "address": "mill" }));
    // Random states and a counter, with gaps.
    let (mut rows, mut now, mut seed) = (Vec::new(), 0_i64, 0x2545_f491_4f6c_dd1d_u64);
    let mut below = |most: u64| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed % most) as i64
    };
    let mut parts = 0;
    for _ in 0..20_000 {
        now += 1 + if below(50) == 0 { 60_000 + below(100_000) } else { below(50_000) };
        if below(3) == 0 {
            parts += below(3);
            rows.push(json!({ "node": "mill", "metric": "part_count", "at": time(now), "value": parts }));
        } else {
            let word = ["ACTIVE", "READY", "STOPPED"][below(3) as usize];
            rows.push(json!({ "node": "mill", "metric": "execution", "at": time(now), "value": word }));
        }
    }
    for rows in rows.chunks(5_000) {
        assert!(sender.rows(place, &key, rows));
    }
    let body = json!({ "from": time(0), "until": time(now), "metrics": ["in_cycle_ms", "parts_total", "parts_unattributed"] });
    let report = sender.json(place, &key, "/v1/reports/production", &body);
    let values = &report["total"]["values"];
    let ours = [
        values["in_cycle_ms"].as_f64().unwrap().round() as i64,
        values["parts_total"].as_i64().unwrap() + values["parts_unattributed"].as_i64().unwrap(),
    ];

    let exported = sender.exported(place, &key, "mill", [&time(0), &time(now + 1)]);
    assert_eq!(exported.len(), rows.len());
    let lines: Vec<String> = exported.iter().map(ToString::to_string).collect();
    let (file, script) = (place.path().join("export.jsonl"), place.path().join("duck.py"));
    std::fs::write(&file, lines.join("\n")).unwrap();
    std::fs::write(&script, SQL).unwrap();
    let python = place.path().join("venv/bin/python");
    let run = |program: &Path, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    run(Path::new("python3"), &["-m", "venv", place.path().join("venv").to_str().unwrap()]);
    run(&python, &["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "duckdb", "pytz"]);
    let theirs = run(&python, &[script.to_str().unwrap(), file.to_str().unwrap()]);
    let theirs: Vec<i64> = theirs.split_whitespace().map(|number| number.parse().unwrap()).collect();
    assert_eq!(theirs, ours);
    println!("DuckDB and the report say the same: {} ms in cycle, {} parts", ours[0], ours[1]);
}
