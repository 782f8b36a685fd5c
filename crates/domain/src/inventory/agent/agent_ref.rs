//! References to agents.

use std::borrow::Cow;
use std::str::FromStr;

use super::AgentType;
use crate::id::AgentId;
use crate::inventory::node::NodeRef;
use crate::text::name::NAME_MAX;
use crate::text::reference::NotAReference;
use crate::text::text_type::text_type;

/// The most characters of a reference: a node's name, a slash, and a type.
const REFERENCE_MAX: usize = NAME_MAX + 32;

/// A reference to an agent: its id; or the node it runs on, a slash, and its type, as in `db-1/mysqld_exporter`, if that node
/// has no other agent of the type.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum AgentRef {
    /// By id.
    Id(AgentId),
    /// By the node that it runs on, and its type.
    On(NodeRef, AgentType),
}

impl AgentRef {
    fn as_text(&self) -> Cow<'_, str> {
        match self {
            Self::Id(id) => id.to_string().into(),
            Self::On(node, kind) => format!("{node}/{kind}").into(),
        }
    }
}

impl FromStr for AgentRef {
    type Err = NotAReference;

    fn from_str(text: &str) -> Result<Self, NotAReference> {
        if let Ok(id) = text.parse() {
            return Ok(Self::Id(id));
        }
        // Names of nodes may have slashes, types have none.
        let (node, kind) = text.rsplit_once('/').unwrap_or_default();
        match (node.parse(), kind.parse()) {
            (Ok(node), Ok(kind)) => Ok(Self::On(node, kind)),
            _ => Err(NotAReference("an agent's id, or its node and its type, as in db-1/mysqld_exporter")),
        }
    }
}

text_type!(AgentRef, "minLength": 1, "maxLength": REFERENCE_MAX, "examples": ["db-1/mysqld_exporter"]);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agent_is_named_by_its_id_or_by_node_and_type() {
        assert!(matches!("01932f4e-7b5a-7c3d-8e9f-0a1b2c3d4e5f".parse(), Ok(AgentRef::Id(_))));
        for text in
            ["db-1/mysqld_exporter", "hall/press 2/opamp", "01932f4e-7b5a-7c3d-8e9f-0a1b2c3d4e5f/opamp"]
        {
            let named: AgentRef = text.parse().unwrap();
            assert!(matches!(named, AgentRef::On(..)));
            assert_eq!(named.to_string(), text);
        }
        for wrong in ["", "db-1", "db-1/", "/opamp", "db-1/mysql", "opamp/db-1"] {
            let error = wrong.parse::<AgentRef>().unwrap_err().to_string();
            assert!(error.starts_with("expected an agent's id, or its node and its type"), "{wrong}");
        }
    }
}
