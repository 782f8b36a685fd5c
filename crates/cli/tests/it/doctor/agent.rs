//! Faults of an agent.

use std::process::Child;

use super::running::running;
use super::{Call, Patient, away, content, mode, nothing, text};
use crate::acceptance::clocks::SHIM;
use crate::first_start_faults::preloaded;
use crate::process::{Place, wait_for};

/// An agent that runs; it is killed when this is dropped.
pub(super) struct Agent(Child);

impl Agent {
    /// Starts an agent of a server at this place that has none yet, and waits until it is enrolled.
    pub(super) fn enrolled(place: &Place, key: &str) -> Self {
        let arguments =
            ["keys", "create", "--kind", "enrol", "--name", "Machines", "--enrolment", "uses=1", "--json"];
        let output = place.command(&arguments).env("BAILIWICK_KEY", key).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let made: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        std::fs::write(place.path().join("enrolment"), made["secret"].as_str().unwrap()).unwrap();
        let agent = Self::start(place);
        wait_for("the enrolment", || {
            let kept = std::fs::read_to_string(place.path().join("agent/credential.json")).ok()?;
            kept.contains("\"valid\"").then_some(())
        });
        agent
    }

    /// Starts the agent at this place.
    pub(super) fn start(place: &Place) -> Self {
        let url = format!("https://localhost:{}", place.port);
        let arguments =
            ["agent", "--data", "agent", "--server", &url, "--ca", "bailiwick-data/tls/certificate.pem"];
        let mut command = place.command(&arguments);
        command.args(["--enrol-file", "enrolment"]);
        let log = std::fs::File::create(place.path().join("agent.log")).unwrap();
        Self(command.stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap())
    }

    /// Asks the agent to end, which it tells the server.
    pub(super) fn end(mut self) {
        let id = self.0.id().to_string();
        assert!(std::process::Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        wait_for("the agent's end", || self.0.try_wait().unwrap());
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn faults_of_an_agent_are_found() {
    let place = Place::new();
    let (mut server, key) = running(&place);
    let agent = Agent::enrolled(&place, &key);
    let ca = "bailiwick-data/tls/certificate.pem";
    let patient = Patient::new(&place, &["--only", "agent", "--agent-data", "agent", "--ca", ca], None);
    patient.is_healthy();
    let call = Call::default();
    let file = |name: &str| place.path().join("agent").join(name);

    let readable = (
        "agent_files",
        "fault",
        "identity.json: other users of this machine could read it",
        "run `chmod go-rwx ",
    );
    patient.fault(&call, || mode(file("identity.json"), 0o644), readable);
    let writable = (
        "agent_files",
        "fault",
        "credential.json: other users of this machine may change it",
        "run `chmod go-w ",
    );
    patient.fault(&call, || mode(file("credential.json"), 0o666), writable);
    let open =
        ("agent_files", "fault", "agent: other users of this machine may change it", "run `chmod go-w ");
    patient.fault(&call, || mode(file(""), 0o777), open);
    let malformed = ("agent_files", "fault", "identity.json: expected JSON", "remove the file to start over");
    patient.fault(&call, || content(file("identity.json"), "{"), malformed);
    let elsewhere = ("agent_files", "fault", "nowhere does not exist", "--agent-data");
    patient.fault(&Call { more: &["--agent-data", "nowhere"], ..call }, nothing, elsewhere);
    let not_enrolled = ("agent", "fault", "the agent is not enrolled", "bailiwick keys create --kind enrol");
    patient.fault(&call, || away(file("credential.json")), not_enrolled);
    let full = ("agent_disk", "fault", "less than 1000000000 MiB", "make room");
    patient.fault(&Call { more: &["--free-mib", "1000000000"], ..call }, nothing, full);
    let unit = place.path().join("units/bailiwick-agent.service");
    let outdated = ("agent_unit", "warning", "`RestartPreventExitStatus=2 3`", "systemctl daemon-reload");
    patient.fault(&call, || text(unit.clone(), "RestartPreventExitStatus=2 3\n", ""), outdated);

    // The server, as the agent sees it.
    let unknown = ("agent_server", "fault", "the name nowhere.invalid does not resolve", "/etc/hosts");
    patient.fault(&call, || text(file("credential.json"), "//localhost:", "//nowhere.invalid:"), unknown);
    let other = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    std::fs::write(place.path().join("other.pem"), other.cert.pem()).unwrap();
    let untrusted = ("agent_server", "fault", "is not trusted: the issuer is not trusted", "--ca FILE");
    patient.fault(&Call { more: &["--ca", "other.pem"], ..call }, nothing, untrusted);
    let refused = ("agent", "fault", "refuses the agent's key", "enable the key");
    patient.fault(
        &call,
        || text(file("credential.json"), "Bearer blw_agent_", "Bearer blw_agent_0"),
        refused,
    );
    let of_agent = |arguments: &[&str]| -> serde_json::Value {
        let mut command = place.command(&[arguments, &["--json"]].concat());
        let output = command.env("BAILIWICK_KEY", &key).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let keys = of_agent(&["keys", "list", "--kind", "agent"]);
    let id = keys["items"][0]["id"].as_str().unwrap();
    of_agent(&["keys", "disable", id]);
    let found = patient.examine(&call);
    of_agent(&["keys", "enable", id]);
    assert_eq!(found.len(), 1, "{found:#?}");
    super::is_expected(
        &found[0],
        ("agent", "fault", "refuses the agent's key: the key is disabled", "enable the key"),
    );
    patient.is_healthy();
    if let Some((_directory, shim)) = preloaded(SHIM) {
        let clock = place.path().join("clock");
        std::fs::write(&clock, "-60").unwrap();
        let skewed = [("LD_PRELOAD", shim.to_str().unwrap()), ("CLOCK_SHIM", clock.to_str().unwrap())];
        let off = ("agent_clock", "fault", "s behind that of the server", "synchronize both clocks");
        patient.fault(&Call { environment: &skewed, ..call }, nothing, off);
    }

    drop(agent);
    let stopped = ("agent", "fault", "the agent does not run", "systemctl start bailiwick-agent");
    let found = patient.examine(&call);
    assert_eq!(found.len(), 1, "{found:#?}");
    super::is_expected(&found[0], stopped);
    let _again = Agent::start(&place);
    wait_for("the agent", || patient.examine(&call).is_empty().then_some(()));
    server.signal("TERM");
    assert!(server.wait().success());
    let away = ("agent_server", "fault", "cannot be reached", "check that the server runs");
    let found = patient.examine(&call);
    assert_eq!(found.len(), 1, "{found:#?}");
    super::is_expected(&found[0], away);
}
