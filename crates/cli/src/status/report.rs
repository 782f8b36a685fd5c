//! The status, for people and for programs.

use bailiwick_domain::time::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use super::attention::{Item, NotShown, attention, count, not_shown};
use super::gather::Answers;
use crate::client::Server;
use crate::output::{cell, line};

/// The status.
#[derive(Serialize)]
pub(super) struct Report {
    server: ServerStatus,
    /// Who the caller is; null if the server does not know them.
    you: Option<You>,
    /// How many nodes have an agent in each state; null if the caller may not see them.
    agents: Option<Value>,
    attention: Vec<Item>,
    not_shown: Vec<NotShown>,
}

/// The server.
#[derive(Serialize)]
struct ServerStatus {
    url: String,
    version: Option<String>,
    ready: bool,
    /// Why it is not ready.
    reason: Option<String>,
}

/// The caller.
#[derive(Serialize)]
struct You {
    /// The key's name, or the person's e-mail address.
    name: String,
    /// Which key or session it is.
    credential: String,
    /// The slug of the organization; null for none.
    organization: Option<String>,
}

/// The states of agents: the field of the lists, and the words for it.
const STATES: [(&str, &str); 4] =
    [("online", "online"), ("stale", "late"), ("offline", "offline"), ("never_seen", "never seen")];

impl Report {
    /// The status that the server's answers amount to.
    pub(super) fn of(server: &Server, answers: Answers, now: Timestamp) -> Self {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let ready = answers.ready.as_ref();
        let is_known = answers.stranger.is_none();
        let states = answers.lists.as_ref().ok().filter(|lists| count(lists, "online").is_some());
        let agents = states.map(|lists| {
            let counts = STATES.iter().map(|(field, _)| ((*field).to_owned(), json!(count(lists, field))));
            Value::Object(counts.collect())
        });
        let you = answers.me.as_ref().ok().map(|me| You {
            name: text(&me["key"]["name"]).or_else(|| text(&me["user"]["email"])).unwrap_or_default(),
            credential: server.credential().description(),
            organization: text(&me["organization"]["slug"]),
        });
        Self {
            server: ServerStatus {
                url: server.url().to_string(),
                version: answers.version.as_ref().ok().and_then(|version| text(&version["version"])),
                ready: ready.is_ok(),
                reason: ready.err().cloned(),
            },
            you,
            agents,
            attention: if is_known { attention(&answers, now) } else { Vec::new() },
            not_shown: if is_known { not_shown(&answers) } else { Vec::new() },
        }
    }

    /// Whether the server is ready.
    pub(super) const fn is_ready(&self) -> bool {
        self.server.ready
    }

    /// Prints the status for people.
    pub(super) fn show(&self) {
        for text in self.lines() {
            line(&text);
        }
    }

    fn lines(&self) -> Vec<String> {
        let server = &self.server;
        let version = server.version.as_deref().map(|version| format!(", version {version}"));
        let state = match &server.reason {
            None => "ready; its database answers".to_owned(),
            Some(reason) => format!("not ready: {reason}"),
        };
        let mut lines = vec![format!("Server        {}{}, {state}", server.url, version.unwrap_or_default())];
        let Some(you) = &self.you else { return lines };
        lines.push(format!("You           {}: {}", you.name, you.credential));
        lines.extend(you.organization.as_ref().map(|name| format!("Organization  {name}")));
        if let Some(agents) = &self.agents {
            let count = |field: &str| agents[field].as_u64().unwrap_or_default();
            let states = STATES.iter().filter(|(field, _)| *field == "online" || count(field) > 0);
            let states: Vec<_> =
                states.map(|(field, words)| format!("{} {words}", cell(&agents[field]))).collect();
            lines.push(format!("Agents        {}", states.join(", ")));
        }
        lines.push(String::new());
        if self.attention.is_empty() {
            lines.push(self.nothing_found(you).to_owned());
        } else {
            lines.push("Needs attention:".to_owned());
        }
        for item in &self.attention {
            let more = if item.count > item.examples.len() as u64 { ", …" } else { "" };
            let examples = match item.examples.join(", ") {
                examples if examples.is_empty() => String::new(),
                examples => format!(": {examples}{more}"),
            };
            lines.push(format!("  {}{examples}", item.text));
            lines.push(format!("      {}", item.command));
        }
        lines.extend(self.lines_of_not_shown());
        lines
    }

    /// What is said if nothing was found that needs attention.
    const fn nothing_found(&self, you: &You) -> &'static str {
        match (self.not_shown.is_empty(), self.agents.is_some(), you.organization.is_some()) {
            (true, ..) => "Nothing needs attention.",
            (false, true, _) => "Nothing needs attention among what you may see.",
            (false, false, false) => {
                "Cannot tell whether anything needs attention: no organization is chosen. `bailiwick organizations list` shows \
                 them, and `bailiwick login --organization NAME` chooses one; or add --organization NAME."
            }
            (false, false, true) => {
                "Cannot tell whether anything needs attention: your key or role may not see it."
            }
        }
    }

    /// What is not shown, with one line for each reason.
    fn lines_of_not_shown(&self) -> Vec<String> {
        let mut by_reason: Vec<(&str, Vec<&str>)> = Vec::new();
        for NotShown { part, reason } in &self.not_shown {
            match by_reason.iter_mut().find(|(other, _)| other == reason) {
                Some((_, parts)) => parts.push(part),
                None => by_reason.push((reason, vec![part])),
            }
        }
        let mut lines = Vec::new();
        for (reason, parts) in by_reason {
            if lines.is_empty() {
                lines.extend([String::new(), "Not shown:".to_owned()]);
            }
            lines.push(format!("  {}: {reason}", parts.join(", ")));
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(organization: Option<&str>, agents: Option<Value>, missing: usize) -> &'static str {
        let you = || You {
            name: String::new(),
            credential: String::new(),
            organization: organization.map(str::to_owned),
        };
        let part = NotShown { part: "agents by state", reason: "x".to_owned() };
        let server = ServerStatus { url: String::new(), version: None, ready: true, reason: None };
        let report = Report {
            server,
            you: Some(you()),
            agents,
            attention: Vec::new(),
            not_shown: vec![part; missing],
        };
        report.nothing_found(&you())
    }

    #[test]
    fn nothing_needs_attention_only_if_it_was_looked_at() {
        assert_eq!(said(Some("default"), Some(json!({})), 0), "Nothing needs attention.");
        assert!(said(Some("default"), Some(json!({})), 1).contains("among what you may see"));
        let nothing_seen = said(None, None, 6);
        assert!(nothing_seen.contains("Cannot tell") && nothing_seen.contains("login --organization"));
        assert!(said(Some("default"), None, 6).contains("may not see"));
    }
}
