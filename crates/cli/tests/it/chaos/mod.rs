//! Servers, agents, networks and disks fail while a thousand agents and a real one carry commands out:
//! every command ends in a true state, none is carried out twice, none is lost without a word.

mod fleet;
pub mod machine;

use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, Instant};

use crate::postgres::Database;
use crate::process::{Place, curl, wait_for};
use fleet::{AGENTS, Fleet, Whereabouts, configure, up};
use machine::{Disk, Host, is_administrator};

const ALL: usize = AGENTS as usize + 1;
/// How long commands run: as long as it takes to have something happen meanwhile, and so long that none
/// ends before the last has begun, however busy the machine is.
const SHORT: Duration = Duration::from_secs(2);
const LONG: Duration = Duration::from_secs(30);

fn succeeded(count: usize) -> BTreeMap<String, usize> {
    [("succeeded".to_owned(), count)].into()
}

#[test]
fn a_killed_server_on_sqlite_loses_no_command() {
    kill_the_server("");
}

#[test]
fn a_killed_server_on_postgresql_loses_no_command() {
    if let Some(database) = Database::of("chaos") {
        kill_the_server(&database.config());
    }
}

fn kill_the_server(database: &str) {
    let place = Place::new();
    configure(&place, database);
    let mut server = up(&place);
    let mut fleet = Fleet::enrol(place, Whereabouts::here(), SHORT);
    let all = u64::from(AGENTS);
    for round in 0..3_u64 {
        let before = fleet.swarm.seen();
        assert!(fleet.give());
        match round {
            0 => fleet.wait("it is being told", |seen| seen.carried_out > before.carried_out),
            1 => fleet.wait("all carry it out", |seen| seen.carried_out >= before.carried_out + all),
            _ => fleet.wait("ends are written down", |seen| seen.acknowledged > before.acknowledged),
        }
        // Another command is given while the server is killed: its caller may get no answer.
        let (command, url, key) = (
            fleet.next_command().to_string(),
            format!("http://127.0.0.1:{}/v1/commands", fleet.place.port),
            format!("Authorization: Bearer {}", fleet.place.key()),
        );
        let giver = thread::spawn(move || {
            curl(&["-X", "POST", "-H", &key, "-H", "Content-Type: application/json", "-d", &command, &url])
        });
        server.signal("KILL");
        server.wait();
        let (status, _) = giver.join().unwrap();
        assert!(status == 202 || status == 0, "{status}");
        server = up(&fleet.place);
        fleet.wait("all come again", |seen| seen.connected == AGENTS as usize);
    }
    let counted = fleet.account();
    // The agents lived on, so that nothing is lost at all.
    assert!(counted.len() >= 3 && counted.iter().all(|counts| *counts == succeeded(ALL)), "{counted:?}");
}

#[test]
fn killed_agents_report_lost_commands_and_run_none_twice() {
    let place = Place::new();
    configure(&place, "");
    let _server = up(&place);
    let mut fleet = Fleet::enrol(place, Whereabouts::here(), LONG);
    assert!(fleet.give());
    let all = u64::from(AGENTS);
    fleet.wait("all carry it out", |seen| seen.carried_out == all);
    let path = fleet.place.path().join("ran-1");
    wait_for("the real one carries it out", || path.exists().then_some(()));
    fleet.swarm.crash();
    fleet.real.crash();
    assert_eq!(fleet.account(), [[("lost".to_owned(), ALL)].into()]);
    // What comes then, they do.
    assert!(fleet.give());
    assert_eq!(fleet.account()[1], succeeded(ALL));
}

#[test]
fn a_network_cut_of_a_minute_loses_no_command() {
    if !is_administrator() {
        return;
    }
    let host = Host::new("cut");
    let place = Place::new();
    configure(&place, "");
    let _server = up(&place);
    let name = host.name().to_owned();
    let whereabouts = Whereabouts {
        server: host.server(),
        words: &["ip", "netns", "exec", &name],
        entrance: Box::new(host.entrance()),
    };
    let mut fleet = Fleet::enrol(place, whereabouts, SHORT);
    // One runs while the cable is pulled, and one is given meanwhile.
    assert!(fleet.give());
    fleet.wait("all carry it out", |seen| seen.carried_out == u64::from(AGENTS));
    host.cut();
    let end = Instant::now() + Duration::from_secs(60);
    assert!(fleet.give());
    // It is not waited for anything: that it takes so long is what is tested.
    while Instant::now() < end {
        thread::park_timeout(Duration::from_secs(1));
    }
    assert_eq!(fleet.swarm.seen().carried_out, u64::from(AGENTS), "a command got through the cut network");
    host.mend();
    assert_eq!(fleet.account(), [succeeded(ALL), succeeded(ALL)]);
}

#[test]
fn a_full_disk_of_the_server_loses_no_command() {
    if !is_administrator() {
        return;
    }
    let place = Place::new();
    configure(&place, "");
    let disk = Disk::mount(place.path().join("bailiwick-data"), 32 << 20);
    let mut server = up(&place);
    let mut fleet = Fleet::enrol(place, Whereabouts::here(), SHORT);
    assert!(fleet.give());
    fleet.wait("all carry it out", |seen| seen.carried_out == u64::from(AGENTS));
    disk.fill();
    // What there is still room for in its files it takes, commands as well as ends.
    let (mut taken, mut refused) = (1, 0);
    wait_for("commands and ends that there is no room for", || {
        if fleet.give() {
            taken += 1;
        } else {
            refused += 1;
        }
        (refused > 0 && server.err().contains("reports could not be stored")).then_some(())
    });
    assert_eq!(fleet.ask("GET", "/v1/nodes?limit=1", None).0, 200, "reading fails on a full disk");
    disk.make_room();
    let counted = fleet.account();
    assert_eq!(counted, vec![succeeded(ALL); taken]);
    // And so if it is killed while the disk is full.
    assert!(fleet.give());
    fleet.wait("all carry it out", |seen| seen.carried_out >= u64::from(AGENTS) * (taken as u64 + 1));
    disk.fill();
    server.signal("KILL");
    server.wait();
    disk.make_room();
    server = up(&fleet.place);
    assert_eq!(fleet.account(), vec![succeeded(ALL); taken + 1]);
    drop(server);
}

#[test]
fn a_key_can_be_revoked_on_a_full_disk() {
    if !is_administrator() {
        return;
    }
    let place = Place::new();
    configure(&place, "");
    let disk = Disk::mount(place.path().join("bailiwick-data"), 8 << 20);
    let server = up(&place);
    let ask = |method: &str, key: &str, path: &str, body: &str| {
        let url = format!("http://127.0.0.1:{}{path}", place.port);
        let key = format!("Authorization: Bearer {key}");
        let mut arguments = vec!["-X", method, "-H", &key];
        if !body.is_empty() {
            arguments.extend(["-H", "Content-Type: application/json", "-d", body]);
        }
        arguments.push(&url);
        let (status, text) = curl(&arguments);
        (status, serde_json::from_str::<serde_json::Value>(&text).unwrap_or_default())
    };
    let owner = place.key();
    let keys: Vec<(String, String)> = (0..3)
        .map(|n| {
            let body = format!("{{\"name\": \"leaked {n}\", \"scopes\": [\"*:*\"]}}");
            let (status, key) = ask("POST", &owner, "/v1/keys", &body);
            assert_eq!(status, 201, "{key}");
            let text = |name: &str| key[name].as_str().unwrap().to_owned();
            (key["key"]["id"].as_str().map_or_else(|| text("id"), str::to_owned), text("secret"))
        })
        .collect();
    let site = ask("POST", &owner, "/v1/sites", "{\"name\": \"old\"}").1["id"].as_str().unwrap().to_owned();

    // A key that may, and whatever else is on the disk, fills it.
    disk.fill();
    let mut n = 0;
    wait_for("a write that there is no room for", || {
        n += 1;
        let body = format!("{{\"name\": \"site {n}\", \"description\": \"{}\"}}", "x".repeat(900));
        (ask("POST", &keys[0].1, "/v1/sites", &body).0 == 507).then_some(())
    });
    let reason = || ask("GET", &owner, "/v1/readyz", "").1["reason"].as_str().map(str::to_owned);
    wait_for("the server to say so", || (reason().as_deref() == Some("disk_full")).then_some(()));

    let (disabled, deleted, own) = (&keys[0], &keys[1], &keys[2]);
    assert_eq!(ask("POST", &owner, &format!("/v1/keys/{}/disable", disabled.0), "{}").0, 200);
    assert_eq!(ask("DELETE", &owner, &format!("/v1/keys/{}", deleted.0), "").0, 200);
    assert_eq!(ask("DELETE", &own.1, "/v1/whoami", "").0, 200);
    assert_eq!(ask("DELETE", &owner, &format!("/v1/sites/{site}"), "").0, 200);
    for (_, key) in &keys {
        assert_eq!(ask("GET", key, "/v1/whoami", "").0, 401);
    }
    // The room is for that alone.
    let (status, answer) = ask("POST", &owner, "/v1/sites", "{\"name\": \"one more\"}");
    assert_eq!((status, &answer["code"]), (507, &"storage_full".into()));

    disk.make_room();
    wait_for("the server to be ready again", || reason().is_none().then_some(()));
    assert_eq!(ask("POST", &owner, "/v1/sites", "{\"name\": \"one more\"}").0, 201);
    assert_eq!(ask("GET", &owner, "/v1/audit/verify", "").1["intact"], true);
    drop(server);
}
