//! The limits of a document. They are computed from the parsed document before it is validated and executed, with
//! aliases and fragments counted as often as they are used.

use std::collections::HashMap;

use async_graphql::Name;
use async_graphql::Positioned;
use async_graphql::parser::types::{ExecutableDocument, Field, FragmentDefinition, Selection, SelectionSet};

use crate::error::QueryError;
use crate::model::{Leads, ObjectType, model};

/// The longest document, in bytes.
pub const DOCUMENT_MAX: usize = 64 << 10;
/// The most levels of fields. A question about the schema (introspection) has more, and has limits of its own.
const DEPTH_MAX: u32 = 10;
/// The most fields, and the most selections in the document.
const FIELDS_MAX: u32 = 2_000;
/// The most that the operations of a document may cost together, in units of a key's rate limit.
const COST_MAX: u32 = 100;
/// The most fragments.
const FRAGMENTS_MAX: usize = 200;
/// What a question about the schema costs: its answer may have megabytes.
const SCHEMA_COST: u32 = 20;
/// The fields of questions about the schema that list what has such lists again. Each answer multiplies with them.
const SCHEMA_LISTS: [&str; 3] = ["fields", "inputFields", "possibleTypes"];
/// How many of those may be within each other.
const SCHEMA_LISTS_MAX: u32 = 1;

/// What a part of a document amounts to.
#[derive(Clone, Copy, Default)]
struct Weight {
    depth: u32,
    fields: u32,
    cost: u32,
    /// How many lists of the schema are within each other.
    schema_lists: u32,
}

impl Weight {
    fn beside(self, other: Self) -> Self {
        Self {
            depth: self.depth.max(other.depth),
            fields: self.fields.saturating_add(other.fields),
            cost: self.cost.saturating_add(other.cost),
            schema_lists: self.schema_lists.max(other.schema_lists),
        }
    }
}

struct Scale<'d> {
    document: &'d ExecutableDocument,
    /// The weights of fragments on a type, as far as they are known.
    known: HashMap<(&'d str, Option<&'static str>), Weight>,
    /// The fragments that are being weighed.
    open: Vec<&'d str>,
    /// How many selections were weighed.
    weighed: u32,
}

/// What fields belong to: the root, objects of a type, or something else such as aggregates.
#[derive(Clone, Copy)]
enum Of {
    Root,
    Object(&'static ObjectType),
    Aggregate(&'static ObjectType),
    Schema,
    Other,
}

impl Of {
    /// What the objects of a field are, and what reading them costs.
    fn below(self, field: &str) -> (Self, u32) {
        let (plain, is_aggregate) =
            field.strip_suffix("_aggregate").map_or((field, false), |plain| (plain, true));
        let found = match self {
            Self::Root => model().root(plain),
            Self::Object(object) => match object.field(plain).map(|field| &field.leads) {
                Some(Leads::Relation { object, .. }) => Some(model().object(*object)),
                Some(Leads::Through { relation, .. }) => {
                    let of = object.field(relation).map(|field| &field.leads);
                    let Some(Leads::Relation { object, .. }) = of else { return (Self::Other, 0) };
                    return (Self::Other, model().object(*object).list.operation.spec.cost);
                }
                _ => None,
            },
            Self::Aggregate(object) if field == "nodes" => return (Self::Object(object), 0),
            Self::Schema => return (Self::Schema, 0),
            Self::Aggregate(_) | Self::Other => None,
        };
        let Some(object) = found else { return (Self::Other, 0) };
        let cost = object.list.operation.spec.cost;
        (if is_aggregate { Self::Aggregate(object) } else { Self::Object(object) }, cost)
    }

    fn name(self) -> Option<&'static str> {
        match self {
            Self::Object(object) | Self::Aggregate(object) => Some(&object.name),
            Self::Schema => Some("__Schema"),
            Self::Root => Some("query_root"),
            Self::Other => None,
        }
    }
}

/// Refuses a document that exceeds a limit.
pub(crate) fn check(document: &ExecutableDocument) -> Result<(), QueryError> {
    if document.fragments.len() > FRAGMENTS_MAX {
        let has = document.fragments.len();
        return Err(refused(&format!(
            "the document has {has} fragments; at most {FRAGMENTS_MAX} are allowed"
        )));
    }
    let mut scale = Scale { document, known: HashMap::new(), open: Vec::new(), weighed: 0 };
    // A fragment that nothing uses has to be looked at too: validation does.
    for fragment in document.fragments.values() {
        scale.count(&fragment.node.selection_set.node)?;
    }
    for (_, operation) in document.operations.iter() {
        let mut most: Option<(&str, Weight)> = None;
        let root = &operation.node.selection_set.node;
        scale.count(root)?;
        for field in scale.root_fields(root) {
            let weight = scale.field(field, Of::Root)?;
            if most.is_none_or(|(_, other)| (weight.cost, weight.fields) > (other.cost, other.fields)) {
                most = Some((field.node.response_key().node.as_str(), weight));
            }
        }
        let total = scale.set(root, Of::Root)?;
        let most = most.map_or(String::new(), |(name, weight)| {
            format!("; most of it is in {name}, with {} fields and a cost of {}", weight.fields, weight.cost)
        });
        let Weight { depth, fields, cost, schema_lists } = total;
        if depth > DEPTH_MAX {
            return Err(refused(&format!("the query has {depth} levels; at most {DEPTH_MAX} are allowed")));
        }
        if fields > FIELDS_MAX {
            return Err(refused(&format!(
                "the query has {fields} fields; at most {FIELDS_MAX} are allowed{most}"
            )));
        }
        if schema_lists > SCHEMA_LISTS_MAX {
            return Err(refused(
                "the query asks for the fields of the types of fields; ask for the types by their names",
            ));
        }
        if cost > COST_MAX {
            return Err(refused(&format!(
                "the query costs {cost} units; at most {COST_MAX} are allowed{most}"
            )));
        }
    }
    Ok(())
}

fn refused(message: &str) -> QueryError {
    QueryError::new("query_too_large", message)
}

impl<'d> Scale<'d> {
    /// Counts the selections as they are written. Fragments that are used twice count once.
    fn count(&mut self, set: &'d SelectionSet) -> Result<(), QueryError> {
        for selection in &set.items {
            self.weighed += 1;
            if self.weighed > FIELDS_MAX {
                return Err(refused(&format!("the document has more than {FIELDS_MAX} selections")));
            }
            match &selection.node {
                Selection::Field(field) => self.count(&field.node.selection_set.node)?,
                Selection::InlineFragment(fragment) => self.count(&fragment.node.selection_set.node)?,
                Selection::FragmentSpread(_) => {}
            }
        }
        Ok(())
    }

    /// The fields of the root; those in fragments as far as they are written there.
    fn root_fields(&self, set: &'d SelectionSet) -> Vec<&'d Positioned<Field>> {
        let mut fields = Vec::new();
        let mut seen: Vec<&Name> = Vec::new();
        let mut left = vec![set];
        while let Some(set) = left.pop() {
            for selection in &set.items {
                match &selection.node {
                    Selection::Field(field) => fields.push(field),
                    Selection::InlineFragment(fragment) => left.push(&fragment.node.selection_set.node),
                    Selection::FragmentSpread(spread) => {
                        let name = &spread.node.fragment_name.node;
                        if let (Some(fragment), false) =
                            (self.document.fragments.get(name), seen.contains(&name))
                        {
                            seen.push(name);
                            left.push(&fragment.node.selection_set.node);
                        }
                    }
                }
            }
        }
        fields
    }

    fn set(&mut self, set: &'d SelectionSet, of: Of) -> Result<Weight, QueryError> {
        let mut total = Weight::default();
        for selection in &set.items {
            let weight = match &selection.node {
                Selection::Field(field) => self.field(field, of)?,
                Selection::InlineFragment(fragment) => self.set(&fragment.node.selection_set.node, of)?,
                Selection::FragmentSpread(spread) => {
                    let name = spread.node.fragment_name.node.as_str();
                    match self.document.fragments.get(name) {
                        Some(fragment) => self.fragment(name, fragment, of)?,
                        None => Weight { fields: 1, ..Weight::default() },
                    }
                }
            };
            total = total.beside(weight);
        }
        Ok(total)
    }

    fn fragment(
        &mut self,
        name: &'d str,
        fragment: &'d Positioned<FragmentDefinition>,
        of: Of,
    ) -> Result<Weight, QueryError> {
        if let Some(known) = self.known.get(&(name, of.name())) {
            return Ok(*known);
        }
        if self.open.contains(&name) {
            return Err(QueryError::new("invalid_query", format!("the fragment {name} contains itself"))
                .at(fragment.pos));
        }
        self.open.push(name);
        let weight = self.set(&fragment.node.selection_set.node, of)?;
        self.open.pop();
        self.known.insert((name, of.name()), weight);
        Ok(weight)
    }

    fn field(&mut self, field: &'d Positioned<Field>, of: Of) -> Result<Weight, QueryError> {
        let name = field.node.name.node.as_str();
        let (below, cost) = match name {
            "__schema" | "__type" => (Of::Schema, SCHEMA_COST),
            _ => of.below(name),
        };
        let inner = self.set(&field.node.selection_set.node, below)?;
        let is_schema = matches!(below, Of::Schema);
        Ok(Weight {
            // The library bounds how deep questions about the schema are.
            depth: if is_schema { 1 } else { inner.depth.saturating_add(1) },
            fields: inner.fields.saturating_add(1),
            cost: inner.cost.saturating_add(cost),
            schema_lists: inner
                .schema_lists
                .saturating_add(u32::from(is_schema && SCHEMA_LISTS.contains(&name))),
        })
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;

    use super::*;

    fn refusal(query: &str) -> Option<String> {
        check(&parse_query(query).unwrap()).err().map(|error| error.message)
    }

    #[test]
    fn aliases_and_fragments_count_as_often_as_they_are_used() {
        assert_eq!(refusal("{ machines { name } }"), None);
        let many: String = (0..101).map(|n| format!("a{n}: machines {{ name }} ")).collect();
        let message = refusal(&format!("{{ {many} }}")).unwrap();
        assert!(message.contains("costs 101 units; at most 100"), "{message}");
        // Each fragment uses the next one ten times: ten thousand fields from forty.
        let mut query = "{ machines { ...f0 } }".to_owned();
        for n in 0..4 {
            let inner = format!("...f{} ", n + 1).repeat(10);
            query.push_str(&format!(" fragment f{n} on MachineTP {{ {inner} }}"));
        }
        query.push_str(" fragment f4 on MachineTP { name }");
        let message = refusal(&query).unwrap();
        assert!(message.contains("10001 fields") && message.contains("in machines"), "{message}");
    }

    #[test]
    fn deep_queries_and_cycles_are_refused() {
        let deep = "machines { site { nodes { site { nodes { site { nodes { site { nodes { site { name";
        let message = refusal(&format!("{{ {deep} {} ", "}".repeat(11))).unwrap();
        assert!(message.contains("11 levels; at most 10"), "{message}");
        // Where nothing is read, too.
        let mut doubling = String::new();
        for n in 0..40 {
            doubling.push_str(&format!(" fragment f{n} on T {{ ...f{} ...f{} }}", n + 1, n + 1));
        }
        doubling.push_str(" fragment f40 on T { name }");
        for query in [
            "{ ...f0 }",
            "{ __schema { ...f0 } }",
            "{ __typename { ...f0 } }",
            "{ machines { name { ...f0 } } }",
        ] {
            assert!(refusal(&format!("{query}{doubling}")).unwrap().contains("fields; at most"), "{query}");
        }
        let again = "{ __schema { types { fields { type { fields { name } } } } } }";
        assert!(refusal(again).unwrap().contains("fields of the types of fields"));
        let many: String = (0..6).map(|n| format!("a{n}: __schema {{ types {{ name }} }} ")).collect();
        assert!(refusal(&format!("{{ {many} }}")).unwrap().contains("costs 120 units"));
        let cycle = "{ machines { ...a } } fragment a on MachineTP { ...b } fragment b on MachineTP { ...a }";
        assert!(refusal(cycle).unwrap().contains("contains itself"));
    }
}
