//! Tactical RMM's calls about updates of an agent's machine. There they are of Windows; here of
//! whatever keeps the machine's software.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::find;
use super::shapes::{Node, Organization, number};
use crate::compat::call::{Call, Names, Reply, fields};
use crate::problem::HttpError;

/// Its names for fields of ours.
const NAMES: Names = &[("agent_id", "node"), ("agent_id", "targets.nodes[0]")];

/// A command that was given, as ours.
#[derive(Deserialize)]
struct Given {
    progress: BTreeMap<String, u32>,
}

/// An update, as ours.
#[derive(Deserialize)]
struct OurUpdate {
    name: String,
    title: Option<String>,
    installed_version: Option<String>,
    available_version: Option<String>,
    architecture: Option<String>,
    security: bool,
    severity: Option<String>,
    #[serde(default)]
    references: Vec<String>,
}

/// An update, as there.
#[derive(Serialize)]
struct WinUpdate {
    id: u64,
    date_installed: Option<String>,
    guid: String,
    kb: Option<String>,
    title: String,
    installed: bool,
    downloaded: bool,
    description: String,
    severity: String,
    categories: [&'static str; 1],
    category_ids: [String; 0],
    kb_article_ids: Vec<String>,
    more_info_urls: [String; 0],
    support_url: String,
    revision_number: u32,
    action: &'static str,
    result: &'static str,
    agent: u64,
}

impl WinUpdate {
    fn of(update: OurUpdate, node: &Node) -> Self {
        let versions = [&update.installed_version, &update.available_version];
        let versions: Vec<&str> = versions.into_iter().flatten().map(String::as_str).collect();
        let available = update.available_version.as_deref().unwrap_or_default();
        let title =
            update.title.unwrap_or_else(|| format!("{} {available}", update.name).trim_end().to_owned());
        let is_article = |reference: &&String| reference.starts_with("KB");
        let articles = || update.references.iter().filter(is_article);
        let architecture = update.architecture.as_deref().unwrap_or_default();
        Self {
            id: number(&format!("{}/{}/{architecture}", node.id, update.name)),
            date_installed: None,
            kb: articles().next().cloned(),
            title,
            installed: false,
            downloaded: false,
            description: versions.join(" -> "),
            severity: capitalized(update.severity.as_deref().unwrap_or_default()),
            categories: [if update.security { "Security Updates" } else { "Updates" }],
            category_ids: [],
            kb_article_ids: articles().map(|article| article.trim_start_matches("KB").to_owned()).collect(),
            more_info_urls: [],
            support_url: String::new(),
            revision_number: 0,
            action: "nothing",
            result: "n/a",
            agent: number(&node.id),
            guid: update.name,
        }
    }
}

fn capitalized(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(characters).collect()
}

pub(super) async fn list(call: &mut Call) -> Result<Reply, HttpError> {
    call.name_fields(NAMES);
    let (organization, node) = find(call).await?;
    let mut updates = Vec::new();
    let of = fields([("node", node.id.as_str().into())]);
    let see = |update: OurUpdate| updates.push(WinUpdate::of(update, &node));
    call.every("nodes.updates", Some(&organization.id), of, see).await?;
    Reply::json(200, &updates)
}

pub(super) async fn scan(call: &mut Call) -> Result<Reply, HttpError> {
    call.name_fields(NAMES);
    let (organization, node) = find(call).await?;
    let said = format!("A Windows update scan will be performed on {}", node.name);
    give(call, "updates.scan", &organization, &node, None, said).await
}

pub(super) async fn install(call: &mut Call) -> Result<Reply, HttpError> {
    call.name_fields(NAMES);
    let (organization, node) = find(call).await?;
    let said = format!("Approved patches will now be installed on {}", node.name);
    // There is no approval here: what was not hidden from the machine is approved.
    give(call, "updates.install", &organization, &node, Some("all"), said).await
}

/// Gives a command to one node, and answers what there is said of it: of a node that is not connected
/// also that it waits.
async fn give(
    call: &mut Call,
    operation: &'static str,
    organization: &Organization,
    node: &Node,
    updates: Option<&str>,
    said: String,
) -> Result<Reply, HttpError> {
    let mut of = fields([("targets", json!({ "nodes": [node.id] }))]);
    if let Some(updates) = updates {
        of.insert("updates".into(), Value::from(updates));
    }
    let given: Given = call.ask(operation, Some(&organization.id), of).await?;
    let waits = given.progress.get("queued").is_some_and(|queued| *queued > 0);
    let said = if waits { format!("{said} when it is back: it is offline") } else { said };
    Reply::json(200, &said)
}
