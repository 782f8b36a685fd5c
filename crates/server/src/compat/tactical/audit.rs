//! Tactical RMM's audit log: our audit trails. Tactical RMM asks for a page by its number and wants to know how
//! many entries match, so all that may match are read.

use std::collections::{HashMap, HashSet};

use bailiwick_domain::audit::{Entry, Outcome, Target};
use bailiwick_domain::id::NodeId;
use bailiwick_engine::error::{Error, FieldError};
use bailiwick_operations::ids;
use serde::Serialize;
use serde_json::{Value, json};

use super::organizations::{organizations_after, sites_of};
use super::scripts::texts;
use super::shapes::{Node, Organization, Site, number};
use crate::compat::call::{Call, Reply, fields};
use crate::compat::fields::Fields;
use crate::compat::members::{Member, as_it_is, honoured};
use crate::problem::HttpError;

/// The most entries of an organization that are read for one answer.
const ENTRIES_MAX: usize = 20_000;
/// The most entries on a page.
const ROWS_MAX: u64 = 1_000;
/// The longest time that may be looked back, in days.
const DAYS_MAX: u64 = 36_500;
const SECONDS_PER_DAY: i64 = 86_400;

/// What happens with the members of a search.
pub(super) const MEMBERS: &[Member] = &[
    honoured("pagination"),
    honoured("pagination.rowsPerPage"),
    honoured("pagination.page"),
    honoured("pagination.sortBy"),
    honoured("pagination.descending"),
    as_it_is("pagination.rowsNumber", &[], "the answer has the number of entries in `total`"),
    honoured("agentFilter"),
    honoured("clientFilter"),
    honoured("userFilter"),
    honoured("actionFilter"),
    honoured("objectFilter"),
    honoured("timeFilter"),
];

/// Which page of the entries is wanted.
struct Pagination {
    rows: usize,
    /// From 1.
    page: usize,
    descending: bool,
}

impl Pagination {
    fn of(body: &Fields) -> Result<Self, Vec<FieldError>> {
        let Some(Value::Object(asked)) = body.get("pagination") else {
            let detail = "expected an object, such as {\"rowsPerPage\": 25, \"page\": 1, \"sortBy\": \"entry_time\", \
                          \"descending\": true}";
            return Err(vec![FieldError::new("pagination", detail)]);
        };
        let mut errors = Vec::new();
        let number = |name: &str, most: u64, errors: &mut Vec<FieldError>| {
            let number = asked.get(name).and_then(Value::as_u64).filter(|number| (1..=most).contains(number));
            if number.is_none() {
                let detail = format!("expected a number from 1 to {most}");
                errors.push(FieldError::new(format!("pagination.{name}"), detail));
            }
            number.and_then(|number| usize::try_from(number).ok()).unwrap_or(1)
        };
        let rows = number("rowsPerPage", ROWS_MAX, &mut errors);
        let page = number("page", u64::from(u32::MAX), &mut errors);
        if asked.get("sortBy").is_none_or(|by| by != "entry_time") {
            let detail = "expected `entry_time`: the trail is sorted by time only";
            errors.push(FieldError::new("pagination.sortBy", detail));
        }
        let descending = asked.get("descending").and_then(Value::as_bool);
        if descending.is_none() {
            errors.push(FieldError::new("pagination.descending", "expected true or false"));
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(Self { rows, page, descending: descending.unwrap_or_default() })
    }

    /// The entries on the page; those on the last page if there are fewer pages.
    fn take<T>(&self, entries: Vec<T>) -> impl Iterator<Item = T> {
        let last = entries.len().div_ceil(self.rows).max(1);
        let skipped = (self.page.min(last) - 1) * self.rows;
        entries.into_iter().skip(skipped).take(self.rows)
    }
}

/// Which entries are wanted. A filter that is absent lets all pass.
struct Filters {
    agents: Option<HashSet<String>>,
    clients: Option<HashSet<u64>>,
    users: Option<HashSet<String>>,
    actions: Option<HashSet<String>>,
    objects: Option<HashSet<String>>,
    /// How many days to look back.
    days: Option<i64>,
}

fn set(body: &Fields, name: &str) -> Result<Option<HashSet<String>>, FieldError> {
    if body.get(name).is_none_or(Value::is_null) {
        return Ok(None);
    }
    Ok(Some(texts(body, name)?.into_iter().collect()))
}

impl Filters {
    fn of(body: &Fields) -> Result<Self, FieldError> {
        let clients = match body.get("clientFilter") {
            None | Some(Value::Null) => None,
            Some(Value::Array(items)) => items.iter().map(Value::as_u64).collect::<Option<HashSet<_>>>(),
            Some(_) => None,
        };
        if clients.is_none() && body.get("clientFilter").is_some_and(|filter| !filter.is_null()) {
            let detail = "expected a list of numbers: each the `id` of a client";
            return Err(FieldError::new("clientFilter", detail));
        }
        let days = match body.get("timeFilter") {
            None | Some(Value::Null) => None,
            Some(days) => {
                let days = days.as_u64().filter(|days| *days <= DAYS_MAX);
                let days = days.and_then(|days| i64::try_from(days).ok());
                let wrong = || FieldError::new("timeFilter", format!("expected at most {DAYS_MAX} days"));
                Some(days.ok_or_else(wrong)?)
            }
        };
        Ok(Self {
            agents: set(body, "agentFilter")?,
            clients,
            users: set(body, "userFilter")?,
            actions: set(body, "actionFilter")?,
            objects: set(body, "objectFilter")?,
            days,
        })
    }

    fn pass(&self, entry: &Entry) -> bool {
        let has = |filter: &Option<HashSet<String>>, value: &str| {
            filter.as_ref().is_none_or(|wanted| wanted.contains(value))
        };
        let (action, object) = words(entry);
        let mut nodes = nodes(entry);
        has(&self.users, &entry.event.actor.as_text())
            && has(&self.actions, action)
            && has(&self.objects, object)
            && self.agents.as_ref().is_none_or(|wanted| nodes.any(|node| wanted.contains(&node.id)))
    }
}

/// The nodes that an entry is about.
fn nodes(entry: &Entry) -> impl Iterator<Item = &Target> {
    entry.event.targets.iter().filter(|target| target.noun == "node")
}

/// Tactical RMM's words for what was done, and for the type of object that it was done to. A noun that it has no
/// word for is ours.
fn words(entry: &Entry) -> (&'static str, &str) {
    let operation = &*entry.event.operation;
    let (noun, verb) = operation.split_once('.').unwrap_or((operation, ""));
    let action = match (operation, verb) {
        ("sessions.create", _) if entry.event.outcome == Outcome::Denied => "failed_login",
        ("sessions.create", _) => "login",
        ("commands.create", _) => "execute_command",
        ("scripts.run", _) => "execute_script",
        (_, "create") => "add",
        (_, "delete") => "delete",
        (_, "list" | "get" | "export") => "view",
        _ => "modify",
    };
    let object = match (operation, noun) {
        ("scripts.run", _) | (_, "nodes" | "agents" | "commands" | "updates") => "agent",
        (_, "users" | "me" | "sessions" | "second_factor" | "invitations") => "user",
        (_, "organizations") => "client",
        (_, "scripts") => "script",
        (_, "sites") => "site",
        (_, "roles") => "role",
        (_, noun) => noun,
    };
    (action, object)
}

/// What happened, for people.
fn message(entry: &Entry) -> String {
    let event = &entry.event;
    let objects: Vec<String> =
        event.targets.iter().take(5).map(|target| format!("{} {}", target.noun, target.id)).collect();
    let on = if objects.is_empty() { String::new() } else { format!(" on {}", objects.join(", ")) };
    let (who, operation) = (event.actor.as_text(), &event.operation);
    match (event.outcome, &event.reason) {
        (Outcome::Allowed, _) => format!("{who} ran {operation}{on}"),
        (Outcome::Denied, Some(reason)) => format!("{who} was refused {operation}{on}: {reason}"),
        (Outcome::Denied, None) => format!("{who} was refused {operation}{on}"),
    }
}

/// An entry, as Tactical RMM writes it.
#[derive(Serialize)]
struct AuditLog {
    id: u64,
    entry_time: String,
    ip_address: Option<String>,
    site: Option<Site>,
    username: String,
    agent: Option<String>,
    agent_id: Option<String>,
    action: &'static str,
    object_type: String,
    before_value: Option<Value>,
    after_value: Option<Value>,
    message: String,
    debug_info: Value,
}

/// The nodes of an organization by id, each with its name and its site.
type Places = HashMap<String, (String, Option<Site>)>;

/// The nodes and sites of an organization.
async fn places(call: &mut Call, organization: &Organization) -> Result<Places, HttpError> {
    let sites = sites_of(call, organization).await?;
    let mut found = HashMap::new();
    let see = |node: Node| {
        let site = sites.iter().find(|site| node.site_id.as_ref() == Some(&site.id));
        let site = site.map(|site| Site::of(site.clone(), organization, None));
        found.insert(node.id, (node.name, site));
    };
    call.every(ids::NODES_LIST, Some(&organization.id), fields([]), see).await?;
    Ok(found)
}

fn shown(entry: &Entry, organization: &Organization, places: &Places) -> AuditLog {
    let (action, object) = words(entry);
    let node = nodes(entry).next();
    let place = node.and_then(|node| places.get(&node.id));
    let address = entry.event.address.map(|address| address.to_string());
    AuditLog {
        id: number(&format!("{}/{}", organization.id, entry.number)),
        entry_time: entry.event.at.to_string(),
        site: place.and_then(|(_, site)| site.clone()),
        username: entry.event.actor.as_text().into_owned(),
        agent: place.map(|(name, _)| name.clone()),
        agent_id: node.map(|node| node.id.clone()),
        action,
        object_type: object.to_owned(),
        before_value: None,
        after_value: None,
        message: message(entry),
        debug_info: json!({ "ip": address }),
        ip_address: address,
    }
}

/// The ids of the agents in a filter, which may name them by their host names too. Deleted agents are found by
/// their ids only.
async fn identified(
    call: &mut Call,
    organizations: &[Organization],
    wanted: HashSet<String>,
) -> Result<HashSet<String>, HttpError> {
    let (mut known, mut names): (HashSet<String>, Vec<String>) = (HashSet::new(), Vec::new());
    for wanted in wanted {
        match wanted.parse::<NodeId>() {
            Ok(id) => drop(known.insert(id.to_string())),
            Err(_) => names.push(wanted),
        }
    }
    if names.is_empty() {
        return Ok(known);
    }
    let mut found = vec![false; names.len()];
    for organization in organizations {
        let see = |node: Node| {
            for (name, found) in names.iter().zip(&mut found) {
                if node.name.eq_ignore_ascii_case(name) {
                    *found = true;
                    known.insert(node.id.clone());
                }
            }
        };
        call.every(ids::NODES_LIST, Some(&organization.id), fields([]), see).await?;
    }
    let errors: Vec<FieldError> = names
        .iter()
        .zip(found)
        .filter(|(_, found)| !found)
        .map(|(name, _)| {
            let detail = format!("there is no agent `{name}`; expected an `agent_id` or a `hostname`");
            FieldError::new("agentFilter", detail)
        })
        .collect();
    if errors.is_empty() { Ok(known) } else { Err(Error::Invalid(errors).into()) }
}

/// A page of the entries that match, and how many match.
pub(super) async fn list(call: &mut Call) -> Result<Reply, HttpError> {
    let admitted = call.admit(ids::ORGANIZATIONS_LIST, None)?;
    let body = call.body(&admitted).await?;
    let mut errors = Vec::new();
    let pagination = Pagination::of(&body).map_err(|wrong| errors.extend(wrong)).ok();
    let filters = Filters::of(&body).map_err(|wrong| errors.push(wrong)).ok();
    let (Some(pagination), Some(mut filters)) = (pagination, filters) else {
        return Err(Error::Invalid(errors).into());
    };
    let mut organizations = organizations_after(call, admitted).await?;
    if let Some(clients) = &filters.clients {
        organizations.retain(|organization| clients.contains(&number(&organization.id)));
    }
    if let Some(agents) = filters.agents.take() {
        filters.agents = Some(identified(call, &organizations, agents).await?);
    }
    let mut of = fields([]);
    if let Some(days) = filters.days {
        let since = call.now().plus_seconds(-days * SECONDS_PER_DAY);
        of.insert("since".into(), since.to_string().into());
    }
    if let Some([agent]) = filters.agents.as_ref().map(|agents| agents.iter().collect::<Vec<_>>()).as_deref()
    {
        of.insert("target".into(), format!("node:{agent}").into());
    }
    let mut matching: Vec<(usize, Entry)> = Vec::new();
    for (n, organization) in organizations.iter().enumerate() {
        let first = call.admit(ids::AUDIT_LIST, Some(&organization.id))?;
        let entries: Vec<Entry> = call.gather(first, Some(&organization.id), of.clone(), ENTRIES_MAX).await?;
        matching.extend(entries.into_iter().filter(|entry| filters.pass(entry)).map(|entry| (n, entry)));
    }
    let by_time = |(n, entry): &(usize, Entry)| (entry.event.at, *n, entry.number);
    if pagination.descending {
        matching.sort_by_key(|entry| std::cmp::Reverse(by_time(entry)));
    } else {
        matching.sort_by_key(by_time);
    }
    let total = matching.len();
    let page: Vec<(usize, Entry)> = pagination.take(matching).collect();
    let mut places_of: HashMap<usize, Places> = HashMap::new();
    for (n, organization) in organizations.iter().enumerate() {
        if page.iter().any(|(of, entry)| *of == n && nodes(entry).next().is_some()) {
            places_of.insert(n, places(call, organization).await?);
        }
    }
    let none = HashMap::new();
    let logs = page.iter().filter_map(|(n, entry)| {
        Some(shown(entry, organizations.get(*n)?, places_of.get(n).unwrap_or(&none)))
    });
    Reply::json(200, &json!({ "audit_logs": logs.collect::<Vec<_>>(), "total": total }))
}
