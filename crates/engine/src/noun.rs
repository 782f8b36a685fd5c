//! Nouns: the kinds of objects that operations are about, and what is said of each of them once.
//!
//! What there is to say of a noun is its [`NounSpec`], in the noun's own module.

use std::fmt::Display;
use std::pin::Pin;
use std::str::FromStr;

use crate::cx::Cx;
use crate::error::{Dependant, Dependants, Effect, Error, Result};
use crate::operation::Erased;
use crate::shape::operation_id::OperationId;
use crate::shape::removal::{AUDIT_TARGETS_MAX, ITEMS_MAX, Removal};
use bailiwick_domain::audit::Target;
use bailiwick_domain::reach::OrganizationReach;

/// What lists of dependants call memberships. Callers who may read users may read these.
const MEMBERSHIPS: &str = "memberships";
const USERS: &str = "users";

/// The names of a kind of object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Noun {
    /// One object, as errors and the audit trail name it: `node`.
    pub one: &'static str,
    /// Several, as the ids of operations, paths, and lists of dependants name them: `nodes`.
    pub many: &'static str,
}

impl Noun {
    /// A noun with these names.
    pub const fn new(one: &'static str, many: &'static str) -> Self {
        Self { one, many }
    }

    /// An object, for the audit trail.
    pub fn target(self, id: impl Display) -> Target {
        Target::new(self.one, id)
    }

    /// The object that was looked up by an id or name. An error if there is none, the same for objects out of
    /// the caller's reach.
    pub fn found<T>(self, found: Option<T>, name: impl Display) -> Result<T> {
        found.ok_or_else(|| Error::not_found(self.one, name))
    }

    /// The error for a value that must be unique and that another object has. `other` is its id, if the caller
    /// may know it.
    pub fn taken(self, field: &'static str, other: Option<impl Display>) -> Error {
        Error::Taken { field, noun: self.one, other: other.map(|id| id.to_string()) }
    }

    /// The answer of a deletion: the object, and those that depended on it.
    pub fn removal(self, cx: &Cx, object: Dependant, dependants: Vec<Dependants>, dry_run: bool) -> Removal {
        Removal::of(self.many, object, readable(cx, dependants), dry_run)
    }

    /// Objects that depend on one to be deleted; `None` if there are none. Names the first of them.
    pub fn dependants(
        self,
        effect: Effect,
        all: impl ExactSizeIterator<Item = Dependant>,
    ) -> Option<Dependants> {
        let count = i64::try_from(all.len()).unwrap_or(i64::MAX);
        let items: Vec<_> = all.take(ITEMS_MAX as usize).collect();
        (count > 0).then_some(Dependants { noun: self.many, effect, count, items })
    }

    /// The objects that are deleted too, and those that stay without the one to be deleted.
    pub fn going_and_staying<T>(
        self,
        going: &[T],
        staying: &[T],
        named: impl Fn(&T) -> Dependant + Copy,
    ) -> Vec<Dependants> {
        let going = self.dependants(Effect::Deleted, going.iter().map(named));
        going.into_iter().chain(self.dependants(Effect::Detached, staying.iter().map(named))).collect()
    }

    /// As many of these objects as an audit entry may name.
    pub fn targets<I: Display>(self, ids: impl IntoIterator<Item = I>) -> impl Iterator<Item = Target> {
        ids.into_iter().take(AUDIT_TARGETS_MAX).map(move |id| self.target(id))
    }
}

/// Refuses the deletion of an object while others depend on it, except with `force`.
pub fn require_unused(cx: &Cx, dependants: &[Dependants], force: Option<bool>) -> Result<()> {
    if dependants.is_empty() || force.unwrap_or_default() {
        return Ok(());
    }
    Err(Error::InUse(readable(cx, dependants.to_vec())))
}

/// Leaves out the names and ids of objects that the caller may not read. Their number stays.
pub fn readable(cx: &Cx, mut dependants: Vec<Dependants>) -> Vec<Dependants> {
    for each in &mut dependants {
        let noun = if each.noun == MEMBERSHIPS { USERS } else { each.noun };
        if !cx.may_read(noun) {
            each.items.clear();
        }
    }
    dependants
}

/// The built-in roles below `admin` that cover a noun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BuiltIn {
    /// None.
    None,
    /// All read it.
    Reads,
    /// `technician` and `editor` read it.
    TechnicianReads,
    /// All read it, and `editor` writes it.
    ReadsAndWrites,
}

/// Answers whether the caller reaches the object with this id or name; false also if there is none.
pub type Reaches = for<'a> fn(&'a Cx, &'a str) -> Pin<Box<dyn Future<Output = Result<bool>> + Send + 'a>>;

/// What is said of a noun once. The catalogue, the answers of `whoami.can` and several tests are made from it.
pub struct NounSpec {
    /// Its names.
    pub noun: Noun,
    /// Its operations, in the order of the documentation.
    pub operations: &'static [Erased],
    /// The built-in roles that cover it.
    pub built_in: BuiltIn,
    /// Whether its objects belong to organizations, and are deleted with them.
    pub is_owned: bool,
    /// Tells whether the caller reaches an object; `None` if there are no objects to ask about.
    pub reaches: Option<Reaches>,
    /// Operations that need another reach than showing an object does, each with what tells it.
    pub other_reaches: &'static [(OperationId, Reaches)],
}

impl NounSpec {
    /// A noun without objects to ask about.
    pub const fn new(noun: Noun, operations: &'static [Erased]) -> Self {
        Self { noun, operations, built_in: BuiltIn::None, is_owned: false, reaches: None, other_reaches: &[] }
    }

    /// Its objects can be asked about one by one.
    pub const fn asked_by(self, reaches: Reaches) -> Self {
        Self { reaches: Some(reaches), ..self }
    }

    /// Some operations need another reach than showing an object does.
    pub const fn asked_otherwise(self, other_reaches: &'static [(OperationId, Reaches)]) -> Self {
        Self { other_reaches, ..self }
    }

    /// Tells whether the caller reaches the target of an operation; `None` if it has none.
    pub fn reaches_for(&self, operation: OperationId) -> Option<Reaches> {
        let other = self.other_reaches.iter().find(|(id, _)| *id == operation);
        other.map(|(_, reaches)| *reaches).or(self.reaches)
    }

    /// Its objects belong to organizations.
    pub const fn owned(self) -> Self {
        Self { is_owned: true, ..self }
    }

    /// The built-in roles cover it.
    pub const fn built_in(self, built_in: BuiltIn) -> Self {
        Self { built_in, ..self }
    }
}

/// An id or name in a question about one object, with the caller's reach; `None` if it is none, or if the caller
/// reaches nothing.
pub fn asked<T: FromStr>(cx: &Cx, text: &str) -> Result<Option<(T, OrganizationReach)>> {
    match (text.parse(), cx.organization_reach()) {
        (Ok(name), Ok(reach)) => Ok(Some((name, reach))),
        (_, Err(error @ Error::OrganizationRequired)) => Err(error),
        _ => Ok(None),
    }
}
