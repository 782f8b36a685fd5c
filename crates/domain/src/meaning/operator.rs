//! Operators: people at machines, and when they were there.

use schemars::JsonSchema;
use serde::Serialize;

use crate::id::{NodeId, OperatorId, OperatorRunId, OrganizationId};
use crate::revision::Revision;
use crate::text::name::{Code, NAME_MAX, Name};
use crate::text::reference::reference_type;
use crate::time::Timestamp;

/// The most operators of one organization.
pub const OPERATORS_MAX: i64 = 100_000;
/// The most runs of operators on one node.
pub const OPERATOR_RUNS_MAX: i64 = 100_000;

/// A person who operates machines. Operators do not log in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Operator {
    /// Its id.
    pub id: OperatorId,
    /// The organization it belongs to.
    pub organization_id: OrganizationId,
    /// The name.
    pub name: Name,
    /// The number on the badge, unique in its organization.
    pub number: Option<Code>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// How many times it was written; the number in its `ETag`.
    pub revision: Revision,
}

reference_type! {
    /// A reference to an operator: the id, or the name or the number on the badge if no other operator has it. A text that
    /// looks like an id is taken as one.
    OperatorRef: OperatorId, Name(Name), expected "an operator's id, name or number",
    "minLength": 1, "maxLength": NAME_MAX, "examples": ["Ada Byron"],
}

/// The time in which one person operated a node. Several people may be at a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SavedOperatorRun {
    /// Its id.
    pub id: OperatorRunId,
    /// The organization it belongs to.
    pub organization_id: OrganizationId,
    /// The node.
    pub node_id: NodeId,
    /// The person.
    pub operator_id: OperatorId,
    /// When they came.
    pub start_at: Timestamp,
    /// When they left; null while they are there.
    pub end_at: Option<Timestamp>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// How many times it was written; the number in its `ETag`.
    pub revision: Revision,
}
