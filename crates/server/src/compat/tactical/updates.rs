//! Tactical RMM's routes for updates of a machine. There they are updates of Windows; here they are those
//! of the machine's package manager.

use bailiwick_operations::ids;

use bailiwick_engine::error::Error;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::agents::find;
use super::commands::Given;
use super::shapes::{Node, number};
use crate::compat::call::{Admitted, Call, Reply, fields};
use crate::compat::fields::{Fields, Names};
use crate::compat::members::{Member, as_it_is, honoured};
use crate::problem::HttpError;

/// Tactical RMM's names for our fields.
const NAMES: Names = &[("agent_id", "node"), ("agent_id", "targets.nodes[0]"), ("guids", "updates.names")];

/// The members that name updates.
const LISTS: [&str; 2] = ["guids", "kb_article_ids"];

/// What happens with the members of an installation.
pub(super) const MEMBERS: &[Member] = &[
    honoured(LISTS[0]),
    honoured(LISTS[1]),
    as_it_is(
        "reboot_after_install",
        &["false", "null"],
        "the machine is not restarted after the installation; POST /agents/{agent_id}/reboot/ restarts it",
    ),
];

/// An update, as our operations return it.
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

/// An update, as Tactical RMM writes it.
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
    call.every(ids::NODES_UPDATES, Some(&organization.id), of, see).await?;
    Reply::json(200, &updates)
}

pub(super) async fn scan(call: &mut Call) -> Result<Reply, HttpError> {
    call.name_fields(NAMES);
    let (organization, node) = find(call).await?;
    let admitted = call.admit(ids::UPDATES_SCAN, Some(&organization.id))?;
    call.body(&admitted).await?;
    let said = format!("A Windows update scan will be performed on {}", node.name);
    give(call, admitted, &node, None, said).await
}

pub(super) async fn install(call: &mut Call) -> Result<Reply, HttpError> {
    call.name_fields(NAMES);
    let (organization, node) = find(call).await?;
    let admitted = call.admit(ids::UPDATES_INSTALL, Some(&organization.id))?;
    let body = call.body(&admitted).await?;
    // Bailiwick has no approval: all updates that are not hidden on the machine count as approved.
    let (updates, said) = match listed(&body)? {
        None => ("all".into(), format!("Approved patches will now be installed on {}", node.name)),
        Some(names) => {
            let said =
                format!("The patches named will now be installed on {}: {}", node.name, names.join(", "));
            (json!({ "names": names }), said)
        }
    };
    give(call, admitted, &node, Some(updates), said).await
}

/// The updates that a body lists; `None` if it has no list. An empty list is refused, because it must not
/// stand for all updates, and there would be nothing to install.
fn listed(body: &Fields) -> Result<Option<Vec<String>>, HttpError> {
    if LISTS.iter().all(|list| !body.contains_key(*list)) {
        return Ok(None);
    }
    let mut names: Vec<String> = Vec::new();
    for list in LISTS {
        let wrong = || Error::invalid(list, "expected a list of texts: the `guid` or `kb` of each update");
        let items = match body.get(list) {
            None => continue,
            Some(Value::Array(items)) => items,
            Some(_) => return Err(wrong().into()),
        };
        for item in items {
            let name = item.as_str().map(str::trim).filter(|name| !name.is_empty()).ok_or_else(wrong)?;
            // Articles are written with or without the prefix `KB`.
            let is_article = list == "kb_article_ids" && name.bytes().all(|b| b.is_ascii_digit());
            let name = if is_article { format!("KB{name}") } else { name.to_owned() };
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    if names.is_empty() {
        let list = LISTS.into_iter().find(|list| body.contains_key(*list)).unwrap_or_default();
        let detail = "the list is empty, so nothing would be installed; leave it out to install all updates";
        return Err(Error::invalid(list, detail).into());
    }
    Ok(Some(names))
}

/// Creates a command for one node. The answer also says if the command waits because the node is offline.
async fn give(
    call: &mut Call,
    admitted: Admitted,
    node: &Node,
    updates: Option<Value>,
    said: String,
) -> Result<Reply, HttpError> {
    let mut of = fields([("targets", json!({ "nodes": [node.id] }))]);
    if let Some(updates) = updates {
        of.insert("updates".into(), updates);
    }
    let given: Given = call.run(admitted, of).await?;
    Reply::json(200, &given.say(said))
}
