//! Agents as lines of text: with the fields of `agents.create`, and the id of an existing agent.

use bailiwick_domain::agent::{Agent, AgentType, Secrets, Settings};
use bailiwick_domain::id::AgentId;
use bailiwick_domain::label::Labels;
use bailiwick_domain::name::Description;
use bailiwick_domain::node::NodeRef;
use bailiwick_domain::port::Port;
use bailiwick_engine::shape::records::{Cells, Record};
use serde::{Deserialize, Serialize};

use super::create::CreateAgent;
use super::draft::Observes;

/// An agent as a line.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AgentLine {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<AgentId>,
    #[serde(rename = "type")]
    pub(super) kind: AgentType,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) runs_on: Option<NodeRef>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) observes: Option<Observes>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) enabled: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<Description>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) settings: Option<Settings>,
    // Imported, but never exported.
    #[serde(default, skip_serializing)]
    pub(super) secrets: Secrets,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) listen_port: Option<Port>,
    // An option of the import, not a property of the agent.
    #[serde(default, skip_serializing)]
    pub(super) allow_duplicate: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) labels: Option<Labels>,
}

impl Record for AgentLine {
    const COLUMNS: &'static [(&'static str, Cells)] = &[
        ("id", Cells::Text),
        ("type", Cells::Text),
        ("runs_on", Cells::Text),
        ("observes", Cells::Json),
        ("enabled", Cells::Json),
        ("description", Cells::Text),
        ("settings", Cells::Json),
        ("secrets", Cells::Json),
        ("listen_port", Cells::Json),
        ("allow_duplicate", Cells::Json),
        ("labels", Cells::Labels),
    ];
}

impl AgentLine {
    /// The input that creates such an agent.
    pub(super) fn create(self) -> CreateAgent {
        CreateAgent {
            r#type: self.kind,
            runs_on: self.runs_on,
            observes: self.observes.unwrap_or_default(),
            enabled: self.enabled,
            description: self.description,
            labels: self.labels.unwrap_or_default(),
            settings: self.settings.unwrap_or_default(),
            secrets: self.secrets,
            listen_port: self.listen_port,
            allow_duplicate: self.allow_duplicate,
        }
    }

    /// The line that creates an agent like this one, without its secrets.
    pub(super) fn of(agent: Agent, runs_on: Option<NodeRef>, observes: Observes, with_id: bool) -> Self {
        // A port chosen on the node was not entered, so it is not exported.
        let listen_port = agent.told_port();
        Self {
            id: with_id.then_some(agent.id),
            kind: agent.kind,
            runs_on,
            observes: Some(observes),
            enabled: Some(agent.enabled),
            description: agent.description,
            settings: Some(agent.settings),
            secrets: Secrets::default(),
            listen_port,
            allow_duplicate: None,
            labels: Some(agent.labels),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_import_columns_of_agents_are_the_fields_of_create_and_id() {
        let schema = schemars::schema_for!(CreateAgent).to_value();
        let fields = schema["properties"].as_object().unwrap().keys().map(String::as_str);
        let mut fields: Vec<&str> = fields.chain(["id"]).collect();
        let mut columns: Vec<&str> = AgentLine::COLUMNS.iter().map(|(name, _)| *name).collect();
        fields.sort_unstable();
        columns.sort_unstable();
        assert_eq!(columns, fields);
    }
}
