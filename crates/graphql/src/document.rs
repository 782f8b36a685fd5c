//! A validated document: its operation, its fragments, and the values of its variables.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextExecute};
use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, Field, OperationDefinition, OperationType, Selection,
    SelectionSet,
};
use async_graphql::{Name, Positioned, Response, Value, Variables, async_trait};

use crate::error::QueryError;

/// Whether the library found a document to be valid. The schema's extension sets it.
#[derive(Default)]
pub(crate) struct Verdict(AtomicBool);

impl Verdict {
    pub(crate) fn is_valid(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Tells whether a document is valid: the library executes only such documents.
pub(crate) struct Watch;

impl ExtensionFactory for Watch {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_trait::async_trait]
impl Extension for Watch {
    async fn execute(
        &self,
        ctx: &ExtensionContext<'_>,
        operation_name: Option<&str>,
        next: NextExecute<'_>,
    ) -> Response {
        if let Some(verdict) = ctx.data_opt::<Arc<Verdict>>() {
            verdict.0.store(true, Ordering::Relaxed);
        }
        next.run(ctx, operation_name).await
    }
}

/// A validated document, and the values of its variables.
pub(crate) struct Document {
    operation: Positioned<OperationDefinition>,
    fragments: HashMap<Name, SelectionSet>,
    variables: Variables,
}

/// Makes all subscriptions of a document queries: they have the same fields. Answers the type that the operation with a name,
/// or the only one, had; `None` if there is none.
pub(crate) fn subscriptions_as_queries(
    document: &mut ExecutableDocument,
    name: Option<&str>,
) -> Option<OperationType> {
    let mut of_operation = None;
    let mut take = |known: Option<&Name>, is_only: bool, operation: &mut OperationDefinition| {
        if is_only || known.map(Name::as_str) == name {
            of_operation = Some(operation.ty);
        }
        if operation.ty == OperationType::Subscription {
            operation.ty = OperationType::Query;
        }
    };
    match &mut document.operations {
        DocumentOperations::Single(operation) => take(None, true, &mut operation.node),
        DocumentOperations::Multiple(all) => {
            let is_only = all.len() == 1;
            all.iter_mut().for_each(|(known, operation)| take(Some(known), is_only, &mut operation.node));
        }
    }
    of_operation
}

/// The selections of a field that have one response key.
pub(crate) struct Selected<'d> {
    pub(crate) key: &'d str,
    pub(crate) field: &'d Positioned<Field>,
    /// The other places where the key occurs.
    also: Vec<&'d Positioned<Field>>,
    /// What is selected of the field's objects, in all places where it occurs.
    pub(crate) of: Vec<&'d SelectionSet>,
}

impl Selected<'_> {
    pub(crate) fn name(&self) -> &str {
        self.field.node.name.node.as_str()
    }
}

impl Document {
    /// The document's operation with a name; its only one if none is given.
    pub(crate) fn new(
        document: ExecutableDocument,
        name: Option<&str>,
        mut variables: Variables,
    ) -> Result<Self, QueryError> {
        let fragments =
            document.fragments.into_iter().map(|(name, fragment)| (name, fragment.node.selection_set.node));
        let fragments = fragments.collect();
        let operation = match document.operations {
            DocumentOperations::Single(operation) => operation,
            DocumentOperations::Multiple(mut operations) => {
                let name = name.or_else(|| match operations.len() {
                    1 => operations.keys().next().map(Name::as_str),
                    _ => None,
                });
                let found = name.map(Name::new).and_then(|name| operations.remove(&name));
                found.ok_or_else(|| {
                    QueryError::new("invalid_query", "name one of the document's operations in operationName")
                })?
            }
        };
        for definition in &operation.node.variable_definitions {
            let name = &definition.node.name.node;
            if !variables.contains_key(name)
                && let Some(default) = &definition.node.default_value
            {
                variables.insert(name.clone(), default.node.clone());
            }
            let is_missing = variables.get(name).is_none_or(|value| *value == Value::Null);
            if is_missing && !definition.node.var_type.node.nullable {
                let kind = &definition.node.var_type.node;
                let message = format!("the variable ${name} needs a value of the type {kind}");
                return Err(QueryError::new("invalid_query", message).at(definition.pos));
            }
        }
        let document = Self { operation, fragments, variables };
        document.require_mergeable(&[document.root()])?;
        Ok(document)
    }

    /// Refuses a document in which selections under one response key differ (GraphQL, October 2021, section 5.3.2). The
    /// library compares those in one place of the document only.
    fn require_mergeable(&self, sets: &[&SelectionSet]) -> Result<(), QueryError> {
        for selected in self.collect(sets) {
            let field = &selected.field.node;
            let differs = |other: &&&Positioned<Field>| {
                other.node.name.node != field.name.node
                    || other.node.arguments.len() != field.arguments.len()
                    || field.arguments.iter().any(|(name, value)| {
                        other.node.get_argument(&name.node).is_none_or(|other| other.node != value.node)
                    })
            };
            if let Some(other) = selected.also.iter().find(differs) {
                let message =
                    format!("{} is selected twice in different ways; use different aliases", selected.key);
                return Err(QueryError::new("invalid_query", message).at(other.pos));
            }
            self.require_mergeable(&selected.of)?;
        }
        Ok(())
    }

    pub(crate) fn root(&self) -> &SelectionSet {
        &self.operation.node.selection_set.node
    }

    /// The value of an argument; `None` if it is absent, or if it is a variable without a value.
    pub(crate) fn argument(
        &self,
        field: &Positioned<Field>,
        name: &str,
    ) -> Result<Option<Value>, QueryError> {
        let Some(value) = field.node.get_argument(name) else { return Ok(None) };
        if let async_graphql_value::Value::Variable(variable) = &value.node {
            return Ok(self.variables.get(variable).cloned());
        }
        // An absent variable in a condition would leave the condition out, and more would be found than meant.
        let known = value
            .node
            .clone()
            .into_const_with(|variable| self.variables.get(&variable).cloned().ok_or(variable));
        known.map(Some).map_err(|variable| {
            let message =
                format!("the variable ${variable} has no value; give one, or leave out what it is used in");
            QueryError::new("invalid_query", message).at(value.pos)
        })
    }

    /// Whether the directives `@skip` and `@include` let a selection be.
    fn is_included(&self, selection: &Selection) -> bool {
        selection.directives().iter().all(|directive| {
            let condition = directive.node.get_argument("if").map(|value| match &value.node {
                async_graphql_value::Value::Variable(variable) => {
                    self.variables.get(variable) == Some(&Value::Boolean(true))
                }
                value => *value == async_graphql_value::Value::Boolean(true),
            });
            match (directive.node.name.node.as_str(), condition) {
                ("skip", Some(condition)) => !condition,
                ("include", Some(condition)) => condition,
                _ => true,
            }
        })
    }

    /// The fields of some selections, by response key, in the order of the document (GraphQL, October 2021, section
    /// 6.3.2). No type is an interface or a union, so that every fragment applies.
    pub(crate) fn collect<'d>(&'d self, sets: &[&'d SelectionSet]) -> Vec<Selected<'d>> {
        let mut fields = Vec::new();
        let mut places = HashMap::new();
        for set in sets {
            self.collect_into(set, &mut fields, &mut places);
        }
        fields
    }

    fn collect_into<'d>(
        &'d self,
        set: &'d SelectionSet,
        fields: &mut Vec<Selected<'d>>,
        places: &mut HashMap<&'d str, usize>,
    ) {
        for selection in set.items.iter().filter(|selection| self.is_included(&selection.node)) {
            match &selection.node {
                Selection::Field(field) => {
                    let key = field.node.response_key().node.as_str();
                    let of = &field.node.selection_set.node;
                    match places.get(key) {
                        Some(at) => {
                            fields[*at].of.push(of);
                            fields[*at].also.push(field);
                        }
                        None => {
                            places.insert(key, fields.len());
                            fields.push(Selected { key, field, also: Vec::new(), of: vec![of] });
                        }
                    }
                }
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = self.fragments.get(&spread.node.fragment_name.node) {
                        self.collect_into(fragment, fields, places);
                    }
                }
                Selection::InlineFragment(fragment) => {
                    self.collect_into(&fragment.node.selection_set.node, fields, places);
                }
            }
        }
    }
}
