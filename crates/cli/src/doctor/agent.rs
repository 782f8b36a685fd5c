//! The agent of this machine: its files, its identity, and whether its server takes it.

use std::path::Path;

use bailiwick_agent::identity::Glance;
use bailiwick_domain::outside::Clock;
use reqwest::Url;

use super::ask::{Asker, judge_clock};
use super::finding::Finding;
use super::running::readiness;
use super::{DoctorArgs, apart, files, space, unit, within};
use crate::trust::Trust;

/// The name of the check of files.
const FILES: &str = "agent_files";
/// The name of the check of the process and its enrolment.
const CHECK: &str = "agent";
/// The name of the check of the server that the agent is enrolled with.
const SERVER: &str = "agent_server";
/// The name of the check of the clock.
const CLOCK: &str = "agent_clock";
/// The code with which a server refuses to run operations for a valid key of an agent.
const AGENTS_ONLY: &str = "agents_only";

/// Checks the files of the agent; what is in them comes with the findings.
fn own_files(directory: &Path) -> (Vec<Finding>, Option<Glance>) {
    if !directory.is_dir() {
        let what =
            format!("the agent's data directory {} does not exist or cannot be entered", directory.display());
        let next = "name it with --agent-data, or run doctor as the user of the agent";
        return (vec![Finding::fault(FILES, what, next)], None);
    }
    let glance = match Glance::at(directory) {
        Ok(glance) => glance,
        Err(error) => {
            let next = "run doctor as the user of the agent, which is usually root";
            return (vec![Finding::of_error(FILES, error, next)], None);
        }
    };
    let mut found: Vec<_> =
        glance.too_open.iter().map(|(path, loose)| files::open_mode(FILES, path, *loose)).collect();
    if found.is_empty() {
        let text = format!("{} and the files in it belong to this user alone", directory.display());
        found.push(Finding::ok(FILES, text));
    }
    (found, Some(glance))
}

/// Checks whether the agent runs and is enrolled.
fn state(glance: &Glance) -> Vec<Finding> {
    let mut found = Vec::new();
    if !glance.is_in_use {
        let next = "run `systemctl start bailiwick-agent`, and look into its log if it ends again";
        found.push(Finding::fault(CHECK, "the agent does not run", next));
    }
    if glance.credentials.server().is_none() {
        let what =
            if glance.has_identity { "the agent is not enrolled" } else { "no agent was ever started here" };
        let next = "make an enrolment key with `bailiwick keys create --kind enrol`, and start the agent with --server and --enrol-file; its log says why a server refuses it";
        found.push(Finding::fault(CHECK, what, next));
    }
    if found.is_empty() {
        found.push(Finding::ok(CHECK, "the agent runs and is enrolled"));
    }
    found
}

/// Checks the server that the agent is enrolled with, as the agent sees it.
async fn server(glance: &Glance, ca: Option<&Path>, clock: &dyn Clock) -> Vec<Finding> {
    let Some(address) = glance.credentials.server() else { return Vec::new() };
    let Ok(url) = address.parse::<Url>() else {
        let next = "remove credential.json in the agent's data directory, and enrol the machine again";
        return vec![Finding::fault(SERVER, format!("{address} is not an address of a server"), next)];
    };
    let credential = glance.credentials.valid().or_else(|| glance.credentials.candidate());
    let authorization = credential.map(|credential| credential.authorization.as_str());
    let asker = ca.map_or(Ok(Trust::System), Trust::issuers);
    let asker = match asker.and_then(|trust| Asker::new(&trust, url.clone(), authorization)) {
        Ok(asker) => asker,
        Err(error) => {
            return vec![Finding::of_error(SERVER, format!("{error:#}"), "name another file with --ca")];
        }
    };
    let (ready, ahead) = match readiness(SERVER, &asker, clock).await {
        Ok(answered) => answered,
        Err(fault) => return vec![fault],
    };
    let mut found = vec![ready];
    if let Some(ahead) = ahead {
        let judged = judge_clock(CLOCK, "the server", ahead);
        found.push(
            judged
                .unwrap_or_else(|| Finding::ok(CLOCK, "the clocks of this machine and of the server agree")),
        );
    }
    found.extend(key(&asker, clock).await);
    found
}

/// Checks whether the server knows the agent's key. It opens no operation, and the server says so if it is valid.
async fn key(asker: &Asker, clock: &dyn Clock) -> Option<Finding> {
    let url = asker.url();
    let answer = match asker.get("v1/version", clock).await {
        Ok(answer) => answer,
        Err(none) => return Some(none.fault(SERVER)),
    };
    if answer.status.is_success() || answer.body["code"] == AGENTS_ONLY {
        return None;
    }
    let why = answer.body["detail"].as_str().unwrap_or("it does not say why");
    Some(Finding::fault(
        CHECK,
        format!("{url} refuses the agent's key: {why}"),
        "if the node or its key was deleted, remove credential.json in the agent's data directory and enrol the machine again; otherwise enable the key, or add this machine's address to its networks",
    ))
}

/// Makes all checks of the agent.
pub(super) async fn examine(args: &DoctorArgs, directory: &Path, clock: &dyn Clock) -> Vec<Finding> {
    let mut found = Vec::new();
    let (free, at) = (args.free_bytes(), directory.to_owned());
    let (tell, told) = tokio::sync::oneshot::channel();
    found.extend(
        apart(FILES, move || {
            let (mut found, glance) = own_files(&at);
            if glance.is_some() {
                found.push(space::check("agent_disk", &at, free));
            }
            // Nobody receives it if this took too long.
            let _ = tell.send(glance);
            found
        })
        .await,
    );
    if let Ok(Some(glance)) = told.await {
        found.extend(state(&glance));
        found.extend(within(SERVER, server(&glance, args.ca.as_deref(), clock)).await);
    }
    let units = args.units.clone();
    found.extend(
        apart("agent_unit", move || unit::AGENT.check("agent_unit", &units).into_iter().collect()).await,
    );
    found
}
